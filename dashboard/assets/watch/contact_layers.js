// Contacts on the map: what they are, how sure their place is, where they go and who flies them.

import { mercatorX, mercatorY } from "../fleet.js";
import { age, metres } from "../format.js";
import { token } from "../shapes.js";
import { STALE_AFTER } from "../stores/contacts.js";
import { t } from "../words.js";
import { CLASSES, LEVELS, contactPixels } from "./contact_shapes.js";
import { circle, shifted } from "./ground.js";

const SOURCE = "contacts";
const AHEAD = 30; // seconds that a velocity vector reaches
const SCHEME = /^(rid|icao):/; // of an identity: how it was told, which the class says
const SLOWEST = 1; // m/s from which there is one
const FONT = ["Noto Sans Regular", "Segoe UI", "DejaVu Sans", "sans-serif"];

// Layer: which of the menu's layers shows it.
const PARTS = {
  sigma: "errors",
  trail: "trails",
  vector: "contacts",
  tether: "operators",
  operator: "operators",
  contact: "contacts",
};

export class ContactLayers {
  constructor(map, contacts, layers, clock) {
    this.map = map;
    this.contacts = contacts;
    this.layers = layers;
    this.clock = clock;
    this.selected = null;
    this.empty = true;
    this.stale = false;
    this.paused = false; // while nobody can see the map
    contacts.addEventListener("change", () => this.draw());
    layers.addEventListener("change", () => {
      this.toggle();
      this.draw();
    });
  }

  /** Put our source and layers into the style, on top, unless they are there. */
  add() {
    const { map } = this;
    if (map.getSource(SOURCE)) return;
    for (const kind of CLASSES) {
      for (const level of LEVELS) {
        const name = `contact-${kind}-${level}`;
        if (map.hasImage(name)) map.removeImage(name);
        map.addImage(name, contactPixels(kind, level, token), { pixelRatio: 2 });
      }
    }
    if (map.hasImage("contact-operator")) map.removeImage("contact-operator");
    map.addImage("contact-operator", operatorPixels(), { pixelRatio: 2 });
    this.empty = this.contacts.byId.size === 0;
    map.addSource(SOURCE, { type: "geojson", data: this.collection() });
    const layer = (part, type, rest) =>
      map.addLayer({
        id: `contact-${part}`,
        source: SOURCE,
        type,
        filter: ["==", ["get", "part"], part],
        ...rest,
      });
    const colour = ["get", "colour"];
    const faint = (value) => ["case", ["get", "stale"], value / 2, value];
    layer("sigma", "fill", {
      paint: { "fill-color": colour, "fill-opacity": faint(0.16), "fill-outline-color": colour },
    });
    layer("trail", "line", {
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": colour, "line-width": 1.8, "line-opacity": faint(0.6) },
    });
    layer("vector", "line", {
      paint: { "line-color": colour, "line-width": 2.4, "line-opacity": faint(1) },
    });
    layer("tether", "line", {
      paint: {
        "line-color": colour,
        "line-width": 1.4,
        "line-dasharray": [3, 2.5],
        "line-opacity": faint(0.9),
      },
    });
    const text = {
      "text-font": FONT,
      "text-size": 12,
      "text-optional": true,
      "text-field": ["get", "label"],
      "text-anchor": "left",
      "text-justify": "left",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    };
    const halo = {
      "text-halo-color": token("--label-halo"),
      "text-halo-width": 1.8,
      "icon-opacity": faint(1),
      "text-opacity": faint(1),
    };
    layer("operator", "symbol", {
      layout: { ...text, "icon-image": "contact-operator", "text-offset": [0.9, 0] },
      paint: { ...halo, "text-color": token("--contact-operator") },
    });
    layer("contact", "symbol", {
      layout: {
        ...text,
        "icon-image": ["get", "icon"],
        "icon-size": ["case", ["get", "selected"], 1.35, 1],
        "text-offset": [1.8, 0],
        "symbol-sort-key": ["get", "score"],
      },
      paint: { ...halo, "text-color": colour },
    });
    this.toggle();
  }

  /** Take them out, to be put in again in other colours. */
  remove() {
    for (const part of Object.keys(PARTS)) this.map.removeLayer(`contact-${part}`);
    this.map.removeSource(SOURCE);
  }

  /** Mark one, or none (null). */
  select(id) {
    this.selected = id;
    this.draw();
  }

  draw() {
    const source = this.map.getSource(SOURCE);
    const empty = this.contacts.byId.size === 0;
    if (!source || this.paused || (empty && this.empty)) return; // an empty sky costs nothing
    this.empty = empty;
    this.stale = this.contacts.age(this.clock.now()) > STALE_AFTER;
    source.setData(this.collection());
  }

