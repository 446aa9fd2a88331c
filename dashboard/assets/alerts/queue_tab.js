// The alerts that are there now: filters, the list, and orders on several at once.

import { h } from "../dom.js";
import { isGroup, waits } from "../stores/alerts.js";
import { t } from "../words.js";
import { Filters } from "./filters.js";
import { AlertList } from "./list.js";

export class QueueTab {
  /** `on.choose(alert)`, `on.jump(alert)`, `on.filter(params)`. */
  constructor(root, { alerts, places, orders, clock, on }) {
    this.alerts = alerts;
    this.orders = orders;
    this.on = on;
    this.filters = new Filters(root, { alerts, places, onChange: on.filter });
    const button = (name, onclick, main = false) =>
      h("button", { type: "button", class: main ? "button main" : "button", "data-bulk": name, onclick }, t(`queue.${name}`));
    this.all = h("button", { type: "button", class: "button", onclick: () => this.markAll() });
    this.some = [
      button("acknowledge", () => this.acknowledge(), true),
      button("shelve", () => this.shelve()),
    ];
    this.told = h("span", { class: "marked", role: "status" });
    this.bar = h("div", { class: "list-bar" });
    root.append(this.bar);
    this.list = new AlertList(root, {
      alerts,
      places,
      orders,
      clock,
      on: { ...on, marks: () => this.showMarks(), enter: () => this.enter() },
    });
    this.bar.append(this.list.count, this.told, this.all, ...this.some);
    this.list.filter = (alert) => this.filters.fits(alert);
    alerts.addEventListener("change", () => this.filters.refresh());
    this.showMarks();
  }

  show(params) {
    this.filters.show(params);
    this.list.arrange();
    this.list.select(params.alert ?? null);
  }

  showMarks() {
    if (!this.list) return;
    const count = this.list.marked.size;
    this.told.textContent = count ? t("alerts.marked", { count }) : "";
    this.all.textContent = t(count ? "alerts.unmark" : "alerts.markall");
    this.all.disabled = !count && !this.list.order.some(waits);
    for (const button of this.some) button.hidden = !count;
  }

  markAll() {
    this.list.markAll(this.list.marked.size === 0);
  }

  /** What is marked, or the chosen one; if nothing is chosen the first that waits is, and no more. */
  async acknowledge() {
    const waiting = this.list.targets().filter(waits);
    if (waiting.length) {
      this.list.markAll(false);
      await this.orders.acknowledge(waiting);
      return;
    }
    const first = this.list.order.find(waits);
    if (first) this.on.choose(first);
  }

  async shelve() {
    const targets = this.list.targets();
    if (!targets.length) return;
    this.list.markAll(false);
    await this.orders.shelve(targets);
  }

  /** Open or close the chosen group; of an alert, show its place. */
  enter() {
    const alert = this.alerts.get(this.list.selected);
    if (!alert) return;
    if (isGroup(alert)) this.list.expand(alert.key);
    else this.on.jump(alert);
  }
}
