// A field for one asset: typed or chosen by name, told by its key.

import { h } from "../dom.js";
import { assetNameOf } from "../stores/cameras.js";
import { t } from "../words.js";

const OFFERED = 20;
let fields = 0;

/** What an asset is called; its key where it is not known. */
export function assetName(fleet, key) {
  return assetNameOf(fleet, key) ?? key;
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

  /** All that may be chosen: { key, name, identity }. */
  assets() {
    const { fleet } = this;
    const moving = [...fleet.slotOf].map(([key, slot]) => ({ key, name: fleet.names[slot], identity: fleet.identities[slot] }));
    return [...moving, ...(fleet.cameras?.all() ?? [])];
  }

  offer() {
    const words = this.input.value.trim().toLowerCase();
    const found = words ? this.assets().filter(({ name }) => name.toLowerCase().includes(words)) : [];
    this.offers.replaceChildren(...found.slice(0, OFFERED).map(({ name }) => h("option", { value: name })));
  }

  take(onChange) {
    const words = this.input.value.trim();
    const asset = this.assets().find(({ key, name, identity }) => [name, identity, key].includes(words));
    if (asset !== undefined) onChange(asset.key);
    else if (words === "" || /^\d{1,19}$/.test(words)) onChange(words || null);
    else {
      this.input.setCustomValidity(t("alerts.filter.noasset"));
      this.input.reportValidity();
    }
  }
}
