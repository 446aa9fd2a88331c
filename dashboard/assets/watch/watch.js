// What the live page watches for: geofences, fixed cameras, contacts and alerts on the map, the queue of
// alerts, the panels of a camera, of an alert and of a contact, the tones.

import { actsOf } from "../alerts/past.js";
import { h } from "../dom.js";
import { CAMERA, FRESH } from "../fleet.js";
import { glyph, setGlyph } from "../glyphs.js";
import { address } from "../router.js";
import { rightToLeft } from "../words.js";
import { HIGH, masked, waits } from "../stores/alerts.js";
import { AlertPanel } from "./alert_panel.js";
import { AlertPlaces, Places } from "./alert_places.js";
import { Attention } from "./attention.js";
import { CameraLayers } from "./camera_layers.js";
import { CameraPanel } from "./camera_panel.js";
import { Checklist } from "./checklist.js";
import { ContactLayers } from "./contact_layers.js";
import { ContactPanel } from "./contact_panel.js";
import { contactGlyph } from "./contact_shapes.js";
import { exportFences } from "./fence_files.js";
import { FenceLayers, FenceTip, fenceSwatch } from "./fence_layers.js";
import { FENCE_KINDS, Layers, LayersMenu } from "./layers.js";
import { Orders } from "./orders.js";
import { Queue } from "./queue.js";
import { alertReplay, contactReplay } from "./replay.js";
import { Sound } from "./sound.js";
import { SoundControl } from "./sound_control.js";

const CLOSE = 14; // zoom at which a chosen place is shown
const BESIDE = 16; // the same of a camera: what it sees is a street long
const TICKS_AGAIN = 3; // seconds between two looks at what others have ticked
const HOVER_PAUSE = 80; // ms that the pointer rests before geofences under it are looked for

export class Watch {
  /**
   * `page` is the live page: { view, layer, root, overlay, column, selectAsset(key), leaveAsset(),
   * cameraChosen(), covered(), tellAddress() }.
   */
  constructor(app, page) {
    const { alerts, contacts, fleet, clock, keys, router } = app;
    this.app = app;
    this.page = page;
    this.alertKey = null;
    this.contactId = null;
    this.cameraKey = null;
    this.seconds = 0;
    this.attention = new Attention();
    this.sound = new Sound();
    this.soundControl = new SoundControl(this.sound);
    this.orders = new Orders(app, alerts);
    this.places = new Places(fleet, contacts);
    this.layers = new Layers(router.page === "live" ? router.params : {});
    this.layers.addEventListener("change", () => page.tellAddress());
    const on = {
      choose: (alert) => this.openAlert(alert.key),
      jump: (alert) => this.jump(alert),
      close: () => this.close(),
      asset: (key) => page.selectAsset(key),
      contact: (id) => this.openContact(id),
      alert: (alert) => this.openAlert(alert.key),
    };
    this.queue = new Queue(page.column, {
      alerts,
      places: this.places,
      orders: this.orders,
      clock,
      on,
      sound: this.soundControl.element,
    });
    this.marks = new AlertPlaces(page.overlay, alerts, this.places, page.layer, on.choose);
    this.alertPanel = new AlertPanel(page.root, {
      alerts,
      places: this.places,
      orders: this.orders,
      fleet,
      clock,
      zone: app.zone,
      history: (key) => actsOf(app.api, key),
      checklist: (this.checklist = new Checklist(app)),
      links: (alert) => this.links(alert),
      on,
    });
    this.contactPanel = new ContactPanel(page.root, {
      contacts,
      alerts,
      orders: this.orders,
      fleet,
      clock,
      on: { ...on, jump: (contact) => this.fly([contact.longitude, contact.latitude]) },
    });
    this.cameraPanel = new CameraPanel(page.root, {
      cameras: app.cameras,
      alerts,
      orders: this.orders,
      api: app.api,
      clock,
      zone: app.zone,
      on: { ...on, jump: (camera) => this.centreCamera(camera) },
    });
    this.layersMenu = new LayersMenu(page.overlay, this.layers, (name) => swatch(name), () => exportFences(app));
    this.tip = new FenceTip(page.overlay, clock, page.covered);
    this.join(page.view.map);
    alerts.addEventListener("change", ({ detail }) => {
      this.sound.announce(detail.asking);
      this.showCount();
      this.linkAlert();
    });
    contacts.addEventListener("change", () => this.linkContact());
    app.cameras.addEventListener("change", () => this.linkCamera());
    keys.add("a", "keys.acknowledge", () => this.acknowledge(), "live");
    keys.add("s", "keys.shelve", () => this.withAlert((alert) => this.orders.shelve(alert)), "live");
    keys.add("n", "keys.note", () => this.withAlert((alert) => this.orders.note(alert)), "live");
    keys.add("j", "keys.jump", () => this.withAlert((alert) => this.jump(alert)), "live");
    keys.add("q", "keys.queue", () => this.focusQueue(), "live");
    keys.add("l", "keys.checklist", () => this.checklist.focus(), "live");
    keys.add("h", "keys.replay", () => this.replay(), "live");
  }

