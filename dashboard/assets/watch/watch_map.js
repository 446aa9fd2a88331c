// What of the watch is drawn on the live page's map and what lies under a point of it: geofences, fixed
// cameras, contacts, the marks of alerts. Without a map only the layers' menu is left.

import { AlertPlaces } from "./alert_places.js";
import { CameraLayers } from "./camera_layers.js";
import { ContactLayers } from "./contact_layers.js";
import { exportFences } from "./fence_files.js";
import { FenceLayers, FenceTip } from "./fence_layers.js";
import { LayersMenu } from "./layers.js";
import { swatch } from "./swatches.js";

const CLOSE = 14; // zoom at which a chosen place is shown
const HOVER_PAUSE = 80; // ms that the pointer rests before geofences under it are looked for

export class WatchMap {
  /** `page` is the live page: { view, layer, overlay, covered() }; `onAlert(alert)` when its mark is pressed. */
  constructor(app, page, { layers, places, onAlert }) {
    this.app = app;
    this.page = page;
    this.layers = layers;
    this.marks = new AlertPlaces(page.overlay, app.alerts, places, page.layer, onAlert);
    this.menu = new LayersMenu(page.overlay, layers, swatch, () => exportFences(app));
    this.tip = new FenceTip(page.overlay, app.clock, page.covered);
    this.map = page.view.map;
    if (this.map) this.join();
  }

  join() {
    const { app, layers, map } = this;
    this.fenceLayers = new FenceLayers(map, app.fences, layers);
    this.cameraLayers = new CameraLayers(map, app.cameras, layers);
    this.contactLayers = new ContactLayers(map, app.contacts, layers, app.clock);
    map.on("load", () => this.draw());
    map.on("webglcontextrestored", () => map.once("idle", () => this.draw()));
    map.on("render", () => this.marks.draw());
    map.on("mousemove", ({ point }) => this.hover(point));
    map.on("mouseout", () => this.hover(null));
  }

  draw() {
    this.fenceLayers.add();
    this.cameraLayers.add();
    this.contactLayers.add();
    // Our own assets stand above all.
    if (this.map.getLayer(this.page.layer.id)) this.map.moveLayer(this.page.layer.id);
  }

  /** Take the colours of the theme that is chosen now. */
  recolour() {
    if (!this.map?.getSource("fences")) return;
    this.fenceLayers.remove();
    this.cameraLayers.remove();
    this.contactLayers.remove();
    this.draw();
  }

  /** Ages grow without news too. */
  age() {
    this.contactLayers?.age();
  }

  /** Show which contact is chosen; null for none. */
  selectContact(id) {
    this.contactLayers?.select(id);
  }

  /** The same of a camera, by its key. */
  selectCamera(key) {
    this.cameraLayers?.select(key);
  }

  /** The id of the contact at a point, null if there is none. */
  contactAt(point) {
    return this.contactLayers?.pick(point) ?? null;
  }

  /** The key of the camera at a point, null if there is none. */
  cameraAt(point) {
    return this.cameraLayers?.pick(point) ?? null;
  }

  /** Say which geofences are under the pointer, once it rests. */
  hover(point) {
    clearTimeout(this.hovering);
    if (point === null) {
      this.tip.show([], 0, 0);
      return;
    }
    this.hovering = setTimeout(() => {
      const busy = this.page.layer.hovered >= 0 || !this.map.getSource("fences");
      const found = busy ? [] : this.fenceLayers.at(point);
      this.tip.show(found, point.x, point.y);
      if (!busy && (this.contactAt(point) ?? this.cameraAt(point)) !== null)
        this.map.getCanvas().style.cursor = "pointer";
    }, HOVER_PAUSE);
  }

  /** Centre on a place, no farther away than this zoom. */
  fly(center, zoom = CLOSE) {
    this.map?.easeTo({
      center,
      zoom: Math.max(this.map.getZoom(), zoom),
      padding: this.page.covered(),
      duration: 600,
    });
  }

  /** [left, top, width, height] in CSS pixels of what is written beside contacts. */
  contactBoxes(camera, width) {
    if (!this.contactLayers || !this.layers.shows("contacts")) return [];
    return this.contactLayers.boxes(camera, width);
  }

  /** Contacts with where they are in the window, for those who ask from outside. */
  describeContacts() {
    if (!this.map) return [];
    return this.app.contacts.all().map((contact) => ({
      id: contact.id,
      class: contact.class,
      threat: contact.threat.level,
      ...this.inWindow([contact.longitude, contact.latitude]),
    }));
  }

  /** The same of the fixed cameras that have a place. */
  describeCameras() {
    if (!this.map) return [];
    const placed = this.app.cameras.all().filter(({ place }) => place);
    return placed.map(({ key, name, place }) => ({ key, name, ...this.inWindow(place) }));
  }

  /** Where a place is, in CSS pixels of the window. */
  inWindow(place) {
    const { left, top } = this.map.getContainer().getBoundingClientRect();
    const { x, y } = this.map.project(place);
    return { x: x + left, y: y + top };
  }

  /** Names of the geofences that are drawn now. */
  fencesInView() {
    const found = this.map?.getSource("fences") ? this.fenceLayers.inView() : [];
    return [...new Set(found.map(({ properties }) => properties.name))].sort();
  }
}
