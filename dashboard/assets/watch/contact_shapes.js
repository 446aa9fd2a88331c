// The shapes of contacts, the same on the map, in the panel and in the layers' menu.
//
// Class is told by shape: unknown a question mark in a circle, what does not say who it is a square on its
// corner, who says so a square, an aircraft a wing, a friend a round arch. Threat is told by a ring
// around it: one, two or three, ever brighter.

const SVG = "http://www.w3.org/2000/svg";

export const CLASSES = ["unknown", "not_cooperative", "cooperative", "aircraft", "friend"];
export const LEVELS = ["none", "low", "medium", "high"];

const UNITS = 40; // of a drawing's side
const PATHS = {
  unknown: "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0Z",
  not_cooperative: "M0-9 9 0 0 9-9 0Z",
  cooperative: "M-6.5-6.5h13v13h-13Z",
  aircraft: "M0-9 2 -3 9 2v2.4L2 2.6 1.4 6.6 4 8.6v1.6L0 9-4 10.2V8.6l2.6-2L-2 2.6-9 4.4V2L-2-3Z",
  friend: "M-7 6V-1a7 7 0 0 1 14 0V6Z",
};
const QUESTION = "M-2.2-1.8a2.2 2.2 0 1 1 3.4 1.9c-.8.5-1.2.9-1.2 1.9M0 4h.01";
const RINGS = { none: [], low: [12.5], medium: [12.5, 15.5], high: [12.5, 15.5, 18.5] };

/** Parts from the lowest to the highest: { path, fill, stroke, width, dash }; colours are tokens. */
function parts(kind, level) {
  const colour = `--contact-${kind.replace("_", "-")}`;
  const ring = (radius) => ({
    path: `M${-radius} 0a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`,
    stroke: `--threat-${level}`,
    width: level === "high" ? 2 : 1.6,
    dash: level === "low" ? [3, 3] : [],
  });
  return [
    { path: PATHS[kind], stroke: "--ink", width: 4 },
    { path: PATHS[kind], fill: kind === "unknown" ? "--ink" : colour, stroke: colour, width: 1.8 },
    ...(kind === "unknown" ? [{ path: QUESTION, stroke: colour, width: 1.8 }] : []),
    ...RINGS[level].map(ring),
  ];
}

/** An <svg> of a contact. */
export function contactGlyph(kind, level = "none") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `${-UNITS / 2} ${-UNITS / 2} ${UNITS} ${UNITS}`);
  svg.setAttribute("class", "contact-glyph");
  svg.setAttribute("aria-hidden", "true");
  for (const { path, fill, stroke, width, dash } of parts(kind, level)) {
    const element = document.createElementNS(SVG, "path");
    element.setAttribute("d", path);
    element.style.fill = fill ? `var(${fill})` : "none";
    element.style.stroke = `var(${stroke})`;
    element.style.strokeWidth = width;
    element.style.strokeLinecap = "round";
    if (dash?.length) element.style.strokeDasharray = dash.join(" ");
    svg.append(element);
  }
  return svg;
}

/** The same as pixels, twice as fine; `token` gives a colour by its name. */
export function contactPixels(kind, level, token) {
  const canvas = document.createElement("canvas");
  canvas.width = UNITS * 2;
  canvas.height = UNITS * 2;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(2, 0, 0, 2, UNITS, UNITS);
  context.lineJoin = "round";
  context.lineCap = "round";
  for (const { path, fill, stroke, width, dash } of parts(kind, level)) {
    const shape = new Path2D(path);
    if (fill) {
      context.fillStyle = token(fill);
      context.fill(shape);
    }
    context.setLineDash(dash ?? []);
    context.strokeStyle = token(stroke);
    context.lineWidth = width;
    context.stroke(shape);
  }
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