  /** Draw on the map, if there is one. */
  join(map) {
    this.map = map;
    if (!map) return;
    const { app, layers } = this;
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

  /** What an address says: `alert` a key, `contact` an id, `camera` a key. */
  show({ alert = null, contact = null, camera = null }) {
    if (alert !== this.alertKey) {
      this.alertKey = alert;
      this.linkedAlert = alert !== null;
      if (alert === null) this.alertPanel.close();
      this.linkAlert();
    }
    if (contact !== this.contactId) {
      this.contactId = contact;
      if (contact === null) this.contactPanel.close();
      this.linkContact();
    }
    if (camera !== this.cameraKey) {
      this.leaveCamera();
      this.cameraKey = camera;
      this.linkCamera();
    }
  }

  /** For the address. */
  params() {
    return { alert: this.alertKey, contact: this.contactId, camera: this.cameraKey, hide: this.layers.text };
  }

  /** Open what a link named as soon as it is known. */
  linkAlert() {
    if (this.alertKey === null || this.alertPanel.key === this.alertKey) return;
    const alert = this.app.alerts.get(this.alertKey);
    if (!alert) {
      if (this.linkedAlert && this.app.alerts.loaded) this.missed(this.alertKey);
      return;
    }
    this.openAlert(alert.key);
    if (this.linkedAlert) this.jump(alert);
    this.linkedAlert = false;
  }

  /** A link names an alert that is over: it is found among those of the past. */
  missed(key) {
    const { say, router, t } = this.app;
    this.linkedAlert = false;
    const act = () => router.go("alerts", { alert: key });
    say(t("queue.isover"), { kind: "offer", action: { words: t("alerts.onpage"), act } });
  }

  linkContact() {
    if (this.contactId === null || this.contactPanel.id === this.contactId) return;
    const contact = this.app.contacts.get(this.contactId);
    if (!contact) return;
    this.openContact(contact.id);
    this.fly([contact.longitude, contact.latitude]);
  }

  linkCamera() {
    if (this.cameraKey === null || this.cameraPanel.key === this.cameraKey) return;
    if (this.app.cameras.get(this.cameraKey)) this.showCamera(this.cameraKey);
  }

  openAlert(key) {
    this.page.leaveAsset();
    this.leaveContact();
    this.leaveCamera();
    this.alertKey = key;
    this.alertPanel.open(key);
    this.queue.select(key);
    this.page.tellAddress();
  }

  openContact(id) {
    this.page.leaveAsset();
    this.leaveAlert();
    this.leaveCamera();
    this.contactId = String(id);
    this.contactPanel.open(id);
    this.contactLayers?.select(this.contactId);
    this.page.tellAddress();
  }

  openCamera(key) {
    this.page.leaveAsset();
    this.leaveAlert();
    this.leaveContact();
    this.cameraKey = key;
    this.cameraPanel.open(key);
    this.cameraLayers?.select(key);
    this.page.cameraChosen();
    this.page.tellAddress();
  }

  /** Open it and go there. */
  showCamera(key) {
    this.openCamera(key);
    this.centreCamera(this.app.cameras.get(key));
  }

  centreCamera({ place }) {
    if (place) this.fly(place, BESIDE);
    else this.app.say(this.app.t("camera.noplace"), { kind: "warning" });
  }

  /** Centre the map on the chosen camera. False if none is. */
  centre() {
    const { last } = this.cameraPanel;
    if (last) this.centreCamera(last);
    return last !== null;
  }

  leaveAlert() {
    this.alertKey = null;
    this.alertPanel.close();
    this.queue.select(null);
  }

  leaveContact() {
    if (this.contactId === null) return;
    this.contactId = null;
    this.contactPanel.close();
    this.contactLayers?.select(null);
  }

  leaveCamera() {
    if (this.cameraKey === null) return;
    this.cameraKey = null;
    this.cameraPanel.close();
    this.cameraLayers?.select(null);
    this.page.cameraChosen();
  }

  /** Close what is open. True if there was anything. */
  close() {
    const open = [this.alertKey, this.contactId, this.cameraKey].some((each) => each !== null);
    this.leaveAlert();
    this.leaveContact();
    this.leaveCamera();
    if (open) this.page.tellAddress();
    return open;
  }

  /** CSS pixels of the open panel's width. */
  get width() {
    const panels = [this.alertPanel, this.contactPanel, this.cameraPanel];
    return panels.find(({ frame }) => !frame.section.hidden)?.frame.section.offsetWidth ?? 0;
  }

  /** A click on the map where no asset is: true if it meant something. */
  pick(point) {
    const id = this.contactLayers?.pick(point) ?? null;
    const camera = id === null ? (this.cameraLayers?.pick(point) ?? null) : null;
    if (id !== null) this.openContact(id);
    else if (camera !== null) this.openCamera(camera);
    else return this.close();
    return true;
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
      if (!busy && (this.contactLayers.pick(point) ?? this.cameraLayers.pick(point)) !== null)
        this.map.getCanvas().style.cursor = "pointer";
    }, HOVER_PAUSE);
  }

  /** Show an alert's place. */
  jump(alert) {
    this.openAlert(alert.key);
    const place = this.places.of(alert);
    if (place) this.fly(place);
    else this.app.say(this.app.t("queue.noplace"), { kind: "warning" });
  }

  fly(center, zoom = CLOSE) {
    this.map?.easeTo({
      center,
      zoom: Math.max(this.map.getZoom(), zoom),
      padding: this.page.covered(),
      duration: 600,
    });
  }

  withAlert(act) {
    const alert = this.app.alerts.get(this.alertKey);
    if (alert) act(alert);
  }

  /** What is chosen, an alert or those of a contact or a camera; if that waits for nobody the first that does is shown. */
  acknowledge() {
    if (this.contactId !== null && this.contactPanel.about.acknowledge()) return;
    if (this.cameraKey !== null && this.cameraPanel.about.acknowledge()) return;
    const alert = this.app.alerts.get(this.alertKey);
    const [first] = this.app.alerts.waiting();
    if (alert && waits(alert)) this.orders.acknowledge(alert);
    else if (first) this.openAlert(first.key);
  }

  /** Where else an alert can be looked at. */
  links(alert) {
    const { t, clock } = this.app;
    const link = (words, href) => h("a", { class: "chip", href }, t(words));
    return [
      link("alerts.replay", address("history", alertReplay(alert, this.places.contact(alert), clock.now()))),
      link("alerts.onpage", address("alerts", { alert: alert.key })),
    ];
  }

  /** Play the time of the chosen alert, contact or camera. */
  replay() {
    const { last: alert } = this.alertPanel;
    const { last: contact } = this.contactPanel;
    const now = this.app.clock.now();
    if (alert) this.app.router.go("history", alertReplay(alert, this.places.contact(alert), now));
    else if (contact) this.app.router.go("history", contactReplay(contact, now));
    else if (this.cameraPanel.last) this.app.router.go("history", this.cameraPanel.replay());
  }

  focusQueue() {
    this.queue.open(true);
    this.queue.view.focus();
    if (this.alertKey === null && this.queue.order.length) this.openAlert(this.queue.order[0].key);
  }

  showCount() {
    const waiting = this.app.alerts.waiting();
    const urgent = waiting.some(({ priority }) => priority === HIGH);
    this.attention.show(waiting.length, urgent);
    const { nav, header, t } = this.app;
    nav.badge("alerts", waiting.length);
    const active = this.app.alerts.shown().filter((alert) => !masked(alert)).length;
    header.setAlerts(active, waiting.length);
    const figures = this.app.alerts.figures();
    if (figures)
      header.setFlood(
        figures.in_flood ? t("queue.flood") : t("queue.noflood", { ten: figures.ten_minutes }),
        figures.in_flood ? "bad" : "good",
      );
  }

  everySecond() {
    this.soundControl.show();
    this.sound.remind(this.app.alerts.waiting());
    this.queue.paint();
    this.alertPanel.refresh();
    this.seconds += 1;
    if (this.alertKey !== null && this.seconds % TICKS_AGAIN === 0) this.checklist.load();
    this.contactPanel.refresh();
    this.cameraPanel.refresh();
    this.contactLayers?.age();
  }

  /** Contacts with where they are in the window, for those who ask from outside. */
  describeContacts() {
    if (!this.map) return [];
    const { left, top } = this.map.getContainer().getBoundingClientRect();
    return this.app.contacts.all().map((contact) => {
      const { x, y } = this.map.project([contact.longitude, contact.latitude]);
      return { id: contact.id, class: contact.class, threat: contact.threat.level, x: x + left, y: y + top };
    });
  }

  /** [left, top, width, height] in CSS pixels of what is written beside contacts. */
  contactBoxes(camera, width) {
    if (!this.contactLayers || !this.layers.shows("contacts")) return [];
    return this.contactLayers.boxes(camera, width);
  }

  /** Keys of the assets of all alerts that are not put away. */
  alertingAssets() {
    return new Set(this.app.alerts.all().filter((alert) => !masked(alert)).flatMap(({ assets }) => assets));
  }

  /** Fixed cameras with where they are in the window, for those who ask from outside. */
  describeCameras() {
    if (!this.map) return [];
    const { left, top } = this.map.getContainer().getBoundingClientRect();
    return this.app.cameras.all().filter(({ place }) => place).map(({ key, name, place }) => {
      const { x, y } = this.map.project(place);
      return { key, name, x: x + left, y: y + top };
    });
  }

  /** Names of the geofences that are drawn now. */
  fencesInView() {
    const found = this.map?.getSource("fences") ? this.fenceLayers.inView() : [];
    return [...new Set(found.map(({ properties }) => properties.name))].sort();
  }
}

/** How a layer looks, small. */
function swatch(name) {
  if (FENCE_KINDS.includes(name)) return fenceSwatch(name);
  if (name === "cameras") return h("span", { class: "swatch" }, setGlyph(glyph(), CAMERA, FRESH));
  const kinds = { contacts: "not_cooperative", friends: "friend" };
  const lines = { vectors: "vector", routes: "route", missions: "mission", footprints: "footprint" };
  const sign = kinds[name] ? contactGlyph(kinds[name]) : h("span", {});
  return h("span", { class: `swatch swatch-${name}${lines[name] ? ` legend-${lines[name]}` : ""}` }, sign);
}

/** The panel covers the right of the map, the left of an Urdu page. */
export function covered(width) {
  return rightToLeft ? { left: width, right: 0 } : { left: 0, right: width };
}
