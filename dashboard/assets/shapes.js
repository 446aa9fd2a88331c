// The marks' shapes, the same on the map, in the list, in the panel and in the legend.
//
// Kind is told by shape: a drone is an arrowhead, a car a rounded body with a windscreen, an officer a
// drop, a post a square, a camera what it sees by, what is unknown a diamond. Freshness is told by colour and by shape: fresh is filled, late is hollow,
// lost is hollow and crossed out. A drone on the ground is filled darker than one in the air.

import { FRESHNESS, KINDS } from "./fleet.js";

// Paths around 0, 0 that point to the top; `still` is for a heading that nobody knows.
const PATHS = {
  unknown: { turned: "M0-8 8 0 0 8-8 0Z", still: "M0-8 8 0 0 8-8 0Z" },
  drone: { turned: "M0-10.5 7.6 8.6 0 4.6-7.6 8.6Z", still: "M0-9 9 0 0 9-9 0Z" },
  car: {
    turned:
      "M-1.7-8.2h3.4a3.2 3.2 0 0 1 3.2 3.2v10a3.2 3.2 0 0 1-3.2 3.2h-3.4a3.2 3.2 0 0 1-3.2-3.2v-10a3.2 3.2 0 0 1 3.2-3.2Z",
    still: "M-6.2 0a6.2 6.2 0 1 0 12.4 0 6.2 6.2 0 1 0-12.4 0Z",
  },
  officer: { turned: "M0-9.5 4.6-3.4a5 5 0 1 1-9.2 0Z", still: "M-5 0a5 5 0 1 0 10 0 5 5 0 1 0-10 0Z" },
  post: { turned: "M-6-6h12v12h-12Z", still: "M-6-6h12v12h-12Z" },
  camera: { turned: "M-7-9 0-3 7-9v11h-14Z", still: "M-7-4.5h14v9h-14Z" },
};
const WINDSCREEN = "M-3.1-4.2h6.2v2.6h-6.2Z";
const CROSS = "M-8-8 8 8M-8 8 8-8";

/** Units from the middle within which every shape lies, its dark edge included. */
export const REACH = 13;

/**
 * The parts of a mark from the lowest to the highest: { path, fill, stroke, width }, the colours
 * as names of tokens in 0-tokens.css. `kind` and `freshness` are indices of fleet.js.
 */
export function parts(kind, freshness, grounded, turned) {
  const name = KINDS[kind];
  const path = PATHS[name][turned ? "turned" : "still"];
  const edge = { path, stroke: "--ink", width: 4 };
  if (FRESHNESS[freshness] === "fresh") {
    const body = grounded
      ? { path, fill: `--${name}-grounded`, stroke: `--${name}-edge`, width: 1.3 }
      : { path, fill: `--${name}` };
    return name === "car" && turned
      ? [edge, body, { path: WINDSCREEN, fill: "--ink" }]
      : [edge, body];
  }
  const colour = `--${FRESHNESS[freshness]}`;
  const hollow = [edge, { path, fill: "--ink", stroke: colour, width: 2 }];
  if (FRESHNESS[freshness] === "late") return hollow;
  return [
    ...hollow,
    { path: CROSS, stroke: "--ink", width: 3.4 },
    { path: CROSS, stroke: colour, width: 1.8 },
  ];
}

/** What a token of 0-tokens.css stands for. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The same as red, green and blue between 0 and 1; the token is written #rrggbb. */
export function rgb(name) {
  const colour = token(name);
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
}
