// Who flies: so many drones of a kind, from a place on the map, or drones of the fleet.

import { h } from "../dom.js";
import { DASH, known } from "../format.js";
import { t } from "../words.js";
import { distance } from "./geometry.js";

const COUNT_MOST = 50;
const STATES = ["ready", "airborne", "unheard", "out_of_service"]; // as GET /drones tells them

/** Which come first: those that are free. */
export const rank = ({ state }) => STATES.indexOf(state);

/** Dispatches `change`; `home()` gives the place where drones of no fleet take off, or null. */
export class Drones extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    this.kinds = [];
    this.fleet = [];
    this.mode = "any";
    this.rows = [{ kind: "", count: 1 }];
    this.chosen = new Set(); // keys of assets
    this.fleetKind = "";
    this.battery = "full";
  }

  /** What GET /drones told. */
  know({ kinds, fleet }) {
    this.kinds = kinds; // as GET /drones tells them
    this.cameras = Object.fromEntries(kinds.map(({ name, cameras }) => [name, cameras.map((one) => one.name)]));
    this.fleet = fleet;
    const names = kinds.map(({ name }) => name);
    const usual = names.find((name) => name.includes("Mavic 3")) ?? names[0];
    for (const row of this.rows) row.kind ||= usual;
    this.fleetKind ||= usual;
    this.write();
  }

  /** The cameras of the kinds that are chosen. */
  get camerasNow() {
    const kinds = this.mode === "any" ? this.rows.map(({ kind }) => kind) : [this.fleetKind];
    return [...new Set(kinds.flatMap((kind) => this.cameras?.[kind] ?? []))];
  }

  /** So many of which kinds, as they are chosen now. */
  get rowsNow() {
    return this.mode === "any" ? this.rows : [{ kind: this.fleetKind, count: Math.max(this.chosen.size, 1) }];
  }

  /** What a request says of them; null where somebody or something is still missing. */
  read(home) {
    if (this.mode === "fleet") {
      const drones = [...this.chosen].map((asset) => ({ kind: this.fleetKind, asset }));
      return drones.length ? { drones, battery: this.battery } : null;
    }
    if (!home) return null;
    const [longitude, latitude] = home;
    const drones = this.rows.map(({ kind, count }) => ({ kind, count, home: { latitude, longitude } }));
    return { drones };
  }

  /** As a request said. */
  take({ drones = [], battery = "full" }) {
    const assets = drones.filter(({ asset }) => asset);
    this.mode = assets.length ? "fleet" : "any";
    this.battery = battery;
    this.chosen = new Set(assets.map(({ asset }) => asset));
    if (assets.length) this.fleetKind = assets[0].kind;
    else if (drones.length) this.rows = drones.map(({ kind, count = 1 }) => ({ kind, count }));
    this.write();
  }

  /** Begin with so many drones of the kind that was chosen last. */
  expect(count) {
    this.rows = [{ ...this.rows[0], count }];
    this.write();
  }

  /** Those that are free come first, of these the ones that are near a place. */
  near(place) {
    const far = (one) => (known(one.latitude) ? distance(place, [one.longitude, one.latitude]) : Infinity);
    this.fleet = [...this.fleet].sort((a, b) => rank(a) - rank(b) || far(a) - far(b));
    if (this.mode === "fleet") this.write();
  }

  changed(anew = true) {
    if (anew) this.write();
    this.dispatchEvent(new Event("change"));
  }

  write() {
    const focused = this.root.contains(document.activeElement) ? document.activeElement.name : null;
    const mode = (value) => {
      const radio = h("input", {
        type: "radio",
        name: "plan-drones",
        value,
        checked: this.mode === value,
        onchange: () => {
          this.mode = value;
          this.changed();
        },
      });
      return h("label", { class: "plan-choice" }, radio, t(`plan.drones.${value}`));
    };
    this.root.replaceChildren(
      h("div", { class: "plan-choices", role: "radiogroup", "aria-label": t("plan.step.drones") }, mode("any"), mode("fleet")),
      ...(this.mode === "any" ? this.anyRows() : this.fleetRows()),
    );
    if (focused === "plan-drones") this.root.querySelector("input:checked")?.focus();
    else if (focused) this.root.querySelector(`[name="${CSS.escape(focused)}"]`)?.focus();
  }

  kindChoice(value, label, name, take) {
    const select = h(
      "select",
      { name, "aria-label": label, onchange: () => take(select.value) },
      ...this.kinds.map(({ name: kind, minutes }) =>
        h("option", { value: kind }, `${kind} · ${t("plan.minutes", { n: Math.round(minutes) })}`),
      ),
    );
    select.value = value;
    return select;
  }

  anyRows() {
    const rows = this.rows.map((row, i) => {
      const count = h("input", {
        type: "number",
        name: `count-${i}`,
        class: "short",
        min: 1,
        max: COUNT_MOST,
        value: row.count,
        "aria-label": t("plan.drones.count"),
        oninput: () => {
          if (!count.checkValidity() || !count.value) return;
          row.count = count.valueAsNumber;
          this.changed(false);
        },
      });
      const kind = this.kindChoice(row.kind, t("plan.drones.kind"), `kind-${i}`, (value) => {
        row.kind = value;
        this.changed(false);
      });
      const away = h("button", {
        type: "button",
        class: "button quiet",
        "aria-label": t("plan.drones.remove"),
        onclick: () => {
          this.rows = this.rows.filter((other) => other !== row);
          this.changed();
        },
      }, "×");
      return h("div", { class: "plan-drone" }, count, kind, ...(this.rows.length > 1 ? [away] : []));
    });
    const more = h("button", {
      type: "button",
      class: "button quiet",
      onclick: () => {
        this.rows = [...this.rows, { ...this.rows.at(-1), count: 1 }];
        this.changed();
      },
    }, t("plan.drones.more"));
    return [...rows, more];
  }

  fleetRows() {
    const lines = this.fleet.map((one) => {
      const box = h("input", {
        type: "checkbox",
        name: `asset-${one.key}`,
        checked: this.chosen.has(one.key),
        disabled: one.state === "out_of_service" && !this.chosen.has(one.key),
        onchange: () => {
          if (box.checked) this.chosen.add(one.key);
          else this.chosen.delete(one.key);
          this.changed(false);
        },
      });
      const battery = known(one.battery_percent) ? `${Math.round(one.battery_percent)} %` : DASH;
      return h("li", { "data-state": one.state }, h("label", {}, box, h("span", { class: "name" }, one.name), h("span", { class: "state" }, t(`plan.drones.${one.state}`)), h("span", { class: "value" }, battery)));
    });
    const present = h("input", {
      type: "checkbox",
      name: "battery",
      checked: this.battery === "present",
      onchange: () => {
        this.battery = present.checked ? "present" : "full";
        this.changed(false);
      },
    });
    return [
      h("ul", { class: "plan-fleet", "aria-label": t("plan.drones.fleet") }, ...lines),
      ...(lines.length ? [] : [h("p", { class: "hint" }, t("plan.drones.none"))]),
      h("div", { class: "plan-drone" }, this.kindChoice(this.fleetKind, t("plan.drones.kind"), "fleet-kind", (value) => {
        this.fleetKind = value;
        this.changed(false);
      })),
      h("label", { class: "plan-choice" }, present, t("plan.drones.present")),
    ];
  }
}
