// Our layer in the map: trails below, marks above. It keeps the camera of the last drawing, so
// that labels, clicks and tests know where on the screen everything is.

import { Camera } from "./gl.js";
import { DIMMED, HOVERED, MarksDrawing, SELECTED } from "./marks_drawing.js";
import { Glide } from "./live/motion.js";
import { Spread } from "./live/spread.js";
import { TrailsDrawing } from "./trails_drawing.js";

const REACH = 18; // CSS pixels from a mark within which a click means it

export class AssetLayer {
  constructor(fleet, ways) {
    this.id = "assets";
    this.type = "custom";
    this.renderingMode = "2d";
    this.fleet = fleet;
    this.ways = ways;
    this.selected = -1;
    this.hovered = -1;
    this.matches = null; // Uint8Array by slot while a filter is on
    this.camera = null;
    this.stale = true;
    this.awake = true; // whether the map is on the screen
    this.point = [0, 0];
    this.spread = new Spread(fleet);
    this.glide = new Glide();
    this.left = 0; // part of their way that the marks still have to go
  }

  onAdd(map, gl) {
    this.map = map;
    this.gl = gl;
    this.marks = new MarksDrawing(gl, this.fleet);
    this.trails = new TrailsDrawing(gl, this.ways);
    this.stale = true;
  }

  /** New positions have come: let the marks go there. */
  moved() {
    if (this.map) this.glide.begin(performance.now(), this.map.getZoom());
  }

  /** Something changed: draw it with the next frame. */
  invalidate() {
    this.stale = true;
    if (this.awake) this.map?.triggerRepaint();
  }

  render(gl, { defaultProjectionData }) {
    const { map } = this;
    const centre = map.getCenter();
    const ratio = map.getPixelRatio();
    const { clientWidth, clientHeight } = map.getCanvas();
    this.camera = new Camera(
      defaultProjectionData.mainMatrix,
      [(centre.lng + 180) / 360, mercator(centre.lat)],
      clientWidth,
      clientHeight,
    );
    const step = this.spread.step(map.getZoom());
    if (this.stale || step !== this.step) {
      this.stale = false;
      this.step = step;
      this.spread.arrange(map.getZoom(), (slot) => this.stands(slot));
      this.marks.build((slot) => this.look(slot), this.spread.hidden);
    }
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.trails.draw(this.camera, ratio, this.fleet.clock.now(), this.selected);
    this.left = this.glide.left(performance.now());
    this.glide.frames += 1;
    this.marks.draw(this.camera, ratio, this.size(), this.left);
    if (this.left > 0) map.triggerRepaint();
  }

  /** Take the colours of the theme that is chosen now. */
  recolour() {
    this.marks?.recolour();
    this.trails?.recolour();
    this.invalidate();
  }

  select(slot) {
    this.selected = slot;
    this.invalidate();
  }

  hover(slot) {
    if (slot === this.hovered) return;
    this.hovered = slot;
    this.invalidate();
  }

  /** Dim all but `matches` (bytes by slot); null dims nothing. */
  show(matches) {
    this.matches = matches;
    this.invalidate();
  }

  /** [x, y] of an asset in CSS pixels from the map's upper left corner; null if it has none. */
  place(slot) {
    if (!this.camera || slot < 0 || !this.fleet.hasPlace(slot)) return null;
    return this.project(slot, [0, 0]);
  }

  /** Where a mark that has a place is drawn now; writes into `out`. */
  project(slot, out) {
    const { fleet, left } = this;
    const x = left ? fleet.x[slot] + fleet.backX[slot] * left : fleet.x[slot];
    const y = left ? fleet.y[slot] + fleet.backY[slot] * left : fleet.y[slot];
    return this.camera.project(x, y, out);
  }

  /** Whether a mark has to be drawn itself, however crowded it is. */
  stands(slot) {
    return slot === this.selected || slot === this.hovered;
  }

  /** How large a mark is drawn: smaller where the whole city is shown. */
  size() {
    const zoom = this.map.getZoom();
    return Math.max(0.75, Math.min(1.3, 0.8 + (zoom - 10) * 0.14));
  }

  look(slot) {
    return (
      (slot === this.selected ? SELECTED : 0) |
      (slot === this.hovered ? HOVERED : 0) |
      (this.matches && !this.matches[slot] ? DIMMED : 0)
    );
  }

  /** The slot of the mark nearest to a point of the map, in CSS pixels; -1 if none is near. */
  pick(x, y) {
    const { fleet, camera, point } = this;
    if (!camera) return -1;
    let best = -1;
    let least = REACH * REACH;
    for (let slot = 0; slot < fleet.count; slot += 1) {
      if (!fleet.hasPlace(slot) || this.spread.hidden[slot]) continue;
      this.project(slot, point);
      const away = (point[0] - x) ** 2 + (point[1] - y) ** 2;
      if (away < least) {
        least = away;
        best = slot;
      }
    }
    return best;
  }
}

function mercator(latitude) {
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / (2 * Math.PI);
}
