// The queue of alerts under the list of assets: who waits first stands first. Only the rows that can be
// seen are in the document.

import { h, mark, write } from "../dom.js";
import { age, number } from "../format.js";
import { choose, chosen } from "../preferences.js";
import { PRIORITIES, isGroup, since, waits } from "../stores/alerts.js";
import { t } from "../words.js";
import { priorityGlyph, setPriority } from "./alert_shapes.js";
import { priorityWords, reasonWords, stateWords } from "./alert_words.js";

const ROW = 66; // CSS pixels; the style sheet says the same
const SPARE = 2;

export class Queue {
  /** `on.choose(alert)` opens one, `on.jump(alert)` shows it on the map too. */
  constructor(root, { alerts, places, orders, clock, on, sound }) {
    this.alerts = alerts;
    this.places = places;
    this.orders = orders;
    this.clock = clock;
    this.on = on;
    this.order = [];
    this.rows = [];
    this.selected = null; // key
    this.build(root, sound);
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
    new ResizeObserver(() => this.paint()).observe(this.view);
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
    write(
      this.load,
      figures
        ? `${t("queue.load", { ten: figures.ten_minutes, hour: figures.hour, day: figures.day })}${
            figures.in_flood ? ` · ${t("queue.flood")}` : ""
          }`
        : "",
    );
    this.load.title = t("queue.load.title");
    this.missing.hidden = this.alerts.detail === "";
    write(this.missing, this.alerts.detail && t("queue.missing", { detail: this.alerts.detail }));
    this.space.style.height = `${this.order.length * ROW}px`;
    this.empty.hidden = this.order.length > 0;
    // A list without options would be none for those who hear the page.
    this.view.setAttribute("role", this.order.length ? "listbox" : "group");
    write(this.empty, t(this.alerts.loaded ? "queue.none" : "queue.loading"));
    this.paint();
  }

  select(key) {
    this.selected = key;
    const at = this.order.findIndex((alert) => alert.key === key);
    if (at >= 0) {
      const top = at * ROW;
      const { scrollTop, clientHeight } = this.view;
      if (top < scrollTop) this.view.scrollTop = top;
      else if (top + ROW > scrollTop + clientHeight) this.view.scrollTop = top + ROW - clientHeight;
    }
    this.paint();
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 4, PageUp: -4, Home: -Infinity, End: Infinity }[
      event.key
    ];
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
    const last = this.order.length - 1;
    const next = at < 0 ? (by > 0 ? 0 : last) : Math.max(0, Math.min(last, at + by));
    this.on.choose(this.order[next]);
  }

  /** Write what can be seen now. */
  paint() {
    const first = Math.max(0, Math.floor(this.view.scrollTop / ROW) - SPARE);
    const last = Math.min(
      this.order.length,
      Math.ceil((this.view.scrollTop + this.view.clientHeight) / ROW) + SPARE,
    );
    while (this.rows.length < last - first) this.rows.push(this.row());
    let active = null;
    this.rows.forEach((row, i) => {
      const at = first + i;
      row.element.hidden = at >= last;
      if (at >= last) return;
      this.fill(row, this.order[at], at, i);
      if (this.order[at].key === this.selected) active = row.element.id;
    });
    if (active) this.view.setAttribute("aria-activedescendant", active);
    else this.view.removeAttribute("aria-activedescendant");
  }

  row() {
    const row = {
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
          this.orders.acknowledge(row.alert);
        },
      },
      "✓",
    );
    row.element = h(
      "div",
      {
        class: "queue-row",
        role: "option",
        onclick: () => this.on.choose(row.alert),
        ondblclick: () => this.on.jump(row.alert),
      },
      row.glyph,
      h("div", { class: "what" }, row.reason, h("div", { class: "line" }, row.about, row.age, row.state)),
      row.button,
    );
    this.space.append(row.element);
    return row;
  }

  fill(row, alert, at, i) {
    row.alert = alert;
    const { element } = row;
    const waiting = waits(alert);
    element.id = `alert-row-${i}`;
    element.style.transform = `translateY(${at * ROW}px)`;
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
  }

  about(alert) {
    if (isGroup(alert)) return t("queue.group", { count: this.alerts.members(alert.key).length });
    return this.places.name(alert);
  }
}
