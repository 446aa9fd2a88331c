// The alerts that stood at the moment, beside the map: priority, age then, state then.

import { h, mark, write } from "../dom.js";
import { age, number } from "../format.js";
import { PRIORITIES, since, waits } from "../stores/alerts.js";
import { t } from "../words.js";
import { priorityGlyph, setPriority } from "../watch/alert_shapes.js";
import { priorityWords, reasonWords, stateWords } from "../watch/alert_words.js";

const SHOWN = 100; // rows

export class StandingList {
  /** `onChoose(alert)` when one is pressed. */
  constructor(root, alerts, player, { onChoose }) {
    Object.assign(this, { alerts, player, onChoose });
    this.rows = [];
    this.selected = null; // key
    this.count = h("span", { class: "hint", role: "status" });
    this.list = h("ul", { class: "past-standing-rows" });
    this.none = h("p", { class: "hint past-none" }, t("history.standing.none"));
    this.element = h(
      "section",
      { class: "past-standing", "aria-label": t("history.standing") },
      h("div", { class: "past-events-head" }, h("h2", {}, t("history.standing")), this.count),
      this.none,
      this.list,
    );
    root.append(this.element);
    alerts.addEventListener("change", () => this.arrange());
    this.arrange();
  }

  arrange() {
    this.order = this.alerts.queue();
    const waiting = this.order.filter(waits).length;
    const values = { count: number(this.order.length), waiting: number(waiting) };
    write(this.count, this.order.length ? t("history.standing.count", values) : "");
    this.none.hidden = this.order.length > 0;
    const shown = this.order.slice(0, SHOWN);
    while (this.rows.length < shown.length) this.rows.push(this.row());
    this.rows.forEach(({ element }, i) => (element.hidden = i >= shown.length));
    this.turn();
  }

  /** How old they are at this moment. */
  turn() {
    const { time } = this.player;
    this.order.slice(0, SHOWN).forEach((alert, i) => {
      const row = this.rows[i];
      row.alert = alert;
      mark(row.button, "priority", PRIORITIES[alert.priority]);
      mark(row.button, "waiting", String(waits(alert)));
      row.button.setAttribute("aria-current", String(alert.key === this.selected));
      setPriority(row.glyph, alert.priority, waits(alert));
      write(row.reason, reasonWords(alert));
      if (row.button.title !== reasonWords(alert)) row.button.title = reasonWords(alert);
      write(row.unseen, priorityWords(alert));
      write(row.age, age(Math.max(0, time - since(alert)) / 1000));
      const by = alert.who && alert.who !== "system" && !waits(alert) ? ` · ${alert.who}` : "";
      write(row.state, `${stateWords(alert)}${by}`);
    });
  }

  row() {
    const row = {
      glyph: priorityGlyph(),
      unseen: h("span", { class: "unseen" }),
      reason: h("span", { class: "reason" }),
      age: h("span", { class: "age" }),
      state: h("span", { class: "state" }),
    };
    row.button = h(
      "button",
      { type: "button", onclick: () => this.onChoose(row.alert) },
      row.glyph,
      row.unseen,
      row.reason,
      row.age,
      row.state,
    );
    row.element = h("li", {}, row.button);
    this.list.append(row.element);
    return row;
  }

  select(key) {
    this.selected = key;
    this.turn();
  }
}
