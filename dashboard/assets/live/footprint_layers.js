// Footprints of cameras on the map, under the marks: of the selected asset always; of all while
// the layer is shown and the map is near enough for them.

import { CAMERA, DRONE, KINDS, UNKNOWN } from "../fleet.js";
import { token } from "../shapes.js";
import { Footprints } from "../stores/footprints.js";

const LAYER = "footprints"; // of the menu
const FROM = { moving: 12.5, fixed: 14, chosen: 0 }; // zoom
const SETS = Object.keys(FROM);
const PARTS = ["fill", "line", "old"];
const EMPTY = { type: "FeatureCollection", features: [] };

export class FootprintLayers {
  /** `layer` is that of the marks, `layers` what the menu shows, `camera()` the key of the chosen fixed camera. */
  constructor(map, footprints, { layer, layers, clock, camera }) {
    Object.assign(this, { map, footprints, layer, layers, clock, camera });
    this.shown = Object.fromEntries(SETS.map((set) => [set, 0]));
    this.drawnFixed = -1; // version of the fixed ones that is drawn
    footprints.addEventListener("change", () => this.draw());
    layers.addEventListener("change", () => this.toggle());
    map.on("zoomend", () => this.draw());
    map.on("load", () => this.add());
    map.on("webglcontextrestored", () => map.once("idle", () => this.add()));
  }

  /** Put our sources and layers into the style, below the marks, unless they are there. */
  add() {
    const { map } = this;
    if (map.getSource("footprints-moving")) return;
    const above = ["camera-all", "contact-sigma", this.layer.id].find((id) => map.getLayer(id));
    const fresh = ["==", ["get", "level"], "fresh"];
    const colour = ["case", ["==", ["get", "kind"], "drone"], token("--drone"), token("--camera")];
    for (const set of [...SETS].reverse()) {
      const source = `footprints-${set}`;
      const strong = set === "chosen" ? 2 : 1;
      map.addSource(source, { type: "geojson", data: EMPTY });
      const part = (name, type, filter, paint) =>
        map.addLayer({ id: `${source}-${name}`, source, type, filter, paint, minzoom: FROM[set] }, above);
      part("fill", "fill", fresh, { "fill-color": colour, "fill-opacity": 0.09 * strong });
      part("line", "line", fresh, { "line-color": colour, "line-width": 0.9 * strong, "line-opacity": 0.75 });
      part("old", "line", ["!", fresh], {
        "line-color": token("--late"),
        "line-width": 0.9 * strong,
        "line-opacity": 0.75,
        "line-dasharray": [3, 3],
      });
    }
    this.drawnFixed = -1;
    this.toggle();
  }

  /** Take them out and put them in again, in the colours of the theme. */
  recolour() {
    const { map } = this;
    if (!map.getSource("footprints-moving")) return;
    for (const { id } of map.getStyle().layers) if (id.startsWith("footprints-")) map.removeLayer(id);
    for (const set of SETS) map.removeSource(`footprints-${set}`);
    this.add();
  }

  toggle() {
    const visibility = this.layers.shows(LAYER) ? "visible" : "none";
    for (const set of ["moving", "fixed"])
      for (const part of PARTS) {
        const id = `footprints-${set}-${part}`;
        if (this.map.getLayer(id)) this.map.setLayoutProperty(id, "visibility", visibility);
      }
    this.draw();
  }

  /** Each second: what nobody tells any more grows old. Also when another asset is selected. */
  draw() {
    const { map, layer, footprints } = this;
    if (!map.getSource("footprints-moving") || !layer.awake) return;
    const all = [...footprints.byKey.values()];
    const selected = layer.fleet.keys[layer.selected] ?? this.camera();
    this.put("chosen", all.filter(({ key }) => key === selected));
    const near = (set) => this.layers.shows(LAYER) && map.getZoom() >= FROM[set];
    const others = (fixed) => all.filter((each) => each.fixed === fixed && each.key !== selected);
    this.put("moving", near("moving") ? others(false) : []);
    const drawn = near("fixed") ? `${footprints.fixedVersion} ${selected}` : "none";
    if (drawn !== this.drawnFixed) this.put("fixed", near("fixed") ? others(true) : []);
    this.drawnFixed = drawn;
  }

  put(set, found) {
    if (!found.length && !this.shown[set]) return;
    const now = this.clock.now();
    const features = found.flatMap((each) => this.features(each, now));
    this.shown[set] = features.length;
    this.map.getSource(`footprints-${set}`).setData({ ...EMPTY, features });
  }

  /** Its outline, unless it is too old. */
  features(footprint, now) {
    const level = Footprints.level(footprint, now);
    if (level === null) return [];
    const slot = this.layer.fleet.slotOf.get(footprint.key);
    const told = slot === undefined ? UNKNOWN : this.layer.fleet.kind[slot];
    const kind = KINDS[footprint.fixed && told === UNKNOWN ? CAMERA : told || DRONE];
    const coordinates = [[...footprint.ring, footprint.ring[0]]];
    return [{ type: "Feature", properties: { level, kind }, geometry: { type: "Polygon", coordinates } }];
  }
}