  /** Once the picture is stale it has to look it, though nothing comes any more. */
  age() {
    if (this.contacts.age(this.clock.now()) > STALE_AFTER && !this.stale) this.draw();
  }

  /** [left, top, width, height] of the contacts and of what is written beside them, in CSS pixels. */
  boxes(camera, width) {
    const now = this.clock.now();
    return this.contacts.all().filter(({ longitude }) => longitude !== null).map((contact) => {
      const [x, y] = camera.project(mercatorX(contact.longitude), mercatorY(contact.latitude), [0, 0]);
      const lines = label(contact, (now - contact.time) / 1000).split("\n");
      const wide = Math.max(...lines.map(width));
      return [x - 14, y - 16, wide + 40, 32];
    });
  }

  toggle() {
    for (const [part, name] of Object.entries(PARTS)) {
      const id = `contact-${part}`;
      if (this.map.getLayer(id))
        this.map.setLayoutProperty(id, "visibility", this.layers.shows(name) ? "visible" : "none");
    }
  }

  /** The id of the contact at a point of the map; null for none. */
  pick(point) {
    if (!this.map.getLayer("contact-contact") || !this.contacts.byId.size) return null;
    const reach = 14;
    const box = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    const found = this.map.queryRenderedFeatures(box, {
      layers: ["contact-contact", "contact-operator"],
    });
    return found.length ? found[0].properties.id : null;
  }

  collection() {
    const now = this.clock.now();
    const stale = this.contacts.age(now) > STALE_AFTER;
    const shown = this.contacts.all().filter((contact) => this.showsContact(contact));
    const features = shown.flatMap((contact) => [...this.features(contact, now, stale)]);
    return { type: "FeatureCollection", features };
  }

  /** A friend has the mark of an asset; it is drawn as a contact too where that is asked for. */
  showsContact({ id, class: kind }) {
    return kind !== "friend" || id === this.selected || this.layers.shows("friends");
  }

  *features(contact, now, stale) {
    const { id, longitude, latitude, operator } = contact;
    if (longitude === null || latitude === null) return;
    const here = [longitude, latitude];
    const kind = CLASSES.includes(contact.class) ? contact.class : "unknown";
    const level = LEVELS[contact.threat.level] ?? "none";
    const properties = { id, stale, colour: token(`--contact-${kind.replace("_", "-")}`) };
    const feature = (part, type, coordinates, more = {}) => ({
      type: "Feature",
      geometry: { type, coordinates },
      properties: { ...properties, ...more, part },
    });
    if (contact.radius > 0) yield feature("sigma", "Polygon", [circle(here, contact.radius)]);
    const trail = this.contacts.trails.get(id) ?? [];
    if (trail.length > 1) yield feature("trail", "LineString", trail.map(([x, y]) => [x, y]));
    if (contact.speed >= SLOWEST && contact.course !== null) {
      const way = contact.speed * AHEAD;
      const course = (contact.course * Math.PI) / 180;
      const ahead = shifted(here, way * Math.sin(course), way * Math.cos(course));
      yield feature("vector", "LineString", [here, ahead]);
    }
    if (operator) {
      const there = [operator.longitude, operator.latitude];
      yield feature("tether", "LineString", [here, there]);
      yield feature("operator", "Point", there, { label: t("contact.operator") });
    }
    const seconds = (now - contact.time) / 1000;
    yield feature("contact", "Point", here, {
      icon: `contact-${kind}-${level}`,
      score: contact.threat.score,
      selected: id === this.selected,
      label: label(contact, seconds),
    });
  }
}

/** What stands beside a contact: who it is and how high; how old it is if that is much. */
function label(contact, seconds) {
  const name = contactName(contact);
  const second = [];
  if (contact.height !== null && contact.height !== undefined) second.push(metres(contact.height));
  if (seconds > STALE_AFTER) second.push(t("contact.ago", { age: age(seconds) }));
  return second.length ? `${name}\n${second.join("  ")}` : name;
}

/** What a contact is called. */
export function contactName(contact) {
  return contact.call_sign || plain(contact.identity) || t("contact.nameless", { id: contact.id.slice(-4) });
}

/** An identity without how it was told. */
export function plain(identity) {
  return identity.replace(SCHEME, "");
}

function operatorPixels() {
  const canvas = document.createElement("canvas");
  canvas.width = 40;
  canvas.height = 40;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(2, 0, 0, 2, 20, 20);
  const person = new Path2D("M-2.6-4.4a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0ZM-5.4 7.4C-5.4-1.6 5.4-1.6 5.4 7.4Z");
  context.strokeStyle = token("--ink");
  context.lineWidth = 3;
  context.stroke(person);
  context.fillStyle = token("--contact-operator");
  context.fill(person);
  return context.getImageData(0, 0, 40, 40);
}
