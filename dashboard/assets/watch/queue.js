// The queue of alerts under the list of assets: who waits first stands first. Only the rows that can be
// seen are in the document.

import { h, mark, write } from "../dom.js";
import { age, number } from "../format.js";
import { choose, chosen } from "../preferences.js";
import { PRIORITIES, isGroup, since, waits } from "../stores/alerts.js";
import { VirtualRows } from "../virtual.js";
import { t } from "../words.js";
import { priorityGlyph, setPriority } from "./alert_shapes.js";
import { priorityWords, reasonWords, stateWords } from "./alert_words.js";

const ROW = 66; // CSS pixels; the style sheet says the same
const SEEN = 400; // ms that one needs to see that another alert is there

export class Queue {
  /** `on.choose(alert)` opens one, `on.jump(alert)` shows it on the map too. */
  constructor(root, { alerts, places, orders, clock, on, sound }) {
    this.alerts = alerts;
    this.places = places;
    this.orders = orders;
    this.clock = clock;
    this.on = on;
    this.order = [];
    this.selected = null; // key
    this.build(root, sound);
    this.lines = new VirtualRows(this.view, this.space, {
      height: ROW,
      make: () => this.row(),
      fill: (row, at, i) => this.fill(row, this.order[at], at, i),
    });
    new ResizeObserver(() => this.paint()).observe(this.view);
    alerts.addEventListener("change", () => this.arrange());
    orders.addEventListener("change", () => this.paint());
    this.arrange();
  }

  build(root, sound) {
    this.count = h("span", { class: "queue-count", role: "status" });
    this.load = h("span", { class: "queue-load" });
    this.fold = h(
      "button",
      {
        type: "button",
        class: "queue-title",
        "aria-expanded": "true",
        "aria-controls": "queue-rows",
        onclick: () => this.open(this.element.dataset.open !== "true"),
      },
      h("h2", {}, t("queue.title")),
      this.count,
    );
    this.space = h("div", { class: "space" });
    this.empty = h("div", { class: "queue-empty" });
    this.missing = h("div", { class: "queue-missing", role: "status", hidden: true });
    this.view = h(
      "div",
      {
        class: "queue-rows",
        id: "queue-rows",
        tabindex: "0",
        "aria-label": t("queue.title"),
        onscroll: () => this.paint(),
        onkeydown: (event) => this.key(event),
      },
      this.space,
      this.empty,
    );
    this.element = h(
      "section",
      { class: "queue", id: "queue", "aria-label": t("queue.title") },
      h("div", { class: "queue-head" }, this.fold, sound),
      this.load,
      this.missing,
      this.view,
    );
    root.append(this.element);
    this.open(chosen("queue") !== "closed");
  }

  open(shown) {
    mark(this.element, "open", String(shown));
    this.fold.setAttribute("aria-expanded", String(shown));
    choose("queue", shown ? null : "closed");
  }

  arrange() {
    this.order = this.alerts.queue();
    const waiting = this.order.filter(waits);
    const figures = this.alerts.figures();
    write(this.count, number(waiting.length));
    mark(this.element, "waiting", String(waiting.length > 0));
    mark(this.element, "flood", String(Boolean(figures?.in_flood)));
    const load = figures && t("queue.load", { ten: figures.ten_minutes, hour: figures.hour, day: figures.day });
    write(this.load, figures?.in_flood ? `${t("queue.flood")} · ${load}` : (load ?? ""));
    this.load.title = [load, t("queue.load.title")].filter(Boolean).join("\n");
    const whole = this.alerts.detail === "";
    if (whole !== this.missing.hidden) this.lines.made.forEach((row) => (row.changed = performance.now())); // they move
    this.missing.hidden = whole;
    write(this.missing, this.alerts.detail && t("queue.missing", { detail: this.alerts.detail }));
    this.lines.resize(this.order.length);
    this.empty.hidden = this.order.length > 0;
    // A list without options would be none for those who hear the page.
    this.view.setAttribute("role", this.order.length ? "listbox" : "group");
    write(this.empty, t(this.alerts.loaded ? "queue.none" : "queue.loading"));
    this.paint();
  }

  select(key) {
    this.selected = key;
    const at = this.order.findIndex((alert) => alert.key === key);
    if (at >= 0) this.lines.reach(at);
    this.paint();
  }

