// A time as the rest of the page writes it: 2026-11-20 17:05:00, or by a picker, or from now on back.
// The browser's own field would follow the browser's language and not the page's.

import { h } from "./dom.js";
import { t } from "./words.js";
import { fromZone, inZone } from "./zones.js";

export const FORMS = "2026-11-20 17:05, 17:05, now, now-2h";
const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export class TimeField {
  /** `now()` in ms; `onChange()` when a time was written or picked; `seconds`: whether they are shown. */
  constructor(root, { name, label, now, onChange = () => {}, seconds = true }) {
    this.now = now;
    this.onChange = onChange;
    this.seconds = seconds;
    this.zone = "UTC"; // of what is written
    this.input = h("input", {
      class: "field",
      type: "text",
      name,
      autocomplete: "off",
      spellcheck: "false",
      title: `${label}. ${t("time.forms", { forms: FORMS })}`,
      "aria-label": label,
      onchange: onChange,
    });
    this.native = h("input", { type: "datetime-local", step: "1", tabindex: "-1", "aria-hidden": "true", onchange: () => this.take() });
    const words = t("time.pick");
    const button = h("button", { type: "button", title: words, "aria-label": words, onclick: () => this.pick() }, "▾");
    root.append(h("span", { class: "time-field", dir: "ltr" }, this.input, button, this.native));
  }

  /** Write a moment by the clock of a zone. */
  write(ms, zone) {
    this.zone = zone;
    this.input.value = inZone(ms, zone).replace("T", " ").slice(0, this.seconds ? 19 : 16);
  }

  /** The moment in ms; NaN if none is written. */
  read() {
    return readTime(this.input.value, this.zone, this.now());
  }

  pick() {
    const time = this.read();
    this.native.value = Number.isNaN(time) ? "" : inZone(time, this.zone);
    this.native.showPicker();
  }

  take() {
    if (!this.native.value) return;
    this.input.value = this.native.value.replace("T", " ");
    this.onChange();
  }
}

/** `2026-11-20 17:05[:00]`, `17:05[:00]` of today, `now`, `now-90m`; NaN for what is none of these. */
export function readTime(text, zone, now) {
  const told = text.trim();
  const back = /^now(?:\s*-\s*(\d{1,5})\s*([smhd]))?$/i.exec(told);
  if (back) return now - (back[1] ? Number(back[1]) * UNITS[back[2].toLowerCase()] : 0);
  const form = /^(?:(\d{4}-\d{2}-\d{2})[ T]+)?(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(told);
  if (!form) return NaN;
  const [, date = inZone(now, zone).slice(0, 10), hour, minute, second = "00"] = form;
  return fromZone(`${date}T${hour.padStart(2, "0")}:${minute}:${second}`, zone);
}
