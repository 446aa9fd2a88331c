// What the map of the past shows beside assets: geofences, contacts, alerts. Chosen here, kept by the
// browser, said by a link. The drawings of the live map ask it by their own layers' names.

import { h } from "../dom.js";
import { choose, chosen } from "../preferences.js";
import { t } from "../words.js";
import { FENCE_KINDS } from "../watch/layers.js";

const LAYERS = ["fences", "contacts", "alerts"];
const OF_LIVE = {
  ...Object.fromEntries(FENCE_KINDS.map((kind) => [kind, "fences"])),
  ...Object.fromEntries(["contacts", "trails", "operators", "errors"].map((name) => [name, "contacts"])),
};

/** Dispatches `change`. */
export class PastLayers extends EventTarget {
  constructor(root) {
    super();
    this.hidden = new Set();
    this.buttons = LAYERS.map((name) =>
      h("button", { type: "button", "data-layer": name, onclick: () => this.turn(name) }, t(`history.layer.${name}`)),
    );
    root.append(
      h("div", { class: "segments past-layers", role: "group", "aria-label": t("history.layers") }, ...this.buttons),
    );
    this.set(chosen("hidden-past", ""));
  }

  /** Take over what an address hides. */
  set(text) {
    const hidden = new Set((text ?? "").split(",").filter((name) => LAYERS.includes(name)));
    if ([...hidden].join() === [...this.hidden].join() && this.told) return;
    this.told = true;
    this.hidden = hidden;
    this.tell();
  }

  /** For the address; null if all is shown. */
  get text() {
    return LAYERS.filter((name) => this.hidden.has(name)).join(",") || null;
  }

  shows(name) {
    const own = OF_LIVE[name] ?? name;
    return LAYERS.includes(own) && !this.hidden.has(own);
  }

  turn(name) {
    if (!this.hidden.delete(name)) this.hidden.add(name);
    choose("hidden-past", this.text);
    this.tell();
  }

  tell() {
    for (const button of this.buttons)
      button.setAttribute("aria-pressed", String(!this.hidden.has(button.dataset.layer)));
    this.dispatchEvent(new Event("change"));
  }
}
