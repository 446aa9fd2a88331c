// Range rings around the selected asset, or around a place.

import { circle, shifted } from "../watch/ground.js";
import { roundWords } from "./distances.js";

export class Rings {
  constructor(fleet, options) {
    this.fleet = fleet;
    this.options = options;
    this.key = null; // of the asset that they are around
    this.place = null;
  }

  get shown() {
    return this.key !== null || this.place !== null;
  }

  aroundAsset(key) {
    this.key = key;
    this.place = null;
  }

  aroundPlace(place) {
    this.key = null;
    this.place = place;
  }

  clear() {
    this.key = null;
    this.place = null;
  }

  /** [longitude, latitude] of their middle, or null. */
  get centre() {
    if (this.key === null) return this.place;
    const slot = this.fleet.slotOf.get(this.key) ?? -1;
    if (slot < 0 || !this.fleet.hasPlace(slot)) return null;
    return [this.fleet.longitude[slot], this.fleet.latitude[slot]];
  }

  draw(pen) {
    const { centre } = this;
    if (!centre) return;
    for (const radius of this.options.rings) {
      pen.line(circle(centre, radius, 90), { width: 1.3, dash: [7, 5], closed: true });
      pen.words(roundWords(radius), shifted(centre, 0, radius));
    }
    if (this.key === null) pen.dot(centre, 3);
  }
}
