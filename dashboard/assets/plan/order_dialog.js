// The question when a plan is flown and by whom: it shows the coming times and what speaks against
// them before anything is kept.

import { api } from "../api.js";
import { h, write } from "../dom.js";
import { known } from "../format.js";
import { LOCALE, t } from "../words.js";
import { conflictLine } from "./conflicts.js";
import { toLocal } from "../zones.js";
import { DAYS, REPEATS, choiceOf, whenOf } from "./when.js";

const PATIENCE = 300; // ms after a change until it is asked what comes of it
const TIMES = 6; // that are shown
const AHEAD = 30 * 60000; // ms from now that a new order is first meant for
const STEP = 5 * 60000;

/**
 * Ask when `plan` is flown; with `old` how that order is to be changed. Resolves to the order that
 * is kept then, or null.
 */
export async function order(app, plan, old = null) {
  const who = await app.operator();
  if (who === null) return null;
  try {
    const { fleet } = await api.get("/drones");
    return await new OrderDialog(app, plan, old, who, fleet).open();
  } catch (error) {
    app.say(error.detail ?? error.message, { kind: "problem" });
    return null;
  }
}

class OrderDialog {
  constructor(app, plan, old, who, fleet) {
    Object.assign(this, { app, plan, old, who, fleet });
    const zone = app.look.home;
    const soon = Math.ceil((Date.now() + AHEAD) / STEP) * STEP;
    this.choice = old
      ? choiceOf(old.when, zone)
      : { repeat: "once", zone, local: toLocal(soon, zone), days: [1], cron: "30 6 * * 1-5", until: "" };
    this.key = crypto.randomUUID();
    this.found = null; // what the last preview told
  }

  open() {
    return new Promise((resolve) => {
      this.close = (value) => {
        clearTimeout(this.timer);
        this.dialog.close();
        this.dialog.remove();
        resolve(value);
      };
      this.build();
      document.body.append(this.dialog);
      this.dialog.showModal();
      this.dialog.querySelector("[name=repeat]:checked").focus();
      this.preview();
    });
  }

