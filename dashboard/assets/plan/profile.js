// The height of a sortie along its way, with the ground below where that is known. Ways run from left
// to right in every language.

import { h, write } from "../dom.js";
import { number, unit } from "../format.js";
import { t } from "../words.js";
import { apart, duration, far } from "./amounts.js";
import { colourOf } from "./plan_layers.js";

const WIDE = 320;
const HIGH = 120;
const EDGE = { left: 36, right: 8, top: 10, bottom: 20 };
const STEPS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000, 20000, 50000];
const LINES = { x: 5, y: 4 }; // at most

const metres = (value) => apart(unit(value, "m"));

const TIME = 0; // places in a point of the profile, as the API tells them
const ALONG = 1;
const HEIGHT = 2;
const ENERGY = 3;
const GROUND = 4;

/** A drawing of it; null where a sortie has none. */
export function profileView(sortie) {
  const points = sortie.profile;
  if (points.length < 2) return null;
  const grounded = points.some((point) => point[GROUND] !== null);
  const ground = (point) => point[GROUND] ?? 0;
  const x = scale(0, points.at(-1)[ALONG], EDGE.left, WIDE - EDGE.right);
  const low = Math.min(0, ...points.map(ground));
  const high = Math.max(...points.map((point) => Math.max(point[HEIGHT], ground(point))), 1);
  const y = scale(low, high + (high - low) * 0.08, HIGH - EDGE.bottom, EDGE.top);
  const line = (value) => points.map((point) => `${x(point[ALONG]).toFixed(1)},${y(value(point)).toFixed(1)}`).join(" ");
  const floor = (HIGH - EDGE.bottom).toFixed(1);
  const cursor = svg("g", { class: "cursor", visibility: "hidden" }, svg("line", { y1: EDGE.top, y2: HIGH - EDGE.bottom }), svg("circle", { r: 3.4 }));
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": summary(sortie, grounded), tabindex: 0, style: `--colour: var(${colourOf(sortie.number)})` },
    ...ticks(low, high, LINES.y).map((value) => svg("g", { class: "tick" }, svg("line", { x1: EDGE.left, x2: WIDE - EDGE.right, y1: y(value), y2: y(value) }), text(number(value), EDGE.left - 5, y(value) + 3.5, "end"))),
    ...ticks(0, points.at(-1)[ALONG], LINES.x).map((value) => text(value === 0 ? "0" : far(value), x(value), HIGH - 6, value === 0 ? "start" : "middle")),
    svg("polygon", { class: "ground", points: `${EDGE.left},${floor} ${line(ground)} ${x(points.at(-1)[ALONG]).toFixed(1)},${floor}` }),
    svg("polyline", { class: "way", points: line((point) => point[HEIGHT]) }),
    cursor,
  );
  const readout = h("p", { class: "readout", role: "status" });
  let at = null;
  const show = (index) => {
    at = index;
    const point = points[index];
    cursor.setAttribute("visibility", "visible");
    cursor.setAttribute("transform", `translate(${x(point[ALONG]).toFixed(1)} 0)`);
    cursor.lastChild.setAttribute("cy", y(point[HEIGHT]).toFixed(1));
    write(readout, words(point, sortie, grounded));
  };
  const rest = () => {
    cursor.setAttribute("visibility", "hidden");
    write(readout, summary(sortie, grounded));
  };
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const along = x.back(((event.clientX - box.left) / box.width) * WIDE);
    show(nearest(points, along));
  });
  drawing.addEventListener("pointerleave", rest);
  drawing.addEventListener("blur", rest);
  drawing.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stride = Math.max(1, Math.round(points.length / 60));
    show(Math.min(Math.max((at ?? 0) + step * stride, 0), points.length - 1));
  });
  rest();
  return h("figure", { class: "plan-profile" }, h("div", { dir: "ltr" }, drawing), readout);
}

function words(point, sortie, grounded) {
  const parts = [far(point[ALONG]), duration(point[TIME] - sortie.start), t("plan.profile.height", { height: metres(point[HEIGHT]) })];
  if (grounded && point[GROUND] !== null) parts.push(t("plan.profile.above", { height: metres(point[HEIGHT] - point[GROUND]) }));
  parts.push(apart(unit(point[ENERGY], "Wh")));
  return parts.join(" · ");
}

function summary({ profile }, grounded) {
  const highest = metres(Math.max(...profile.map((point) => point[HEIGHT])));
  if (!grounded) return t("plan.profile.flat", { highest });
  // Not where it climbs and lands.
  const flown = profile.filter((point) => point[GROUND] !== null && point[HEIGHT] > 0.5 * Math.max(...profile.map((one) => one[HEIGHT])));
  return t("plan.profile.terrain", { highest, least: metres(Math.min(...flown.map((point) => point[HEIGHT] - point[GROUND]))) });
}

function nearest(points, along) {
  const after = points.findIndex((point) => point[ALONG] >= along);
  if (after <= 0) return after < 0 ? points.length - 1 : 0;
  return points[after][ALONG] - along < along - points[after - 1][ALONG] ? after : after - 1;
}

function scale(from, to, begin, end) {
  const factor = (end - begin) / (to - from || 1);
  const at = (value) => begin + (value - from) * factor;
  at.back = (pixel) => from + (pixel - begin) / factor;
  return at;
}

/** Round values from `from` to `to`, at most `most` steps between them. */
function ticks(from, to, most) {
  const step = STEPS.find((one) => (to - from) / one <= most) ?? to - from;
  const found = [];
  for (let value = Math.ceil(from / step) * step; value <= to; value += step) found.push(value);
  return found;
}

function text(label, x, y, anchor) {
  const element = svg("text", { x, y, "text-anchor": anchor });
  element.textContent = label;
  return element;
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
