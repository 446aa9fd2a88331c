// What the live page watches for: joins the map's layers, the queue of alerts, the chosen one's panel, the
// tones and the count of alerts, and says what the keys do.

import { waits } from "../stores/alerts.js";
import { AlertCount } from "./alert_count.js";
import { Places } from "./alert_places.js";
import { Chosen } from "./chosen.js";
import { Layers } from "./layers.js";
import { Orders } from "./orders.js";
import { Queue } from "./queue.js";
import { Sound } from "./sound.js";
import { SoundControl } from "./sound_control.js";
import { WatchMap } from "./watch_map.js";

export class Watch {
  /**
   * `page` is the live page: { view, layer, root, overlay, column, selectAsset(key), leaveAsset(),
   * cameraChosen(), covered(), tellAddress() }.
   */
  constructor(app, page) {
    const { alerts, clock, router } = app;
    this.alerts = alerts;
    this.count = new AlertCount(app);
    this.sound = new Sound();
    this.soundControl = new SoundControl(this.sound);
    this.orders = new Orders(app, alerts);
    this.places = new Places(app.fleet, app.contacts);
    this.layers = new Layers(router.page === "live" ? router.params : {});
    this.layers.addEventListener("change", () => page.tellAddress());
    const { orders, places } = this;
    const choose = (alert) => this.chosen.openAlert(alert.key);
    const jump = (alert) => this.chosen.jump(alert);
    this.queue = new Queue(page.column, {
      alerts,
      places,
      orders,
      clock,
      on: { choose, jump },
      sound: this.soundControl.element,
    });
    this.map = new WatchMap(app, page, { layers: this.layers, places, onAlert: choose });
    this.chosen = new Chosen(app, page, { map: this.map, queue: this.queue, orders, places });
    alerts.addEventListener("change", ({ detail }) => this.sound.announce(detail.asking));
    this.addKeys(app.keys);
  }

  addKeys(keys) {
    const { chosen, orders } = this;
    const withAlert = (act) => () => {
      const { alert } = chosen;
      if (alert) act(alert);
    };
    const add = (key, words, handler) => keys.add(key, words, handler, "live");
    add("a", "keys.acknowledge", () => this.acknowledge());
    add("s", "keys.shelve", withAlert((alert) => orders.shelve(alert)));
    add("n", "keys.note", withAlert((alert) => orders.note(alert)));
    add("j", "keys.jump", withAlert((alert) => chosen.jump(alert)));
    add("q", "keys.queue", () => this.focusQueue());
    add("l", "keys.checklist", () => chosen.checklist.focus());
    add("h", "keys.replay", () => chosen.replay());
  }

  /** For the address. */
  params() {
    return { ...this.chosen.params(), hide: this.layers.text };
  }

  /** What is chosen, an alert or those of a contact or a camera; if that waits for nobody the first that does is shown. */
  acknowledge() {
    const { alerts, chosen } = this;
    if (chosen.acknowledgeAbout()) return;
    const { alert } = chosen;
    const [first] = alerts.waiting();
    if (alert && waits(alert)) this.orders.acknowledge(alert);
    else if (first) chosen.openAlert(first.key);
  }

  focusQueue() {
    const { chosen, queue } = this;
    queue.open(true);
    queue.view.focus();
    if (chosen.alertKey === null && queue.order.length) chosen.openAlert(queue.order[0].key);
  }

  everySecond() {
    this.soundControl.show();
    this.sound.remind(this.alerts.waiting());
    this.queue.paint();
    this.chosen.everySecond();
    this.map.age();
  }
}
