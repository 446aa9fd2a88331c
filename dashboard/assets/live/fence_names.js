// The names of geofences, written with the call signs so that none lies on another.

import { token } from "../shapes.js";
import { mercatorX, mercatorY } from "../fleet.js";
import { FENCE_KINDS } from "../watch/layers.js";

const FROM = 11; // zoom

export class FenceNames {
  constructor(fences, layers) {
    this.fences = fences;
    this.layers = layers;
    this.places = [];
    fences.addEventListener("change", () => this.collect());
    this.recolour();
  }

  recolour() {
    this.colours = Object.fromEntries(FENCE_KINDS.map((kind) => [kind, token(`--fence-${kind}`)]));
  }

  collect() {
    this.places = this.fences.collection.features.map(({ geometry, properties }) => {
      const [longitude, latitude] = this.placeOf(geometry);
      return { ...properties, x: mercatorX(longitude), y: mercatorY(latitude) };
    });
  }

  /** { text, x, y, colour, faint } of those that can be seen now; x and y are CSS pixels. */
  seen(camera, zoom) {
    if (zoom < FROM) return [];
    return this.places
      .filter(({ kind }) => this.layers.shows(kind))
      .map(({ name, kind, in_force, x, y }) => {
        const [left, top] = camera.project(x, y, [0, 0]);
        return { text: name, x: left, y: top, colour: this.colours[kind], faint: !in_force };
      })
      .filter(({ x, y }) => x > 0 && y > 0 && x < camera.width && y < camera.height);
  }

  /** A place well inside a Polygon or a MultiPolygon's largest part: [longitude, latitude]. */
  placeOf({ type, coordinates }) {
    const rings = (type === "Polygon" ? [coordinates] : coordinates).map(([outer]) => outer);
    const ring = rings.reduce((most, one) => (height(one) > height(most) ? one : most));
    // Half-way up, in the middle of the widest stretch that is inside.
    const level = (lowest(ring) + highest(ring)) / 2 + 1e-9;
    const crossings = ring
      .slice(1)
      .flatMap(([x, y], i) => {
        const [x0, y0] = ring[i];
        return y0 > level === y > level ? [] : [x0 + ((level - y0) / (y - y0)) * (x - x0)];
      })
      .sort((a, b) => a - b);
    let best = [crossings[0], crossings[1]];
    for (let i = 2; i + 1 < crossings.length; i += 2)
      if (crossings[i + 1] - crossings[i] > best[1] - best[0]) best = [crossings[i], crossings[i + 1]];
    return [(best[0] + best[1]) / 2, level];
  }
}

function lowest(ring) {
  return Math.min(...ring.map(([, y]) => y));
}

function highest(ring) {
  return Math.max(...ring.map(([, y]) => y));
}

function height(ring) {
  return highest(ring) - lowest(ring);
}
