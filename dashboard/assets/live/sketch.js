// What is drawn over the map in lines: vectors, routes, range rings, measurements. One canvas below
// the call signs, drawn with the map; each painter says what is to be drawn now.

import { fitted } from "../canvas.js";
import { mercatorX, mercatorY } from "../fleet.js";
import { token } from "../shapes.js";

const FONT = "600 12px system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif";
const COLOURS = { line: "--frame", halo: "--label-halo", drone: "--drone", car: "--car", officer: "--officer", late: "--late" };

export class Sketch {
  /** `painters` have draw(pen); the first lies lowest. */
  constructor(container, layer, painters) {
    this.layer = layer;
    this.painters = painters;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "labels sketch";
    this.canvas.setAttribute("aria-hidden", "true");
    container.querySelector("canvas.labels").before(this.canvas);
    this.context = this.canvas.getContext("2d");
    this.recolour();
  }

  /** Take the colours of the theme that is chosen now. */
  recolour() {
    this.colours = Object.fromEntries(Object.entries(COLOURS).map(([name, from]) => [name, token(from)]));
  }

  draw(map) {
    const { camera } = this.layer;
    if (!camera) return;
    const { canvas, context } = this;
    fitted(canvas, camera.width, camera.height, map.getPixelRatio());
    context.lineJoin = "round";
    context.lineCap = "round";
    context.textBaseline = "middle";
    const pen = new Pen(context, camera, this.colours);
    for (const painter of this.painters) painter.draw(pen);
  }
}

/** Draws in degrees; a dark edge keeps every line readable on every ground. */
class Pen {
  constructor(context, camera, colours) {
    this.context = context;
    this.camera = camera;
    this.colours = colours;
  }

  /** CSS pixels of [longitude, latitude]. */
  at([longitude, latitude]) {
    return this.camera.project(mercatorX(longitude), mercatorY(latitude), [0, 0]);
  }

  /** A line through places; `dash` in CSS pixels. */
  line(places, { colour = this.colours.line, width = 1.6, dash = [], closed = false, fill = null } = {}) {
    const { context } = this;
    context.beginPath();
    places.forEach((place, i) => {
      const [x, y] = this.at(place);
      if (i) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
    if (closed) context.closePath();
    if (fill) {
      context.globalAlpha = 0.12;
      context.fillStyle = fill;
      context.fill();
      context.globalAlpha = 1;
    }
    context.setLineDash([]);
    context.strokeStyle = this.colours.halo;
    context.lineWidth = width + 2.4;
    context.globalAlpha = 0.7;
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash(dash);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
    context.setLineDash([]);
  }

  ring(place, radius, colour = this.colours.line) {
    const { context } = this;
    const [x, y] = this.at(place);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = this.colours.halo;
    context.lineWidth = 4;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = 1.8;
    context.stroke();
  }

  dot(place, radius = 4, colour = this.colours.line) {
    const { context } = this;
    const [x, y] = this.at(place);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.strokeStyle = this.colours.halo;
    context.lineWidth = 2;
    context.stroke();
    context.fill();
  }

  /** Words with their middle `up` CSS pixels above a place. */
  words(text, place, up = 0, colour = this.colours.line) {
    const { context } = this;
    const [x, y] = this.at(place);
    context.font = FONT;
    context.textAlign = "center";
    context.lineWidth = 3.5;
    context.strokeStyle = this.colours.halo;
    context.strokeText(text, x, y - up);
    context.fillStyle = colour;
    context.fillText(text, x, y - up);
    context.textAlign = "start";
  }
}
