// Which alert, contact or fixed camera is chosen: by a link, a click or a key; its panel is open. One at
// a time, and no asset beside it.

import { actsOf } from "../alerts/past.js";
import { h } from "../dom.js";
import { address } from "../router.js";
import { AlertPanel } from "./alert_panel.js";
import { CameraPanel } from "./camera_panel.js";
import { Checklist } from "./checklist.js";
import { ContactPanel } from "./contact_panel.js";
import { alertReplay, contactReplay } from "./replay.js";

const BESIDE = 16; // zoom at which a chosen camera is shown: what it sees is a street long
const TICKS_AGAIN = 3; // seconds between two looks at what others have ticked

export class Chosen {
  /**
   * `page` is the live page: { root, selectAsset(key), leaveAsset(), cameraChosen(), tellAddress() };
   * `map` a WatchMap, `queue` the Queue that shows which of its alerts is chosen.
   */
  constructor(app, page, { map, queue, orders, places }) {
    const { alerts, api, cameras, clock, contacts, fleet } = app;
    Object.assign(this, { app, page, map, queue, places });
    this.alertKey = null;
    this.contactId = null;
    this.cameraKey = null;
    this.seconds = 0;
    this.checklist = new Checklist(app);
    const on = {
      choose: (alert) => this.openAlert(alert.key),
      jump: (alert) => this.jump(alert),
      close: () => this.close(),
      asset: (key) => page.selectAsset(key),
      contact: (id) => this.openContact(id),
      alert: (alert) => this.openAlert(alert.key),
    };
    this.alertPanel = new AlertPanel(page.root, {
      alerts,
      places,
      orders,
      fleet,
      clock,
      zone: app.zone,
      history: (key) => actsOf(api, key),
      checklist: this.checklist,
      links: (alert) => this.links(alert),
      on,
    });
    this.contactPanel = new ContactPanel(page.root, {
      contacts,
      alerts,
      orders,
      fleet,
      clock,
      on: { ...on, jump: (contact) => map.fly([contact.longitude, contact.latitude]) },
    });
    this.cameraPanel = new CameraPanel(page.root, {
      cameras,
      alerts,
      orders,
      api,
      clock,
      zone: app.zone,
      on: { ...on, jump: (camera) => this.centreCamera(camera) },
    });
    alerts.addEventListener("change", () => this.linkAlert());
    contacts.addEventListener("change", () => this.linkContact());
    cameras.addEventListener("change", () => this.linkCamera());
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
    return { alert: this.alertKey, contact: this.contactId, camera: this.cameraKey };
  }

  /** Open what a link named as soon as it is known. */
  linkAlert() {
    if (this.alertKey === null || this.alertPanel.key === this.alertKey) return;
    const { alert } = this;
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
    this.map.fly([contact.longitude, contact.latitude]);
  }

  linkCamera() {
    if (this.cameraKey === null || this.cameraPanel.key === this.cameraKey) return;
    if (this.app.cameras.get(this.cameraKey)) this.showCamera(this.cameraKey);
  }

  /** The chosen alert as it is now; null if none is, or if it is over. */
  get alert() {
    return this.app.alerts.get(this.alertKey);
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
    this.map.selectContact(this.contactId);
    this.page.tellAddress();
  }

  openCamera(key) {
    this.page.leaveAsset();
    this.leaveAlert();
    this.leaveContact();
    this.cameraKey = key;
    this.cameraPanel.open(key);
    this.map.selectCamera(key);
    this.page.cameraChosen();
    this.page.tellAddress();
  }

  /** A click on the map where no asset is: true if it meant something. */
  pick(point) {
    const contact = this.map.contactAt(point);
    const camera = contact === null ? this.map.cameraAt(point) : null;
    if (contact !== null) this.openContact(contact);
    else if (camera !== null) this.openCamera(camera);
    else return this.close();
    return true;
  }

  /** Open an alert and show its place. */
  jump(alert) {
    this.openAlert(alert.key);
    const place = this.places.of(alert);
    if (place) this.map.fly(place);
    else this.app.say(this.app.t("queue.noplace"), { kind: "warning" });
  }

  /** Open a camera and go there. */
  showCamera(key) {
    this.openCamera(key);
    this.centreCamera(this.app.cameras.get(key));
  }

  centreCamera({ place }) {
    if (place) this.map.fly(place, BESIDE);
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
    this.map.selectContact(null);
  }

  leaveCamera() {
    if (this.cameraKey === null) return;
    this.cameraKey = null;
    this.cameraPanel.close();
    this.map.selectCamera(null);
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

  /** Acknowledge the alerts of the chosen contact or camera. False if none is chosen, or if none of its waits. */
  acknowledgeAbout() {
    if (this.contactId !== null && this.contactPanel.about.acknowledge()) return true;
    return this.cameraKey !== null && this.cameraPanel.about.acknowledge();
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

  /** Play the time of what is chosen. */
  replay() {
    const { last: alert } = this.alertPanel;
    const { last: contact } = this.contactPanel;
    const now = this.app.clock.now();
    if (alert) this.app.router.go("history", alertReplay(alert, this.places.contact(alert), now));
    else if (contact) this.app.router.go("history", contactReplay(contact, now));
    else if (this.cameraPanel.last) this.app.router.go("history", this.cameraPanel.replay());
  }

  everySecond() {
    this.alertPanel.refresh();
    this.seconds += 1;
    if (this.alertKey !== null && this.seconds % TICKS_AGAIN === 0) this.checklist.load();
    this.contactPanel.refresh();
    this.cameraPanel.refresh();
  }
}
