// The geofences on the planner's map: which of them a plan keeps out of, and what they are.

import { h } from "../dom.js";
import { t } from "../words.js";
import { FenceLayers, FenceTip, fenceSwatch } from "../watch/fence_layers.js";

const SHOWN = ["keep-out", "privacy"];

/** What of the geofences is shown here: what a planner has to know. */
class Shown extends EventTarget {
  shows(kind) {
    return SHOWN.includes(kind);
  }
}

export class Avoided {
  /** `view` is the planner's map, `root` where tip and legend stand. */
  constructor(view, root, fences, clock) {
    Object.assign(this, { view, fences });
    this.tip = new FenceTip(root, clock);
    this.legend = h("p", { class: "plan-legend", hidden: true }, ...SHOWN.map((kind) => h("span", {}, fenceSwatch(kind), t(`plan.fences.${kind}`))));
    root.append(this.legend);
    fences.addEventListener("change", () => this.showLegend());
    this.showLegend();
  }

  /** Draw them, below all that is drawn here. */
  begin() {
    const { map } = this.view;
    this.layers = new FenceLayers(map, this.fences, new Shown());
    this.layers.add();
    map.on("mousemove", ({ point }) => this.tip.show(this.layers.at(point), point.x, point.y));
    map.on("mouseout", () => this.tip.show([], 0, 0));
  }

  /** In the colours of the theme that is chosen now. */
  recolour() {
    this.layers?.remove();
    this.layers?.add();
  }

  showLegend() {
    this.legend.hidden = !this.fences.all().some(({ kind }) => SHOWN.includes(kind));
  }
}
