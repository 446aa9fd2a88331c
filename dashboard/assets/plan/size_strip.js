// How large what is drawn is, and how long it would take, over the map where the eye is.

import { h } from "../dom.js";
import { t } from "../words.js";
import { duration, far, ground } from "./amounts.js";
import { MANY } from "./estimate.js";
import { length, squareMetres } from "./geometry.js";

/** The size of an area or a way as text. */
export const sizeOf = ({ form, places }) => (form === "area" ? ground(squareMetres(places)) : far(length(places)));

export class SizeStrip {
  constructor(root) {
    this.root = root;
    this.large = false; // too large to be planned unasked
  }

  /** `doing` is what to do now, or nothing; `found` is of `estimate`, or null. */
  show({ doing, shape, found }) {
    this.large = found !== null && found.sorties > MANY;
    this.root.hidden = !doing && !this.large;
    if (this.root.hidden) return;
    const about = found && t("plan.estimate", { time: duration(found.seconds), sorties: found.sorties });
    const lines = [doing, shape && [sizeOf(shape), about].filter(Boolean).join(" · "), this.large && tooLarge(found.best)];
    this.root.dataset.state = this.large ? "warned" : "";
    this.root.replaceChildren(...lines.filter(Boolean).map((line) => h("span", {}, line)));
  }
}

const tooLarge = ({ name, sorties }) => t(sorties > MANY ? "plan.estimate.large" : "plan.estimate.other", { kind: name, sorties });
