// What else the search finds besides the assets of the list: coordinates, places of the map,
// geofences, alerts, fixed cameras.

import { h } from "../dom.js";
import { number } from "../format.js";
import { language, t } from "../words.js";
import { reasonWords } from "../watch/alert_words.js";
import { readPlace, written } from "./coordinates.js";

const EACH = 4; // of a kind
const MAP = "/map/schematic.json";

export class Finder {
  /** `on.place(place, name)`, `on.fence(feature)`, `on.alert(alert)`, `on.camera(camera)`, `on.cameras(words)`. */
  constructor(list, { alerts, fences, cameras, on }) {
    this.list = list;
    this.alerts = alerts;
    this.fences = fences;
    this.cameras = cameras;
    this.on = on;
    this.places = null; // of the map, once it was asked for
    this.found = [];
    this.element = h("div", { class: "found", role: "group", "aria-label": t("find.title"), hidden: true });
    list.search.parentElement.after(this.element);
    list.onSeek = (text) => this.seek(text);
    list.search.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("keydown", (event) => this.move(event));
  }

  async seek(text) {
    this.text = text.trim();
    if (this.text && !this.places) await this.load();
    this.show();
  }

  /** The names on the map; without the map there are none. */
  async load() {
    this.places = [];
    const answer = await fetch(MAP);
    if (!answer.ok) return;
    const { features } = await answer.json();
    const named = features.filter(({ properties }) => properties.kind === "place" && properties.name);
    this.places = named.map(({ geometry, properties }) => {
      const { name, [`name_${language}`]: own = name } = properties;
      // Either is found, by whichever keyboard is at hand; the page's own is shown.
      return { name: own, either: `${own} ${name}`, place: geometry.coordinates };
    });
  }

  show() {
    const { text } = this;
    this.found = text ? this.all(text.toLowerCase()) : [];
    this.element.hidden = this.found.length === 0;
    this.list.showElsewhere(this.found.length);
    this.element.replaceChildren(
      ...this.found.map(({ kind, name, go }) =>
        h("button", { type: "button", "data-kind": kind, title: name, onclick: go }, h("span", { class: "label" }, t(`find.${kind}`)), h("span", { class: "name", dir: "auto" }, name)),
      ),
    );
  }

  all(text) {
    const words = text.split(/\s+/);
    const named = (name) => words.every((word) => name.toLowerCase().includes(word));
    const place = readPlace(this.text);
    const some = (kind, items, name, go, sought = name) =>
      items.filter((item) => named(sought(item))).slice(0, EACH).map((item) => ({ kind, name: name(item), go: () => go(item) }));
    return [
      ...(place ? [{ kind: "coordinates", name: written(place).degrees, go: () => this.on.place(place, "") }] : []),
      ...some("place", this.places, ({ name }) => name, ({ name, place: at }) => this.on.place(at, name), ({ either }) => either),
      ...some("geofence", this.fences.collection.features, ({ properties }) => properties.name, (fence) => this.on.fence(fence)),
      ...some("alert", this.alerts.queue(), reasonWords, (alert) => this.on.alert(alert)),
      ...this.someCameras(named),
    ];
  }

  /** Cameras by name, group or identity; if they are too many to be listed, where all of them are. */
  someCameras(named) {
    const found = this.cameras.all().filter((each) => named(`${each.name} ${each.group ?? ""} ${each.identity}`));
    const shown = found.slice(0, EACH).map((camera) => ({ kind: "camera", name: camera.name, go: () => this.on.camera(camera) }));
    if (found.length > EACH)
      shown.push({ kind: "camera", name: t("find.cameras", { count: number(found.length) }), go: () => this.on.cameras(this.text) });
    return shown;
  }

  /** Enter means the first that was found, if no asset of the list is meant. */
  key(event) {
    const [first] = this.found;
    if (!first || event.key !== "Enter") return;
    if (this.list.order.length && first.kind !== "coordinates") return;
    event.preventDefault();
    first.go();
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...this.element.children];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    (next ?? this.list.search).focus();
  }
}
