// Which kinds of things the map shows: chosen here, kept by the browser, said by a link.

import { h } from "../dom.js";
import { choose, chosen } from "../preferences.js";
import { t } from "../words.js";

export const FENCE_KINDS = ["keep-out", "keep-in", "alert-only", "privacy"];
const SKY = ["contacts", "friends", "trails", "operators", "errors"];
const OWN = ["vectors", "own-trails", "routes", "missions", "footprints", "cameras"];
const LAYERS = [...FENCE_KINDS, ...SKY, ...OWN];
const USUALLY_HIDDEN = "friends"; // our own drones, which have marks of their own
const NOTHING = "nothing"; // hidden, though something usually is

/** Dispatches `change`. Alerts are no layer: they cannot be hidden. */
export class Layers extends EventTarget {
  constructor(params) {
    super();
    const told = params.hide ?? chosen("hidden-layers", USUALLY_HIDDEN);
    this.hidden = new Set(told.split(",").filter((name) => LAYERS.includes(name)));
  }

  shows(name) {
    return !this.hidden.has(name);
  }

  turn(name, shown) {
    if (shown) this.hidden.delete(name);
    else this.hidden.add(name);
    choose("hidden-layers", this.text);
    this.dispatchEvent(new Event("change"));
  }

  /** Hide just these, whatever the browser has kept, and keep nothing. */
  hide(names) {
    this.hidden = new Set(names);
    this.dispatchEvent(new Event("change"));
  }

  /** For the address: the hidden ones; null if they are the usual ones. */
  get text() {
    const hidden = LAYERS.filter((name) => this.hidden.has(name)).join(",") || NOTHING;
    return hidden === USUALLY_HIDDEN ? null : hidden;
  }
}

/** The control over the map. `swatch(name)` draws what a layer looks like; `onExport()` is called for a file of the geofences. */
export class LayersMenu {
  constructor(root, layers, swatch, onExport) {
    const box = (name) => {
      const input = h("input", {
        type: "checkbox",
        "data-layer": name,
        onchange: () => layers.turn(name, input.checked),
      });
      input.checked = layers.shows(name);
      return h("label", {}, input, swatch(name), h("span", {}, t(`layers.${name}`)));
    };
    const group = (title, names, ...more) =>
      h("fieldset", {}, h("legend", {}, t(title)), ...names.map(box), ...more);
    const file = h("button", { type: "button", class: "link", onclick: onExport }, t("fences.export"));
    this.element = h(
      "details",
      { class: "layers", name: "over-map" },
      h("summary", { title: t("layers.title") }, t("layers.title")),
      group("layers.fences", FENCE_KINDS, file),
      group("layers.sky", SKY),
      group("layers.own", OWN),
    );
    root.append(this.element);
  }
}
