// How a plan looks on the map: what is on the ground, what is seen, the ways of its sorties.

import { token } from "../shapes.js";
import { FONT } from "../style.js";

export const COLOURS = 8;

/** The token of a sortie's colour. */
export const colourOf = (number) => `--sortie-${number % COLOURS}`;

function bySortie() {
  const pairs = Array.from({ length: COLOURS }, (_, i) => [i, token(colourOf(i))]).flat();
  return ["match", ["%", ["to-number", ["get", "number"], 0], COLOURS], ...pairs, token("--text-1")];
}

const role = (...names) => ["in", ["get", "role"], ["literal", names]];
const LANES = ["literal", ["lane", "patrol"]];
const ROUND = { "line-cap": "round", "line-join": "round" };

/** The layers of a whole plan; `name` keeps the ids of two apart. */
export function planLayers(name) {
  const ground = ["match", ["get", "role"], "zone", token("--fence-keep-out"), "crowd", token("--late"), "reach", token("--late"), "buffer", token("--fence-keep-out"), token("--text-2")];
  const halo = { "text-halo-color": token("--map-ground"), "text-halo-width": 3 };
  return [
    {
      id: `${name}-ground`,
      type: "fill",
      filter: role("zone", "crowd", "reach", "buffer", "area"),
      paint: { "fill-color": ground, "fill-opacity": ["match", ["get", "role"], "area", 0.04, 0.14] },
    },
    {
      id: `${name}-seen`,
      type: "fill",
      filter: role("seen", "view"),
      paint: { "fill-color": bySortie(), "fill-opacity": 0.13 },
    },
    {
      id: `${name}-edge`,
      type: "line",
      filter: role("zone", "crowd", "reach", "area", "border"),
      paint: {
        "line-color": ground,
        "line-width": ["match", ["get", "role"], "border", 3, 1.4],
      },
    },
    {
      id: `${name}-transit`,
      type: "line",
      filter: ["all", role("leg"), ["!", ["in", ["get", "purpose"], LANES]]],
      layout: ROUND,
      paint: { "line-color": bySortie(), "line-width": 1.4, "line-dasharray": [2, 2.5] },
    },
    {
      id: `${name}-lane`,
      type: "line",
      filter: ["all", role("leg"), ["in", ["get", "purpose"], LANES]],
      layout: ROUND,
      paint: { "line-color": bySortie(), "line-width": 2.6 },
    },
    {
      id: `${name}-chosen`,
      type: "line",
      filter: role("chosen"),
      layout: ROUND,
      paint: { "line-color": token("--frame"), "line-width": 7, "line-opacity": 0.35 },
    },
    {
      id: `${name}-waypoint`,
      type: "circle",
      filter: role("waypoint"),
      minzoom: 14.5,
      paint: { "circle-color": bySortie(), "circle-radius": 2.6 },
    },
    {
      id: `${name}-number`,
      type: "symbol",
      filter: role("way"),
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 420,
        "text-font": FONT,
        "text-size": 14,
        "text-keep-upright": true,
        "text-rotation-alignment": "viewport",
        "text-field": ["to-string", ["+", ["get", "number"], 1]],
      },
      paint: { "text-color": token("--text-1"), ...halo },
    },
    {
      id: `${name}-post`,
      type: "circle",
      filter: role("home", "post"),
      paint: {
        "circle-color": token("--ink"),
        "circle-radius": ["match", ["get", "role"], "home", 9, 6],
        "circle-stroke-color": token("--text-1"),
        "circle-stroke-width": 1.6,
      },
    },
    {
      id: `${name}-home`,
      type: "symbol",
      filter: role("home"),
      layout: { "text-font": FONT, "text-field": "H", "text-size": 12, "text-allow-overlap": true },
      paint: { "text-color": token("--text-1") },
    },
    {
      id: `${name}-finding`,
      type: "circle",
      filter: role("finding"),
      paint: {
        "circle-color": token("--alert-high"),
        "circle-opacity": 0.25,
        "circle-radius": 15,
        "circle-stroke-color": token("--alert-high"),
        "circle-stroke-width": 3,
      },
    },
  ];
}

/** A plan in one colour, to lie beside another. */
export function pairLayers(name, colour, dashed) {
  return [
    {
      id: `${name}-area`,
      type: "line",
      filter: role("area", "crowd", "border"),
      paint: { "line-color": token(colour), "line-width": 1.2, "line-opacity": 0.7 },
    },
    {
      id: `${name}-way`,
      type: "line",
      filter: role("way"),
      layout: ROUND,
      paint: { "line-color": token(colour), "line-width": 2.4, "line-dasharray": dashed ? [3, 2] : [1] },
    },
  ];
}
