// Keeps the selected asset in the middle of the map until somebody moves the map by hand.

import { calm } from "./motion.js";

const GLIDE = 450; // ms, less than from one frame of the feed to the next

export class Follow {
  /** `covered()` tells what the panel covers; `onChange(on)` when it begins and ends. */
  constructor(map, layer, covered, onChange) {
    this.map = map;
    this.layer = layer;
    this.covered = covered;
    this.onChange = onChange;
    this.on = false;
    for (const name of ["dragstart", "boxzoomstart"])
      map.on(name, ({ originalEvent }) => {
        if (originalEvent) this.stop();
      });
  }

  toggle() {
    if (this.on) this.stop();
    else if (this.layer.selected >= 0) {
      this.on = true;
      this.onChange(true);
      this.step();
    }
    return this.on;
  }

  stop() {
    if (!this.on) return;
    this.on = false;
    this.onChange(false);
  }

  /** Go to where it is now. */
  step() {
    const { fleet, selected } = this.layer;
    if (!this.on) return;
    if (selected < 0) {
      this.stop();
      return;
    }
    if (!fleet.hasPlace(selected) || this.map.isZooming()) return;
    this.map.easeTo({
      center: [fleet.longitude[selected], fleet.latitude[selected]],
      padding: { top: 0, bottom: 0, ...this.covered() },
      duration: calm() ? 0 : GLIDE,
      easing: (part) => part,
    });
  }
}
