// The bar at the top: which assets, which time.

import { h, write } from "../dom.js";
import { zoneName } from "../format.js";
import { t } from "../words.js";
import { fromZone, inZone } from "../zones.js";
import { AssetChoice } from "./asset_choice.js";
import { PRESETS } from "./times.js";

export class Chooser {
  /** `onChoose(choice)` when it is asked for: { from, to, assets } (choice.js). */
  constructor(root, app, { onChoose }) {
    this.app = app;
    this.onChoose = onChoose;
    const input = (name) =>
      h("input", { type: "datetime-local", step: "1", name, required: true, "aria-label": t(`history.${name}`) });
    this.from = input("from");
    this.to = input("to");
    this.zone = h("span", { class: "hint" });
    this.wrong = h("span", { class: "wrong", role: "alert" });
    const bar = h("form", { class: "past-bar", novalidate: true, onsubmit: (event) => this.send(event) });
    this.assets = new AssetChoice(bar, { onChange: () => {} });
    bar.append(
      h("span", { class: "past-span", dir: "ltr" }, this.from, h("span", { "aria-hidden": "true" }, "–"), this.to, this.zone),
      h(
        "div",
        { class: "segments past-presets", role: "group", "aria-label": t("history.presets") },
        ...Object.keys(PRESETS).map((name) =>
          h("button", { type: "button", onclick: () => this.preset(name) }, t(`history.preset.${name}`)),
        ),
      ),
      h("button", { type: "submit", class: "button main" }, t("history.show")),
      this.wrong,
    );
    root.append(bar);
    this.shown = null; // [from, to] in ms, as the inputs have it
    this.write(...PRESETS.hour(app.clock.now()));
  }

  preset(name) {
    this.write(...PRESETS[name](this.app.clock.now(), this.app.look.home));
    this.send();
  }

  /** Take over what an address asks for. */
  set({ from, to, assets }) {
    this.assets.set(assets);
    if (from < to) this.write(from, to);
  }

  write(from, to) {
    const { zone } = this.app.look;
    this.shown = [Math.floor(from / 1000) * 1000, Math.ceil(to / 1000) * 1000];
    this.from.value = inZone(this.shown[0], zone);
    this.to.value = inZone(this.shown[1], zone);
    write(this.zone, zoneName(zone));
    this.zoneShown = zone;
    write(this.wrong, "");
  }

  /** The same window by another zone's clock. */
  turnZone() {
    if (this.zoneShown === this.app.look.zone) return;
    const [from, to] = this.read();
    this.write(...(from < to ? [from, to] : this.shown));
  }

  read() {
    return [fromZone(this.from.value, this.zoneShown), fromZone(this.to.value, this.zoneShown)];
  }

  /** What is chosen now, or null with the reason beside it. */
  choice() {
    const [from, to] = this.read();
    write(this.wrong, from < to ? "" : t("history.wrongtime"));
    return from < to ? { from, to, assets: new Set(this.assets.tokens) } : null;
  }

  send(event) {
    event?.preventDefault();
    const choice = this.choice();
    if (choice) this.onChoose(choice);
  }
}