  key(event) {
    const step = this.lines.steps(event.key);
    if (step !== undefined) {
      event.preventDefault();
      this.step(step);
    } else if (event.key === "Enter") {
      const alert = this.alerts.get(this.selected);
      if (alert) this.on.jump(alert);
    }
  }

  step(by) {
    if (!this.order.length) return;
    const at = this.order.findIndex((alert) => alert.key === this.selected);
    const from = at < 0 && by < 0 ? this.order.length : at; // of none, up is to the last
    this.on.choose(this.order[Math.max(0, Math.min(this.order.length - 1, from + by))]);
  }

  /** Write what can be seen now. */
  paint() {
    this.lines.paint();
    for (const row of this.lines.made) if (row.element.hidden) row.alert = null; // none stands there
    this.painted = this.view.scrollTop;
  }

  row() {
    const row = {
      alert: null,
      meant: null,
      moved: false,
      changed: -Infinity, // when another alert took its place, or all rows moved, not by scrolling
      glyph: priorityGlyph(),
      reason: h("span", { class: "reason" }),
      about: h("span", { class: "about" }),
      age: h("span", { class: "age" }),
      state: h("span", { class: "state" }),
    };
    // For the mouse. An option may hold no button: by keyboard one chooses it, then presses `a`.
    row.button = h(
      "span",
      {
        class: "acknowledge",
        "aria-hidden": "true",
        title: t("queue.acknowledge.title"),
        onclick: (event) => {
          event.stopPropagation();
          const { moved } = row;
          const alert = this.pressed(row);
          if (moved) this.on.choose(alert);
          else this.orders.acknowledge(alert);
        },
      },
      "✓",
    );
    row.element = h(
      "div",
      {
        class: "queue-row",
        role: "option",
        onpointerdown: () => this.mean(row),
        onclick: () => this.on.choose(this.pressed(row)),
        ondblclick: () => this.on.jump(this.pressed(row)),
      },
      row.glyph,
      h("div", { class: "what" }, row.reason, h("div", { class: "line" }, row.about, row.age, row.state)),
      row.button,
    );
    return row;
  }

  /**
   * A press means the alert that stood there when the button went down. Alerts move up and down by
   * themselves: one that came under the pointer a moment ago is chosen, and not acknowledged unseen.
   */
  mean(row) {
    row.meant = row.alert;
    row.moved = performance.now() - row.changed < SEEN;
  }

  pressed(row) {
    const alert = row.meant ?? row.alert;
    row.meant = null;
    row.moved = false;
    return alert;
  }

  fill(row, alert, at, i) {
    const other = row.alert !== null && row.alert.key !== alert.key;
    if (other && this.view.scrollTop === this.painted) row.changed = performance.now();
    row.alert = alert;
    const { element } = row;
    const waiting = waits(alert);
    element.id = `alert-row-${i}`;
    element.setAttribute("aria-selected", String(alert.key === this.selected));
    element.setAttribute("aria-posinset", String(at + 1));
    element.setAttribute("aria-setsize", String(this.order.length));
    mark(element, "key", alert.key);
    mark(element, "state", alert.state);
    mark(element, "priority", PRIORITIES[alert.priority]);
    mark(element, "waiting", String(waiting));
    mark(element, "failed", String(this.orders.failed.has(alert.key)));
    const busy = this.orders.underWay.has(alert.key);
    element.setAttribute("aria-busy", String(busy));
    setPriority(row.glyph, alert.priority, waiting);
    write(row.reason, reasonWords(alert));
    row.reason.title = `${priorityWords(alert)}: ${reasonWords(alert)}`;
    write(row.about, this.about(alert));
    write(row.age, age((this.clock.now() - since(alert)) / 1000));
    write(row.state, busy ? t("queue.busy") : this.orders.failed.has(alert.key) ? t("queue.failed") : stateWords(alert));
    row.button.hidden = !waiting;
    return alert.key === this.selected ? element.id : null;
  }

  about(alert) {
    const members = isGroup(alert) ? this.alerts.members(alert.key) : [];
    if (members.length > 1) return t("queue.group", { count: members.length });
    return this.places.name(members[0] ?? alert);
  }
}
