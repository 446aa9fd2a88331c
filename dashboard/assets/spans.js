// Choosing a stretch of time: the last hours or days, or from one moment to another.

import { h } from "./dom.js";
import { TimeField } from "./time_field.js";
import { t } from "./words.js";

const HOUR = 3_600_000;

export class Spans {
  /**
   * `hours` are what is offered, the usual one first; `onChange({ span, from, to })` with hours as text, or two times of the
   * API. `zone()` is that of the times that are written.
   */
  constructor(root, { hours, zone, clock, onChange }) {
    this.zone = zone;
    this.clock = clock;
    this.usual = hours[0];
    this.hours = [...hours].sort((a, b) => a - b);
    this.buttons = this.hours.map((count) =>
      h(
        "button",
        { type: "button", onclick: () => onChange({ span: String(count), from: null, to: null }) },
        count < 48 ? t("queue.hours", { hours: count }) : t("span.days", { days: count / 24 }),
      ),
    );
    root.append(
      h("div", { class: "segments spans", role: "group", "aria-label": t("span.last") }, ...this.buttons),
    );
    const chosen = () => this.choose(onChange);
    // It runs from left to right as the axes of time do.
    const fields = h("span", { class: "span-fields", dir: "ltr" });
    const field = (name) => new TimeField(fields, { name, label: t(`span.${name}`), now: () => clock.now(), onChange: chosen, seconds: false });
    this.from = field("from");
    fields.append(h("span", { class: "span-to", "aria-hidden": "true" }, "–"));
    this.to = field("to");
    root.append(fields);
  }

  /** Show what the address says. [start, end] in ms. */
  show({ span, from, to }) {
    const [start, end] = this.of({ span, from, to });
    const fixed = Boolean(from && to);
    this.hours.forEach((count, i) => {
      this.buttons[i].setAttribute("aria-pressed", String(!fixed && count === this.count(span)));
    });
    for (const [field, ms] of [
      [this.from, start],
      [this.to, end],
    ])
      if (document.activeElement !== field.input) field.write(ms, this.zone());
    return [start, end];
  }

  choose(onChange) {
    const [from, to] = [this.from.read(), this.to.read()];
    if (from < to) onChange({ span: null, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  }

  of({ span, from, to }) {
    if (from && to && Date.parse(from) < Date.parse(to)) return [Date.parse(from), Date.parse(to)];
    const now = this.clock.now();
    return [now - this.count(span) * HOUR, now];
  }

  count(span) {
    return this.hours.find((hours) => String(hours) === span) ?? this.usual;
  }
}
