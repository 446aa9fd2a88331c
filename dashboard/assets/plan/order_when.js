// The fields that say when a plan is flown: once or again and again, in which zone.

import { h } from "../dom.js";
import { LOCALE, t } from "../words.js";
import { DAYS, REPEATS } from "./when.js";

export class WhenFields {
  /** `choice` is changed as it is made; `changed()` is called then. `home` is the room's zone. */
  constructor(choice, home, changed) {
    Object.assign(this, { choice, home, changed });
    this.fields = h("div", { class: "plan-fields" });
    this.write();
    this.elements = [this.repeats(), this.fields];
  }

  repeats() {
    const radio = (value) =>
      h(
        "label",
        { class: "plan-choice" },
        h("input", {
          type: "radio",
          name: "repeat",
          value,
          checked: this.choice.repeat === value,
          onchange: () => {
            this.choice.repeat = value;
            this.write();
            this.changed();
          },
        }),
        t(`plan.repeat.${value}`),
      );
    return h("div", { class: "plan-choices", role: "radiogroup", "aria-label": t("plan.order.repeat") }, ...REPEATS.map(radio));
  }

  write() {
    const { choice } = this;
    const set = (name) => (event) => {
      if (!event.target.checkValidity() || (event.target.required && !event.target.value)) return;
      choice[name] = event.target.value;
      this.changed();
    };
    const field = (name, words, input) => h("div", { class: "plan-field" }, h("label", { for: `order-${name}` }, t(words)), input);
    const input = (name, type, more = {}) => h("input", { id: `order-${name}`, name, type, required: true, ...more });
    const part = (from, to) => ({ target }) => {
      if (!target.value) return;
      choice.local = `${from === 0 ? target.value : choice.local.slice(0, 10)}T${to ? choice.local.slice(11) : target.value}`;
      this.changed();
    };
    const once = choice.repeat === "once";
    const zone = field("zone", "plan.order.zone", this.zones(set("zone")));
    if (once) {
      this.fields.replaceChildren(pair(field("local", "plan.order.time", input("local", "datetime-local", { value: choice.local, oninput: set("local") })), zone));
      return;
    }
    const days = choice.repeat === "weekly" ? [this.days()] : [];
    const from = field("from", "plan.order.from", input("from", "date", { value: choice.local.slice(0, 10), oninput: part(0, true) }));
    const until = field("until", "plan.order.until", input("until", "date", { required: false, value: choice.until, oninput: set("until") }));
    if (choice.repeat === "cron") {
      const cron = field("cron", "plan.order.cron", input("cron", "text", { value: choice.cron, maxlength: 100, dir: "ltr", oninput: set("cron") }));
      this.fields.replaceChildren(pair(cron, zone), h("p", { class: "hint" }, t("plan.order.cron.words")), pair(from, until));
      return;
    }
    const time = field("time", "plan.order.clock", input("time", "time", { value: choice.local.slice(11), oninput: part(1, false) }));
    this.fields.replaceChildren(pair(time, zone), ...days, pair(from, until));
  }

  days() {
    const monday = Date.UTC(2024, 0, 1);
    const name = (i) => new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" }).format(monday + i * 86_400_000);
    const box = (day, i) => {
      const input = h("input", {
        type: "checkbox",
        name: `day-${day}`,
        checked: this.choice.days.includes(day),
        onchange: () => {
          const others = this.choice.days.filter((other) => other !== day);
          this.choice.days = input.checked ? [...others, day].sort() : others;
          this.changed();
        },
      });
      return h("label", { class: "plan-choice" }, input, name(i));
    };
    return h("div", { class: "plan-choices", role: "group", "aria-label": t("plan.order.days") }, ...DAYS.map(box));
  }

  zones(onchange) {
    const all = new Set([this.home, "UTC", this.choice.zone, ...Intl.supportedValuesOf("timeZone")]);
    const select = h("select", { id: "order-zone", name: "zone", dir: "ltr", onchange }, ...[...all].map((zone) => h("option", { value: zone }, zone)));
    select.value = this.choice.zone;
    return select;
  }
}

const pair = (...fields) => h("div", { class: "plan-pair" }, ...fields);