  build() {
    this.when = h("div", { class: "plan-fields" });
    this.times = h("ul", { class: "plan-times" });
    this.against = h("div", { class: "plan-against", role: "status" });
    this.trouble = h("p", { class: "plan-problem", role: "alert", hidden: true });
    this.name = h("input", { type: "text", id: "order-name", required: true, maxlength: 200, value: this.old?.name ?? this.plan.name });
    this.note = h("input", { type: "text", id: "order-note", maxlength: 1000, value: this.old?.note ?? "", oninput: () => this.ready() });
    this.noteLabel = h("label", { for: "order-note" }, t("plan.order.note"));
    this.charge = h("input", { type: "number", id: "order-charge", min: 0, max: 1440, step: 1, value: Math.round((this.old?.battery_charge ?? 0) / 60), oninput: () => this.later() });
    this.keep = h("button", { type: "submit", class: "button main" }, t(this.old ? "plan.order.change" : "plan.order.keep"));
    const field = (label, input) => h("div", { class: "plan-field" }, label, input);
    this.writeWhen();
    this.dialog = h(
      "dialog",
      {
        class: "dialog plan-order",
        "aria-labelledby": "plan-order-title",
        oncancel: (event) => {
          event.preventDefault();
          this.close(null);
        },
      },
      h(
        "form",
        {
          novalidate: true,
          onsubmit: (event) => {
            event.preventDefault();
            this.send();
          },
        },
        h("h2", { id: "plan-order-title" }, t(this.old ? "plan.order.title.change" : "plan.order.title", { name: this.plan.name })),
        h(
          "div",
          { class: "plan-order-halves" },
          h(
            "div",
            { class: "plan-fields" },
            this.repeats(),
            this.when,
            ...this.assignments(),
            field(h("label", { for: "order-name" }, t("plan.order.name")), this.name),
            h("details", { class: "plan-more" }, h("summary", {}, t("plan.more")), field(h("label", { for: "order-charge" }, t("plan.order.charge")), this.charge)),
          ),
          h(
            "div",
            { class: "plan-fields" },
            h("h3", {}, t("plan.order.times")),
            this.times,
            h("h3", {}, t("plan.order.against")),
            this.against,
            field(this.noteLabel, this.note),
          ),
        ),
        this.trouble,
        h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "button", onclick: () => this.close(null) }, t("dialog.cancel")), this.keep),
      ),
    );
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
            this.writeWhen();
            this.later();
          },
        }),
        t(`plan.repeat.${value}`),
      );
    return h("div", { class: "plan-choices", role: "radiogroup", "aria-label": t("plan.order.repeat") }, ...REPEATS.map(radio));
  }

  writeWhen() {
    const { choice } = this;
    const set = (name) => (event) => {
      if (!event.target.checkValidity() || (event.target.required && !event.target.value)) return;
      choice[name] = event.target.value;
      this.later();
    };
    const field = (name, words, input) => h("div", { class: "plan-field" }, h("label", { for: `order-${name}` }, t(words)), input);
    const input = (name, type, more = {}) => h("input", { id: `order-${name}`, name, type, required: true, ...more });
    const part = (from, to) => ({ target }) => {
      if (!target.value) return;
      choice.local = `${from === 0 ? target.value : choice.local.slice(0, 10)}T${to ? choice.local.slice(11) : target.value}`;
      this.later();
    };
    const once = choice.repeat === "once";
    const parts = once
      ? [field("local", "plan.order.time", input("local", "datetime-local", { value: choice.local, oninput: set("local") }))]
      : [
          ...(choice.repeat === "cron"
            ? [field("cron", "plan.order.cron", input("cron", "text", { value: choice.cron, maxlength: 100, dir: "ltr", oninput: set("cron") })), h("p", { class: "hint" }, t("plan.order.cron.words"))]
            : [field("time", "plan.order.clock", input("time", "time", { value: choice.local.slice(11), oninput: part(1, false) }))]),
          ...(choice.repeat === "weekly" ? [this.days()] : []),
          field("from", "plan.order.from", input("from", "date", { value: choice.local.slice(0, 10), oninput: part(0, true) })),
          field("until", "plan.order.until", input("until", "date", { required: false, value: choice.until, oninput: set("until") })),
        ];
    this.when.replaceChildren(...parts, field("zone", "plan.order.zone", this.zones(set("zone"))));
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
          this.later();
        },
      });
      return h("label", { class: "plan-choice" }, input, name(i));
    };
    return h("div", { class: "plan-choices", role: "group", "aria-label": t("plan.order.days") }, ...DAYS.map(box));
  }

  zones(onchange) {
    const all = new Set([this.app.look.home, "UTC", this.choice.zone, ...Intl.supportedValuesOf("timeZone")]);
    const select = h("select", { id: "order-zone", name: "zone", dir: "ltr", onchange }, ...[...all].map((zone) => h("option", { value: zone }, zone)));
    select.value = this.choice.zone;
    return select;
  }

  /** Who flies: for each drone of the plan one of the fleet, those on the ground with most battery first. */
  assignments() {
    const rank = (one) => (one.airborne ? -1000 : 0) + (known(one.battery_percent) ? one.battery_percent : -1);
    const free = [...this.fleet].sort((a, b) => rank(b) - rank(a));
    const planned = this.plan.drones.map(({ asset }) => asset).filter(Boolean);
    const rest = free.filter(({ key }) => !planned.includes(key));
    this.selects = this.plan.drones.map(({ name, asset }, i) => {
      const words = (one) => `${one.name}${known(one.battery_percent) ? ` · ${Math.round(one.battery_percent)} %` : ""}${one.airborne ? ` · ${t("plan.drones.airborne")}` : ""}`;
      const select = h(
        "select",
        { id: `order-drone-${i}`, name: `drone-${i}`, onchange: () => this.later() },
        h("option", { value: "" }, t(asset ? "plan.order.planned" : "plan.order.nobody")),
        ...free.map((one) => h("option", { value: one.key }, words(one))),
      );
      select.value = this.old ? (this.old.drones[name] ?? "") : asset ? "" : (rest.shift()?.key ?? "");
      return { name, select };
    });
    return this.selects.map(({ name, select }) => h("div", { class: "plan-field" }, h("label", { for: select.id }, t("plan.order.drone", { name })), select));
  }

  body() {
    const drones = Object.fromEntries(this.selects.filter(({ select }) => select.value).map(({ name, select }) => [name, select.value]));
    return {
      name: this.name.value.trim() || this.plan.name,
      when: whenOf(this.choice),
      drones,
      battery_charge: 60 * (this.charge.valueAsNumber || 0),
      note: this.note.value.trim(),
      plan: this.plan.id,
      plan_version: this.old?.plan_version ?? this.plan.version,
    };
  }

  later() {
    this.found = null;
    this.ready();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.preview(), PATIENCE);
  }

  async preview() {
    this.round = (this.round ?? 0) + 1;
    const { round } = this;
    const weekly = this.choice.repeat === "weekly" && !this.choice.days.length;
    if (weekly) {
      this.show(null, t("plan.order.days.none"));
      return;
    }
    try {
      const found = await api.post("/schedule/preview", { ...this.body(), ...(this.old ? { order: this.old.id } : {}) });
      if (round === this.round) this.show(found, found.times.length ? "" : t("plan.order.never"));
    } catch (error) {
      if (round === this.round) this.show(null, error.detail ?? error.message);
    }
  }

  show(found, problem) {
    this.found = found?.times.length ? found : null;
    this.trouble.hidden = !problem;
    write(this.trouble, problem);
    const { zone } = this.choice;
    const format = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
    const times = found?.times ?? [];
    const more = times.length > TIMES || found?.more ? [h("li", { class: "quiet" }, t("plan.order.more"))] : [];
    this.times.replaceChildren(...times.slice(0, TIMES).map((time) => h("li", {}, h("time", { datetime: time }, format.format(Date.parse(time))))), ...more);
    const conflicts = found?.conflicts ?? [];
    this.against.replaceChildren(
      ...(found && !conflicts.length ? [h("p", { class: "plan-verdict", "data-state": "good" }, t("plan.order.free"))] : []),
      ...(conflicts.length ? [h("p", { class: "plan-verdict", "data-state": "warned" }, t("plan.order.conflicts", { count: conflicts.length }))] : []),
      h("ul", { class: "plan-findings" }, ...conflicts.slice(0, TIMES).map((one) => conflictLine(one, zone))),
    );
    this.ready();
  }

  /** With conflicts it is kept only for a reason. */
  ready() {
    for (const part of [this.times, this.against]) part.dataset.pending = String(this.found === null);
    const conflicts = this.found?.conflicts.length ?? 0;
    write(this.noteLabel, t(conflicts ? "plan.order.reason" : "plan.order.note"));
    this.keep.disabled = this.found === null || (conflicts > 0 && this.note.value.trim() === "");
    write(this.keep, t(conflicts ? "plan.order.accept" : this.old ? "plan.order.change" : "plan.order.keep"));
  }

  async send() {
    if (this.keep.disabled) return;
    const body = { ...this.body(), who: this.who, accept_conflicts: this.found.conflicts.length > 0 };
    this.keep.disabled = true;
    try {
      const kept = this.old
        ? await api.put(`/schedule/orders/${this.old.id}`, body, { etag: `"${this.old.revision}"` })
        : await api.post("/schedule/orders", body, { key: this.key });
      this.close(kept);
    } catch (error) {
      // What somebody else has scheduled meanwhile is shown as well.
      if (error.kind === "conflicts") await this.preview();
      else this.show(this.found, error.detail ?? error.message);
    }
  }
}
