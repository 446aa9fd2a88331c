// The marks' shapes as small drawings for the list, the panel and the legend.

import { parts } from "./shapes.js";

const SVG = "http://www.w3.org/2000/svg";

/** An <svg> whose look `setGlyph` sets. */
export function glyph() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-12 -12 24 24");
  svg.setAttribute("class", "glyph");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

/** Draw kind and freshness (indices of fleet.js); `grounded` for a drone on the ground. */
export function setGlyph(svg, kind, freshness, grounded = false) {
  const look = `${kind} ${freshness} ${grounded}`;
  if (svg.dataset.look === look) return svg;
  svg.dataset.look = look;
  const drawn = parts(kind, freshness, grounded, true).filter(({ width }) => width !== 4);
  svg.replaceChildren(...drawn.map(element));
  return svg;
}

function element({ path, fill, stroke, width }) {
  const part = document.createElementNS(SVG, "path");
  part.setAttribute("d", path);
  part.style.fill = fill ? `var(${fill})` : "none";
  if (stroke) {
    part.style.stroke = `var(${stroke})`;
    part.style.strokeWidth = width;
    part.style.strokeLinejoin = "round";
    part.style.strokeLinecap = "round";
  }
  return part;
}
