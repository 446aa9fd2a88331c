// Coordinates: of the pointer in one line, and of a place that was chosen by the right button, a long
// press or a key, in every notation and to be copied.

import { h, write } from "../dom.js";
import { choose } from "../preferences.js";
import { t } from "../words.js";
import { NOTATIONS, chosenNotation, written } from "./coordinates.js";

const LONG_PRESS = 600; // ms
const STILL = 10; // CSS pixels that a finger may move meanwhile

export class PlaceBox {
  /** `on.rings(place)`, `on.measure(place)`, `on.change()`, `on.say(text, options)`. */
  constructor(root, map, on) {
    this.map = map;
    this.on = on;
    this.place = null; // [longitude, latitude]
    this.under = null;
    this.notation = chosenNotation();
    this.build(root);
    map.on("mousemove", ({ lngLat }) => this.point(lngLat.toArray()));
    map.on("mouseout", () => this.point(null));
    map.on("contextmenu", ({ lngLat }) => this.open(lngLat.toArray()));
    this.feel(map);
  }

  build(root) {
    this.line = h("span", { class: "value" });
    this.pointer = h(
      "button",
      { type: "button", class: "pointer-place over-map", title: t("place.notation"), onclick: () => this.turn() },
      (this.label = h("span", { class: "label" })),
      this.line,
    );
    const row = (name) => {
      const value = h("span", { class: "value", "data-notation": name });
      const copy = h(
        "button",
        { type: "button", class: "button", onclick: () => this.copy(value.textContent), "aria-label": t("place.copy.title", { notation: t(`place.${name}`) }) },
        t("place.copy"),
      );
      return { value, element: h("div", { class: "place-row" }, h("span", { class: "label" }, t(`place.${name}`)), value, copy) };
    };
    this.rows = Object.fromEntries(NOTATIONS.map((name) => [name, row(name)]));
    const button = (name, act) => h("button", { type: "button", class: "button", onclick: act }, t(name));
    this.element = h(
      "section",
      { class: "place-box over-map", "aria-label": t("place.title"), tabindex: "-1", hidden: true },
      (this.name = h("strong", { hidden: true })),
      ...Object.values(this.rows).map(({ element }) => element),
      h(
        "div",
        { class: "measure-acts" },
        button("place.rings", () => this.on.rings(this.place)),
        button("place.measure", () => this.on.measure(this.place)),
        button("place.close", () => this.close()),
      ),
    );
    root.append(this.pointer, this.element);
    this.point(null);
  }

  /** A finger that rests opens the box too. */
  feel(map) {
    let waiting;
    let from = null;
    const end = () => clearTimeout(waiting);
    map.on("touchstart", ({ lngLat, points, point }) => {
      end();
      if (points.length !== 1) return;
      from = point;
      waiting = setTimeout(() => this.open(lngLat.toArray()), LONG_PRESS);
    });
    map.on("touchmove", ({ point }) => {
      if (from && point.dist(from) > STILL) end();
    });
    map.on("touchend", end);
    map.on("touchcancel", end);
  }

  /** Show what is under the pointer; without one, the middle of the map. */
  point(place) {
    this.under = place;
    const at = place ?? this.map.getCenter().toArray();
    write(this.label, t(place ? `place.${this.notation}` : "place.middle"));
    write(this.line, written(at)[this.notation] ?? t("place.none"));
  }

  turn() {
    this.notation = NOTATIONS[(NOTATIONS.indexOf(this.notation) + 1) % NOTATIONS.length];
    choose("notation", this.notation);
    this.point(this.under);
  }

  /** Keep a place; `name` is what it is called, if it is called anything. */
  open(place, name = "") {
    this.place = place;
    const told = written(place);
    for (const each of NOTATIONS) write(this.rows[each].value, told[each] ?? t("place.none"));
    this.name.hidden = name === "";
    write(this.name, name);
    this.element.hidden = false;
    this.on.change();
  }

  /** True if it was open. */
  close() {
    if (this.place === null) return false;
    this.place = null;
    this.element.hidden = true;
    this.on.change();
    return true;
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      console.info(error); // a page without https may not; the text can be selected by hand
      this.on.say(t("place.notcopied"), { kind: "warning" });
      return;
    }
    this.on.say(t("place.copied", { text }));
  }

  draw(pen) {
    if (!this.place) return;
    pen.dot(this.place, 5);
    const { context, colours } = pen;
    const [x, y] = pen.at(this.place);
    context.strokeStyle = colours.line;
    context.lineWidth = 1.4;
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    context.stroke();
  }
}
