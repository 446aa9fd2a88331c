// A field for one asset: typed or chosen by name, told by its key.

import { h } from "../dom.js";
import { t } from "../words.js";

const OFFERED = 20;
let fields = 0;

/** What an asset is called; its key where it is not known. */
export function assetName(fleet, key) {
  const slot = fleet.slotOf.get(key);
  return slot === undefined ? key : fleet.names[slot];
}

export class AssetField {
  /** `onChange(key)`, null for none. */
  constructor(fleet, onChange) {
    this.fleet = fleet;
    this.offers = h("datalist", { id: `asset-offers-${(fields += 1)}` });
    this.input = h("input", {
      class: "field",
      type: "search",
      "data-filter": "asset",
      list: this.offers.id,
      placeholder: t("alerts.filter.oneasset"),
      "aria-label": t("alerts.filter.oneasset"),
      autocomplete: "off",
      oninput: () => {
        this.input.setCustomValidity("");
        this.offer();
      },
      onchange: () => this.take(onChange),
    });
    this.element = h("span", {}, this.input, this.offers);
  }

  /** Show the asset with this key; null for none. */
  show(key) {
    this.input.value = key === null ? "" : assetName(this.fleet, key);
    this.input.setCustomValidity("");
  }

  slots() {
    return [...this.fleet.slotOf.values()];
  }

  offer() {
    const words = this.input.value.trim().toLowerCase();
    const { names } = this.fleet;
    const found = words ? this.slots().filter((slot) => names[slot].toLowerCase().includes(words)) : [];
    this.offers.replaceChildren(...found.slice(0, OFFERED).map((slot) => h("option", { value: names[slot] })));
  }

  take(onChange) {
    const words = this.input.value.trim();
    const { names, identities, keys } = this.fleet;
    const slot = this.slots().find((each) => [names[each], identities[each], keys[each]].includes(words));
    if (slot !== undefined) onChange(keys[slot]);
    else if (words === "" || /^\d{1,19}$/.test(words)) onChange(words || null);
    else {
      this.input.setCustomValidity(t("alerts.filter.noasset"));
      this.input.reportValidity();
    }
  }
}
