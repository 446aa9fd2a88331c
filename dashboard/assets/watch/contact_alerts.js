// The alerts about a contact, in its panel: who looks at it need not look for them elsewhere.

import { h, write } from "../dom.js";
import { isGroup, waits } from "../stores/alerts.js";
import { t, told } from "../words.js";
import { priorityGlyph, setPriority } from "./alert_shapes.js";
import { stateWords } from "./alert_words.js";
import { heading } from "./panel_parts.js";

export class ContactAlerts {
  /** `on.alert(alert)` when one is pressed, `on.changed()` when something happened to one. */
  constructor({ alerts, orders, on }) {
    this.alerts = alerts;
    this.orders = orders;
    this.on = on;
    this.contact = null;
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
      heading(t("contact.alerts")),
      this.list,
      h("div", { class: "orders" }, this.button),
      this.problem,
    );
    alerts.addEventListener("change", () => this.refresh());
    orders.addEventListener("change", () => this.refresh());
  }

  show(contact) {
    this.contact = contact;
    this.refresh();
  }

  /** All about it, who waits first. */
  all() {
    if (this.contact === null) return [];
    const { subject, identity } = this.contact;
    const about = ({ key }) => key.split("/").some((part) => part === subject || (identity && part === identity));
    return this.alerts
      .all()
      .filter((alert) => !isGroup(alert) && about(alert))
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
      if (this.told === this.contact?.id) this.on.changed?.();
    }
    this.told = this.contact?.id;
    this.button.hidden = !all.some(waits);
    this.button.disabled = all.some(({ key }) => this.orders.underWay.has(key));
    const failed = all.map(({ key }) => this.orders.failed.get(key)).find(Boolean) ?? "";
    this.problem.hidden = failed === "";
    write(this.problem, failed);
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
