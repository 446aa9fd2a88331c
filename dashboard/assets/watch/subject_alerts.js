// The alerts about a contact or a camera, in its panel: who looks at it need not look for them elsewhere.

import { h, write } from "../dom.js";
import { isGroup, waits } from "../stores/alerts.js";
import { t, told } from "../words.js";
import { priorityGlyph, setPriority } from "./alert_shapes.js";
import { stateWords } from "./alert_words.js";
import { heading } from "./panel_parts.js";

export class SubjectAlerts {
  /**
   * `isAbout(subject, alert)` says which alerts are meant; `on.alert(alert)` when one is pressed,
   * `on.changed()` when something happened to one.
   */
  constructor({ alerts, orders, on, title, isAbout }) {
    Object.assign(this, { alerts, orders, on, isAbout });
    this.subject = null;
    this.list = h("ul", { class: "members" });
    this.button = h(
      "button",
      { type: "button", class: "button main", "data-order": "acknowledge", onclick: () => this.acknowledge() },
      t("queue.acknowledge"),
    );
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.element = h(
      "section",
      { class: "contact-alerts", hidden: true },
      heading(title),
      this.list,
      h("div", { class: "orders" }, this.button),
      this.problem,
    );
    alerts.addEventListener("change", () => this.refresh());
    orders.addEventListener("change", () => this.refresh());
  }

  /** Those of a contact or a camera; null for none. */
  show(subject) {
    this.subject = subject;
    this.refresh();
  }

  /** All about it, who waits first. */
  all() {
    if (this.subject === null) return [];
    return this.alerts
      .all()
      .filter((alert) => !isGroup(alert) && this.isAbout(this.subject, alert))
      .sort((a, b) => waits(b) - waits(a) || b.priority - a.priority || (a.key < b.key ? -1 : 1));
  }

  /** Acknowledge those that wait. False if none does. */
  acknowledge() {
    const waiting = this.all().filter(waits);
    if (waiting.length) this.orders.acknowledge(waiting);
    return waiting.length > 0;
  }

  refresh() {
    const all = this.all();
    this.element.hidden = all.length === 0;
    const said = JSON.stringify(all.map(({ key, state }) => [key, state]));
    if (this.list.dataset.said !== said) {
      this.list.dataset.said = said;
      this.list.replaceChildren(...all.map((alert) => this.row(alert)));
      if (this.told === this.id) this.on.changed?.();
    }
    this.told = this.id;
    this.button.hidden = !all.some(waits);
    this.button.disabled = all.some(({ key }) => this.orders.underWay.has(key));
    const failed = all.map(({ key }) => this.orders.failed.get(key)).find(Boolean) ?? "";
    this.problem.hidden = failed === "";
    write(this.problem, failed);
  }

  get id() {
    return this.subject?.id ?? this.subject?.key;
  }

  row(alert) {
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", onclick: () => this.on.alert(alert) },
        setPriority(priorityGlyph(), alert.priority, waits(alert)),
        h("span", { class: "name" }, told(`queue.rule.${alert.rule}`, alert.rule)),
        h("span", { class: "state" }, stateWords(alert)),
      ),
    );
  }
}
