// Choosing a stretch of time: the last hours or days, or from one moment to another.

import { h } from "./dom.js";
import { t } from "./words.js";
import { fromZone, inZone } from "./zones.js";

const HOUR = 3_600_000;

export class Spans {
  /**
   * `hours` are what is offered; `onChange({ span, from, to })` with hours as text, or two times of the
   * API. `zone()` is that of the times that are written.
   */
  constructor(root, { hours, zone, clock, onChange }) {
    this.zone = zone;
    this.clock = clock;
    this.hours = hours;
    this.buttons = hours.map((count) =>
      h(
        "button",
        { type: "button", onclick: () => onChange({ span: String(count), from: null, to: null }) },
        count < 48 ? t("queue.hours", { hours: count }) : t("span.days", { days: count / 24 }),
      ),
    );
    const field = (label) =>
      h("input", {
        class: "field",
        type: "datetime-local",
        "aria-label": t(label),
        title: t(label),
        onchange: () => {
          const [from, to] = [this.from, this.to].map(({ value }) => fromZone(value, zone()));
          if (from < to)
            onChange({ span: null, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
        },
      });
    this.from = field("span.from");
    this.to = field("span.to");
    root.append(
      h("div", { class: "segments spans", role: "group", "aria-label": t("span.last") }, ...this.buttons),
      this.from,
      h("span", { class: "span-to", "aria-hidden": "true" }, "–"),
      this.to,
    );
  }

  /** Show what the address says. [start, end] in ms. */
  show({ span, from, to }) {
    const [start, end] = this.of({ span, from, to });
    const fixed = Boolean(from && to);
    this.hours.forEach((count, i) => {
      this.buttons[i].setAttribute("aria-pressed", String(!fixed && count === this.count(span)));
    });
    for (const [input, ms] of [
      [this.from, start],
      [this.to, end],
    ])
      if (document.activeElement !== input) input.value = inZone(ms, this.zone()).slice(0, 16);
    return [start, end];
  }

  of({ span, from, to }) {
    if (from && to && Date.parse(from) < Date.parse(to)) return [Date.parse(from), Date.parse(to)];
    const now = this.clock.now();
    return [now - this.count(span) * HOUR, now];
  }

  count(span) {
    return this.hours.find((hours) => String(hours) === span) ?? this.hours[0];
  }
}
