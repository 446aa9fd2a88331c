// Priority by shape and colour: high a triangle, medium a square on its corner, low a circle.

import { PRIORITIES } from "../stores/alerts.js";

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  high: "M0-9 9.5 8h-19Z",
  medium: "M0-9 9 0 0 9-9 0Z",
  low: "M-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0Z",
};

/** An <svg> whose look `setPriority` sets. */
export function priorityGlyph() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-12 -12 24 24");
  svg.setAttribute("class", "priority");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "path"));
  return svg;
}

/** Filled while it waits, hollow once it is known. */
export function setPriority(svg, priority, waiting) {
  const name = PRIORITIES[priority];
  const look = `${name} ${waiting}`;
  if (svg.dataset.look === look) return svg;
  svg.dataset.look = look;
  const [path] = svg.children;
  path.setAttribute("d", PATHS[name]);
  path.style.stroke = `var(--alert-${name})`;
  path.style.fill = waiting ? `var(--alert-${name})` : "none";
  path.style.strokeWidth = 2;
  path.style.strokeLinejoin = "round";
  return svg;
}
