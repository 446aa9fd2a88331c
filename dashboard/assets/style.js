// The map's own look: a quiet ground on which only the marks stand out.

import { token } from "./shapes.js";
import { language, rightToLeft, t } from "./words.js";

export const FONT = ["Noto Sans Regular", "Segoe UI", "DejaVu Sans", "sans-serif"];

// The colours are the tokens --map-<class> of 0-tokens.css.
const AREAS = [
  "builtup",
  "residential",
  "old_city",
  "cantonment",
  "campus",
  "industrial",
  "airport",
  "runway",
  "park",
  "stadium",
  "fort",
];

// Class: width at zoom 10, 13 and 17.
const ROADS = {
  street: [0.3, 1, 5],
  secondary: [0.5, 1.6, 8],
  primary: [0.9, 2.4, 11],
  trunk: [1.2, 3, 14],
  motorway: [1.4, 3.4, 16],
};

const WATER = {
  river: [2, 6, 40],
  canal: [0.6, 1.6, 10],
  nala: [0.5, 1.3, 8],
};

// Letters that join are not spaced.
const spaced = (ems) => (rightToLeft ? {} : { "text-letter-spacing": ems });

const NAME = ["coalesce", ["get", `name_${language}`], ["get", "name"]];

const colour = (name) => token(`--map-${name}`);

function ofClass(classes, pick, fallback) {
  return ["match", ["get", "class"], ...classes.flatMap((name) => [name, pick(name)]), fallback];
}

function colours(classes, fallback) {
  return ofClass(classes, colour, colour(fallback));
}

function widths(table) {
  const at = (i) => ofClass(Object.keys(table), (name) => table[name][i], 1);
  return ["interpolate", ["exponential", 1.5], ["zoom"], 10, at(0), 13, at(1), 17, at(2)];
}

function kind(name, ...more) {
  return ["all", ["==", ["get", "kind"], name], ...more];
}

function label(id, filter, minzoom, layout, ink) {
  return {
    id,
    type: "symbol",
    source: "schematic",
    filter,
    minzoom,
    layout: { "text-font": FONT, "text-field": NAME, "text-max-width": 8, ...layout },
    paint: { "text-color": colour(ink), "text-halo-color": colour("ground"), "text-halo-width": 1.4 },
  };
}

/** The style of the schematic that the server has at `url`. */
export function style(url) {
  const line = { "line-cap": "round", "line-join": "round" };
  return {
    version: 8,
    sources: {
      schematic: { type: "geojson", data: url, attribution: t("map.attribution") },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colour("ground") } },
      {
        id: "areas",
        type: "fill",
        source: "schematic",
        filter: kind("area", ["!=", ["get", "class"], "runway"]),
        paint: { "fill-color": colours(AREAS, "builtup"), "fill-antialias": true },
      },
      {
        id: "area-edges",
        type: "line",
        source: "schematic",
        filter: kind("area", ["!=", ["get", "class"], "builtup"]),
        paint: { "line-color": colour("edge"), "line-width": 0.6 },
      },
      {
        id: "runway",
        type: "fill",
        source: "schematic",
        filter: kind("area", ["==", ["get", "class"], "runway"]),
        paint: { "fill-color": colour("runway") },
      },
      {
        id: "water",
        type: "line",
        source: "schematic",
        filter: kind("water"),
        layout: line,
        paint: {
          "line-color": colours(Object.keys(WATER), "river"),
          "line-width": widths(WATER),
        },
      },
      {
        id: "rail",
        type: "line",
        source: "schematic",
        filter: kind("rail"),
        paint: {
          "line-color": colour("rail"),
          "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.8, 14, 1.6],
          "line-dasharray": [4, 2.5],
        },
      },
      {
        id: "roads",
        type: "line",
        source: "schematic",
        filter: kind("road"),
        layout: {
          ...line,
          "line-sort-key": [
            "match",
            ["get", "class"],
            "street",
            0,
            "secondary",
            1,
            "primary",
            2,
            "trunk",
            3,
            4,
          ],
        },
        paint: {
          "line-color": colours(Object.keys(ROADS), "street"),
          "line-width": widths(ROADS),
        },
      },
      {
        ...label(
          "road-names",
          kind("road", ["in", ["get", "class"], ["literal", ["motorway", "trunk", "primary"]]]),
          12.5,
          {
            "symbol-placement": "line",
            "symbol-spacing": 420,
            "text-size": 11,
          },
          "road-name",
        ),
      },
      label(
        "small-places",
        kind("place", ["in", ["get", "class"], ["literal", ["landmark", "hospital", "station"]]]),
        12.6,
        {
          "text-size": 11.5,
          "text-padding": 6,
        },
        "place-name",
      ),
      label(
        "districts",
        kind("place", ["==", ["get", "class"], "district"]),
        10.6,
        {
          "text-size": ["interpolate", ["linear"], ["zoom"], 11, 11.5, 14, 14],
          "text-transform": "uppercase",
          ...spaced(0.1),
          "text-padding": 8,
          "symbol-sort-key": ["get", "rank"],
        },
        "district-name",
      ),
      label(
        "city",
        kind("place", ["==", ["get", "class"], "city"]),
        8,
        {
          "text-size": 17,
          ...spaced(0.16),
          "text-transform": "uppercase",
        },
        "city-name",
      ),
    ],
  };
}
