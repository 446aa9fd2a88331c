// Says when this computer's clock is not the server's: a control room compares it with other clocks.

import { h, write } from "../dom.js";
import { age } from "../format.js";
import { t } from "../words.js";

const APART = 2000; // ms

export class ClockNote {
  constructor(root, clock) {
    this.clock = clock;
    this.element = h("div", { class: "clock-note over-map", role: "status", hidden: true });
    root.append(this.element);
  }

  /** `live` is whether the server is heard. */
  show(live) {
    const ahead = Date.now() - this.clock.now();
    const differ = live && Math.abs(ahead) > APART;
    this.element.hidden = !differ;
    if (differ) write(this.element, t(ahead > 0 ? "clock.ahead" : "clock.behind", { age: age(Math.abs(ahead) / 1000) }));
  }
}
