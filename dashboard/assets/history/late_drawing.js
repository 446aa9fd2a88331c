// Over the map: which marks stand where a position that came late says, and what of the selected
// asset's way came late or is not known yet at this moment.

import { fitted } from "../canvas.js";
import { mercatorX, mercatorY } from "../fleet.js";
import { token } from "../shapes.js";

export class LateDrawing {
  constructor(container, layer) {
    this.layer = layer;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "labels";
    this.canvas.setAttribute("aria-hidden", "true");
    container.append(this.canvas);
    this.context = this.canvas.getContext("2d");
    this.drawn = 0; // marks that came late, in the last drawing
    this.span = 300_000; // ms of the selected asset's way
  }

  draw(map) {
    const { layer, context, canvas } = this;
    const { camera, fleet } = layer;
    if (!camera) return;
    fitted(canvas, camera.width, camera.height, map.getPixelRatio());
    this.drawn = 0;
    const late = token("--late");
    if (layer.selected >= 0) this.drawWay(layer.selected, late);
    context.strokeStyle = late;
    context.lineWidth = 1.8;
    context.setLineDash([4, 3]);
    for (let slot = 0; slot < fleet.count; slot += 1) {
      if (!fleet.cameLate[slot] || !fleet.hasPlace(slot)) continue;
      const [x, y] = camera.project(fleet.x[slot], fleet.y[slot], [0, 0]);
      context.beginPath();
      context.arc(x, y, 15 * layer.size(), 0, 2 * Math.PI);
      context.stroke();
      this.drawn += 1;
    }
    context.setLineDash([]);
  }

  /** Squares where it came late, filled; hollow where it was not known yet. */
  drawWay(slot, colour) {
    const { fleet } = this.layer;
    const track = fleet.tracks[slot];
    const { context } = this;
    context.fillStyle = context.strokeStyle = colour;
    context.lineWidth = 1.2;
    for (const point of track.trail(fleet.time, this.span)) {
      if (!track.late[point]) continue;
      const [x, y] = this.place(track, point);
      context.fillRect(x - 2.5, y - 2.5, 5, 5);
    }
    for (const point of track.unknown(fleet.time, this.span)) {
      const [x, y] = this.place(track, point);
      context.strokeRect(x - 2.5, y - 2.5, 5, 5);
    }
  }

  place(track, point) {
    const x = mercatorX(track.longitude[point]);
    const y = mercatorY(track.latitude[point]);
    return this.layer.camera.project(x, y, [0, 0]);
  }
}
