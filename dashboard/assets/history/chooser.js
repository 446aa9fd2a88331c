// The bar at the top: which assets, which time.

import { h, write } from "../dom.js";
import { zoneName } from "../format.js";
import { FORMS, TimeField } from "../time_field.js";
import { t } from "../words.js";
import { AssetChoice } from "./asset_choice.js";
import { PRESETS } from "./times.js";

export class Chooser {
  /** `onChoose(choice)` when it is asked for: { from, to, assets } (choice.js). */
  constructor(root, app, { onChoose }) {
    this.app = app;
    this.onChoose = onChoose;
    this.zone = h("span", { class: "hint" });
    this.wrong = h("span", { class: "wrong", role: "alert" });
    const bar = h("form", { class: "past-bar", novalidate: true, onsubmit: (event) => this.send(event) });
    this.assets = new AssetChoice(bar, { onChange: () => {} });
    const span = h("span", { class: "past-span", dir: "ltr" });
    const now = () => app.clock.now();
    const move = (name, sign, by) =>
      h("button", { type: "button", class: "button past-move", title: t(`history.${name}`), "aria-label": t(`history.${name}`), onclick: () => this.move(...by) }, sign);
    span.append(move("earlier", "‹", [-1, -1]));
    this.from = new TimeField(span, { name: "from", label: t("history.from"), now });
    span.append(h("span", { "aria-hidden": "true" }, "–"));
    this.to = new TimeField(span, { name: "to", label: t("history.to"), now });
    span.append(this.zone, move("wider", "⇔", [-0.5, 0.5]), move("later", "›", [1, 1]));
    bar.append(
      span,
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

  /** The window moved at both ends by so many of its lengths. */
  move(begin, end) {
    const [from, to] = this.read();
    if (!(from < to)) {
      this.choice();
      return;
    }
    const length = to - from;
    this.write(from + begin * length, to + end * length);
    this.send();
  }

  /** Take over what an address asks for; what is being chosen here stays while that is the same. */
  set({ from, to, assets }) {
    const told = [from, to, ...assets].join();
    if (told === this.told) return;
    this.told = told;
    this.assets.set(assets);
    if (from < to) this.write(from, to);
  }

  write(from, to) {
    const { zone } = this.app.look;
    this.shown = [Math.floor(from / 1000) * 1000, Math.ceil(to / 1000) * 1000];
    this.from.write(this.shown[0], zone);
    this.to.write(this.shown[1], zone);
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
    return [this.from.read(), this.to.read()];
  }

  /** What is chosen now, or null with the reason beside it. */
  choice() {
    const [from, to] = this.read();
    const none = Number.isNaN(from) || Number.isNaN(to);
    write(this.wrong, none ? t("time.forms", { forms: FORMS }) : from < to ? "" : t("history.wrongtime"));
    return from < to ? { from, to, assets: new Set(this.assets.tokens) } : null;
  }

  send(event) {
    event?.preventDefault();
    const choice = this.choice();
    if (choice) this.onChoose(choice);
  }
}
