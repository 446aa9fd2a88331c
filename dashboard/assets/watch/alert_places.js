// Where on the map an alert is: a mark that pulses gently while it waits for somebody. Marks that would
// lie on each other become one with their number and their highest priority; none is ever left out.

import { h, mark, write } from "../dom.js";
import { mercatorX, mercatorY } from "../fleet.js";
import { PRIORITIES, masked, waits } from "../stores/alerts.js";
import { assetNameOf, assetPlaceOf } from "../stores/cameras.js";
import { t } from "../words.js";
import { reasonWords } from "./alert_words.js";
import { contactName } from "./contact_layers.js";
import { priorityGlyph, setPriority } from "./alert_shapes.js";

const NEAR = 26; // CSS pixels within which marks become one

export class AlertPlaces {
  /** `onChoose(alert)` when a mark is pressed; of several that are one, the most urgent. */
  constructor(root, alerts, places, layer, onChoose) {
    this.alerts = alerts;
    this.places = places;
    this.layer = layer;
    this.onChoose = onChoose;
    this.list = [];
    this.marks = [];
    this.shown = 0;
    this.element = h("div", { class: "alert-places" });
    root.append(this.element);
    alerts.addEventListener("change", () => this.collect());
  }

  /** Which alerts have a place at all. */
  collect() {
    this.list = this.alerts.queue().filter((alert) => !masked(alert));
    this.draw();
  }

  draw() {
    const { camera } = this.layer;
    if (!camera) return;
    const spots = [];
    for (const alert of this.list) {
      const place = this.places.of(alert);
      if (!place) continue;
      const [x, y] = camera.project(mercatorX(place[0]), mercatorY(place[1]), [0, 0]);
      const near = spots.find((spot) => Math.hypot(spot.x - x, spot.y - y) < NEAR);
      if (near) near.alerts.push(alert);
      else spots.push({ x, y, alerts: [alert] });
    }
    this.shown = spots.reduce((sum, spot) => sum + spot.alerts.length, 0);
    while (this.marks.length < spots.length) this.marks.push(this.mark());
    this.marks.forEach((entry, i) => this.fill(entry, spots[i]));
  }

  mark() {
    const entry = { glyph: priorityGlyph(), count: h("span", { class: "count" }) };
    entry.element = h(
      "button",
      { type: "button", class: "alert-place", onclick: () => this.onChoose(entry.alert) },
      h("span", { class: "pulse" }),
      entry.glyph,
      entry.count,
    );
    this.element.append(entry.element);
    return entry;
  }

  fill(entry, spot) {
    entry.element.hidden = !spot;
    if (!spot) return;
    const [first] = spot.alerts; // the queue's order: the most urgent
    const waiting = spot.alerts.some(waits);
    entry.alert = first;
    entry.element.style.transform = `translate(${spot.x.toFixed(1)}px, ${spot.y.toFixed(1)}px)`;
    mark(entry.element, "priority", PRIORITIES[first.priority]);
    mark(entry.element, "waiting", String(waiting));
    mark(entry.element, "key", first.key);
    setPriority(entry.glyph, first.priority, waiting);
    entry.count.hidden = spot.alerts.length === 1;
    write(entry.count, String(spot.alerts.length));
    const words = t("queue.place", {
      count: spot.alerts.length,
      reason: reasonWords(first),
    });
    if (entry.element.title !== words) {
      entry.element.title = words;
      entry.element.setAttribute("aria-label", words);
    }
  }
}

const OPERATOR = "drone_operator"; // the rule that tells of who flies a contact

/** Where alerts are: at the contact that they are of, or at their first asset that has a place. */
export class Places {
  constructor(fleet, contacts) {
    this.fleet = fleet;
    this.contacts = contacts;
  }

  /** [longitude, latitude] or null. */
  of(alert) {
    const contact = this.contact(alert);
    if (contact) {
      const { longitude, latitude } = (alert.rule === OPERATOR && contact.operator) || contact;
      if (longitude !== null) return [longitude, latitude];
    }
    for (const key of alert.assets) {
      const place = assetPlaceOf(this.fleet, key);
      if (place) return place;
    }
    return null;
  }

  /** The contact that an alert is of, told by a part of its key; null if it is of none. */
  contact(alert) {
    return this.contacts.named(alert.key.split("/")) ?? null;
  }

  /** What its asset or contact is called; "" if it has none that is known. */
  name(alert) {
    const contact = this.contact(alert);
    if (contact) return contactName(contact);
    const names = alert.assets.map((key) => assetNameOf(this.fleet, key));
    return names.find((name) => name !== null) ?? "";
  }
}
