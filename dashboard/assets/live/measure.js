// Measures along places that are clicked: each leg with distance and bearing, and the area of a
// closed way. Enter takes the middle of the map, so no pointer is needed.

import { h, write } from "../dom.js";
import { t } from "../words.js";
import { apart, area, shifted } from "../watch/ground.js";
import { areaWords, bearingWords, distanceWords } from "./distances.js";

const REACH = 12; // CSS pixels from the first place within which a click closes the way
const PLACES_MOST = 200;

export class Measure {
  /** `onChange()` when there is something else to draw. */
  constructor(root, map, onChange) {
    this.map = map;
    this.onChange = onChange;
    this.on = false;
    this.closed = false;
    this.places = [];
    this.pointer = null;
    const button = (name, act) =>
      h("button", { type: "button", class: "button", onclick: act }, t(`measure.${name}`));
    this.element = h(
      "section",
      { class: "measure over-map", "aria-label": t("measure.title"), hidden: true },
      (this.total = h("strong", { role: "status" })),
      (this.leg = h("span", { class: "value" })),
      (this.inside = h("span", { class: "value" })),
      h(
        "div",
        { class: "measure-acts" },
        (this.undoing = button("undo", () => this.undo())),
        (this.closing = button("close", () => this.close())),
        button("end", () => this.end()),
      ),
    );
    root.append(this.element);
    map.getCanvas().addEventListener("keydown", (event) => this.key(event));
    map.on("mousemove", ({ lngLat }) => {
      if (!this.on || this.closed) return;
      this.pointer = lngLat.toArray();
      this.change();
    });
  }

  begin(place = null) {
    this.on = true;
    this.closed = false;
    this.places = place ? [place] : [];
    this.pointer = null;
    this.map.doubleClickZoom.disable();
    this.map.getCanvas().focus({ preventScroll: true });
    this.change();
  }

  end() {
    if (!this.on) return false;
    this.on = false;
    this.places = [];
    this.map.doubleClickZoom.enable();
    this.change();
    return true;
  }

  /** Take a click at [longitude, latitude]; false if nothing is being measured. */
  take(place) {
    if (!this.on) return false;
    if (this.closed) this.begin(place);
    else if (this.places.length > 2 && this.near(place)) this.close();
    else if (this.places.length < PLACES_MOST) this.places.push(place);
    this.change();
    return true;
  }

  near(place) {
    const [first, here] = [this.places[0], place].map((each) => this.map.project(each));
    return first.dist(here) < REACH;
  }

  undo() {
    if (this.closed) this.closed = false;
    else this.places.pop();
    this.change();
  }

  close() {
    this.closed = this.places.length > 2;
    this.pointer = null;
    this.change();
  }

  key(event) {
    if (!this.on) return;
    const act = {
      Enter: () => this.take(this.map.getCenter().toArray()),
      Backspace: () => this.undo(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  change() {
    const { places, closed } = this;
    this.element.hidden = !this.on;
    this.undoing.disabled = places.length === 0;
    this.closing.disabled = closed || places.length < 3;
    const way = closed ? [...places, places[0]] : places;
    const legs = way.slice(1).map((place, i) => apart(way[i], place));
    const total = legs.reduce((sum, { distance }) => sum + distance, 0);
    write(this.total, places.length < 2 ? t("measure.begin") : t(closed ? "measure.around" : "measure.total", { distance: distanceWords(total) }));
    const ahead = this.pointer && places.length ? apart(places.at(-1), this.pointer) : null;
    const last = ahead?.distance ? ahead : legs.at(-1);
    write(this.leg, last ? t("measure.leg", { distance: distanceWords(last.distance), bearing: bearingWords(last.bearing) }) : "");
    write(this.inside, closed ? t("measure.area", { area: areaWords(area(places)) }) : "");
    this.onChange();
  }

  draw(pen) {
    const { places, closed } = this;
    if (!this.on) return;
    pen.line(places, { width: 2.2, closed, fill: closed ? pen.colours.line : null });
    if (this.pointer && places.length && !closed)
      pen.line([places.at(-1), this.pointer], { width: 1.4, dash: [5, 5] });
    places.forEach((place, i) => {
      pen.dot(place);
      if (!i) return;
      const { distance, bearing } = apart(places[i - 1], place);
      const bow = (bearing * Math.PI) / 180;
      const middle = shifted(places[i - 1], (distance / 2) * Math.sin(bow), (distance / 2) * Math.cos(bow));
      pen.words(`${distanceWords(distance)} · ${bearingWords(bearing)}`, middle, 10);
    });
    if (!this.pointer && !closed) this.cross(pen);
  }

  /** The middle of the map, which Enter takes. */
  cross({ context, camera, colours }) {
    const [x, y] = [camera.width / 2, camera.height / 2];
    context.strokeStyle = colours.line;
    context.lineWidth = 1.4;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + dx * 4, y + dy * 4);
      context.lineTo(x + dx * 13, y + dy * 13);
    }
    context.stroke();
  }
}
