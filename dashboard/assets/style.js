// The map's own look: a dark, quiet ground on which only the marks are bright.

const FONT = ["Noto Sans Regular", "Segoe UI", "DejaVu Sans", "sans-serif"];

const AREAS = {
  builtup: "#10161d",
  residential: "#151d26",
  old_city: "#1a212b",
  cantonment: "#161f24",
  campus: "#13211f",
  industrial: "#191b25",
  airport: "#161d27",
  runway: "#2b3541",
  park: "#11231d",
  stadium: "#152923",
  fort: "#2a2723",
};

// Class: colour, and width at zoom 10, 13 and 17.
const ROADS = {
  street: ["#202b36", 0.3, 1, 5],
  secondary: ["#293643", 0.5, 1.6, 8],
  primary: ["#334251", 0.9, 2.4, 11],
  trunk: ["#3c4e5f", 1.2, 3, 14],
  motorway: ["#44596c", 1.4, 3.4, 16],
};

const WATER = {
  river: ["#14323f", 2, 6, 40],
  canal: ["#123040", 0.6, 1.6, 10],
  nala: ["#112a36", 0.5, 1.3, 8],
};

function ofClass(table, pick, fallback) {
  return [
    "match",
    ["get", "class"],
    ...Object.entries(table).flatMap(([k, v]) => [k, pick(v)]),
    fallback,
  ];
}

function widths(table) {
  const at = (i) => ofClass(table, (v) => v[i], 1);
  return ["interpolate", ["exponential", 1.5], ["zoom"], 10, at(1), 13, at(2), 17, at(3)];
}

function kind(name, ...more) {
  return ["all", ["==", ["get", "kind"], name], ...more];
}

function label(id, filter, minzoom, layout, colour) {
  return {
    id,
    type: "symbol",
    source: "schematic",
    filter,
    minzoom,
    layout: { "text-font": FONT, "text-field": ["get", "name"], "text-max-width": 8, ...layout },
    paint: { "text-color": colour, "text-halo-color": "#0b0f14", "text-halo-width": 1.4 },
  };
}

/** The style of the schematic that the server has at `url`. */
export function style(url) {
  const line = { "line-cap": "round", "line-join": "round" };
  return {
    version: 8,
    sources: {
      schematic: { type: "geojson", data: url, attribution: "Map: schematic, drawn by hand" },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": "#0b0f14" } },
      {
        id: "areas",
        type: "fill",
        source: "schematic",
        filter: kind("area", ["!=", ["get", "class"], "runway"]),
        paint: { "fill-color": ofClass(AREAS, (v) => v, "#10161d"), "fill-antialias": true },
      },
      {
        id: "area-edges",
        type: "line",
        source: "schematic",
        filter: kind("area", ["!=", ["get", "class"], "builtup"]),
        paint: { "line-color": "#222c37", "line-width": 0.6 },
      },
      {
        id: "runway",
        type: "fill",
        source: "schematic",
        filter: kind("area", ["==", ["get", "class"], "runway"]),
        paint: { "fill-color": AREAS.runway },
      },
      {
        id: "water",
        type: "line",
        source: "schematic",
        filter: kind("water"),
        layout: line,
        paint: {
          "line-color": ofClass(WATER, (v) => v[0], "#14323f"),
          "line-width": widths(WATER),
        },
      },
      {
        id: "rail",
        type: "line",
        source: "schematic",
        filter: kind("rail"),
        paint: {
          "line-color": "#3a4450",
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
          "line-color": ofClass(ROADS, (v) => v[0], "#1e2833"),
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
          "#5d6c7a",
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
        "#64737f",
      ),
      label(
        "districts",
        kind("place", ["==", ["get", "class"], "district"]),
        10.6,
        {
          "text-size": ["interpolate", ["linear"], ["zoom"], 11, 11.5, 14, 14],
          "text-transform": "uppercase",
          "text-letter-spacing": 0.1,
          "text-padding": 8,
          "symbol-sort-key": ["get", "rank"],
        },
        "#7a8997",
      ),
      label(
        "city",
        kind("place", ["==", ["get", "class"], "city"]),
        8,
        {
          "text-size": 17,
          "text-letter-spacing": 0.16,
          "text-transform": "uppercase",
        },
        "#8d9ba8",
      ),
    ],
  };
}
