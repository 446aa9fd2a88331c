// The question when a plan is flown and by whom: it shows the coming times and what speaks against
// them before anything is kept. A plan that is not kept yet is kept with its first order.

import { api } from "../api.js";
import { h, write } from "../dom.js";
import { t } from "../words.js";
import { nameFields } from "./asking.js";
import { conflictLine } from "./conflicts.js";
import { keep, keysOf, saveOptions } from "./keep.js";
import { droneFields } from "./order_drones.js";
import { WhenFields } from "./order_when.js";
import { dayTime, trouble } from "./said.js";
import { toLocal } from "../zones.js";
import { choiceOf, whenOf } from "./when.js";

const PATIENCE = 300; // ms after a change until it is asked what comes of it
const TIMES = 6; // that are shown
const AHEAD = 30 * 60000; // ms from now that a new order is first meant for
const STEP = 5 * 60000;
const BUSY = ["same_drone", "battery_not_back"];

/**
 * Ask when `plan` is flown, with `old` how that order is to be changed. `plan` is a kept one, or one
 * that was made: { job, base, keys, name, drones }. Resolves to { order, plan } as they are kept then;
 * either is null if it is not.
 */
export async function order(app, plan, old = null) {
  try {
    const drones = await api.get("/drones");
    return await new OrderDialog(app, plan, old, drones).open();
  } catch (error) {
    app.say(trouble(error, app.zone()), { kind: "problem" });
    return { order: null, plan: null };
  }
}

class OrderDialog {
  constructor(app, plan, old, { fleet, battery_charge: charge }) {
    Object.assign(this, { app, plan, old });
    this.made = plan.job ? plan : null; // not kept yet
    this.kept = null; // what was kept of it here
    const zone = app.look.home;
    const soon = Math.ceil((Date.now() + AHEAD) / STEP) * STEP;
    this.choice = old
      ? choiceOf(old.when, zone)
      : { repeat: "once", zone, local: toLocal(soon, zone), days: [1], cron: "30 6 * * 1-5", until: "" };
    this.keys = keysOf();
    this.found = null; // what the last preview told
    this.drones = droneFields(plan.drones, fleet, old, () => this.later());
    this.when = new WhenFields(this.choice, zone, () => this.later());
    this.chargeNow = old?.battery_charge ?? charge;
  }

  open() {
    return new Promise((resolve) => {
      this.close = (given) => {
        clearTimeout(this.timer);
        this.dialog.close();
        this.dialog.remove();
        resolve({ order: given, plan: this.kept });
      };
      this.build();
      document.body.append(this.dialog);
      this.dialog.showModal();
      this.dialog.querySelector("[name=repeat]:checked").focus();
      this.preview();
    });
  }

  build() {
    this.times = h("ul", { class: "plan-times" });
    this.against = h("div", { class: "plan-against", role: "status" });
    this.trouble = h("p", { class: "plan-problem", role: "alert", hidden: true });
    this.name = h("input", { type: "text", id: "order-name", name: "name", required: true, maxlength: 200, value: this.old?.name ?? this.plan.name, oninput: () => this.again() });
    this.as = this.made?.base ? h("select", { id: "order-as" }, ...saveOptions(this.made.base).map(({ value, label }) => h("option", { value }, label))) : null;
    this.who = nameFields(this.app.person).map(({ label }) => ({ label, input: h("input", { type: "text", id: "order-who", name: "who", required: true, maxlength: 60, autocomplete: "off" }) }))[0];
    this.note = h("input", { type: "text", id: "order-note", maxlength: 1000, value: this.old?.note ?? "", oninput: () => this.ready() });
    this.noteLabel = h("label", { for: "order-note" }, t("plan.order.note"));
    this.charge = h("input", { type: "number", id: "order-charge", min: 0, max: 1440, step: 1, value: Math.round(this.chargeNow / 60), oninput: () => this.later() });
    this.keep = h("button", { type: "submit", class: "button main" }, t(this.old ? "plan.order.change" : "plan.order.keep"));
    const field = (id, words, input) => h("div", { class: "plan-field" }, h("label", { for: id }, words), input);
    const left = [
      field("order-name", t(this.made ? "plan.order.both" : "plan.order.name"), this.name),
      ...(this.as ? [field("order-as", t("plan.save.as"), this.as)] : []),
      ...this.when.elements,
      ...this.drones.elements,
      h("details", { class: "plan-more" }, h("summary", {}, t("plan.more")), field("order-charge", t("plan.order.charge"), this.charge)),
    ];
    const right = [
      h("h3", {}, t("plan.order.times")),
      this.times,
      h("h3", {}, t("plan.order.against")),
      this.against,
      h("div", { class: "plan-field" }, this.noteLabel, this.note),
      ...(this.who ? [field("order-who", this.who.label, this.who.input), h("p", { class: "hint" }, t("plan.who"))] : []),
    ];
    const title = this.old ? "plan.order.title.change" : "plan.order.title";
    const send = (event) => {
      event.preventDefault();
      this.send();
    };
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
        { novalidate: true, onsubmit: send },
        h("h2", { id: "plan-order-title" }, t(title, { name: this.plan.name })),
        h("div", { class: "plan-order-halves" }, h("div", { class: "plan-fields" }, ...left), h("div", { class: "plan-fields" }, ...right)),
        this.trouble,
        h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "button", onclick: () => this.close(null) }, t("dialog.cancel")), this.keep),
      ),
    );
  }

  body() {
    return {
      name: this.name.value.trim() || this.plan.name,
      when: whenOf(this.choice),
      drones: this.drones.read(),
      battery_charge: 60 * (this.charge.valueAsNumber || 0),
      note: this.note.value.trim(),
    };
  }

  /** The plan that it is for, as the server wants to be told. */
  of() {
    const kept = this.kept ?? (this.made ? null : this.plan);
    return kept ? { plan: kept.id, plan_version: this.old?.plan_version ?? kept.version } : { job: this.made.job };
  }

  later() {
    this.found = null;
    this.ready();
    this.again();
  }

  /** Ask anew, soon: another name is another word in what was found, no more. */
  again() {
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
      const found = await api.post("/schedule/preview", { ...this.body(), ...this.of(), ...(this.old ? { order: this.old.id } : {}) });
      if (round !== this.round) return;
      // Drones that nobody chose need not be those that fly already then.
      if (found.conflicts.some(({ kind }) => BUSY.includes(kind)) && this.drones.others()) await this.preview();
      else this.show(found, found.times.length ? "" : t("plan.order.never"));
    } catch (error) {
      if (round === this.round) this.show(null, trouble(error, this.choice.zone));
    }
  }

  show(found, problem) {
    this.found = found?.times.length ? found : null;
    this.say(problem);
    const { zone } = this.choice;
    const times = found?.times ?? [];
    const more = times.length > TIMES || found?.more ? [h("li", { class: "quiet" }, t("plan.order.more"))] : [];
    this.times.replaceChildren(...times.slice(0, TIMES).map((time) => h("li", {}, h("time", { datetime: time }, dayTime(time, zone)))), ...more);
    const conflicts = found?.conflicts ?? [];
    const left = conflicts.length - TIMES;
    this.against.replaceChildren(
      ...(found && !conflicts.length ? [h("p", { class: "plan-verdict", "data-state": "good" }, t("plan.order.free"))] : []),
      ...(conflicts.length ? [h("p", { class: "plan-verdict", "data-state": "warned" }, t("plan.order.conflicts", { count: conflicts.length }))] : []),
      h("ul", { class: "plan-findings" }, ...conflicts.slice(0, TIMES).map((one) => conflictLine(one, zone)), ...(left > 0 ? [h("li", { class: "quiet" }, t("plan.order.left", { count: left }))] : [])),
    );
    this.ready();
  }

  say(problem) {
    this.trouble.hidden = !problem;
    write(this.trouble, problem);
  }

  /** With conflicts it is kept only for a reason. */
  ready() {
    for (const part of [this.times, this.against]) part.dataset.pending = String(this.found === null);
    const conflicts = this.found?.conflicts.length ?? 0;
    write(this.noteLabel, t(conflicts ? "plan.order.reason" : "plan.order.note"));
    this.keep.disabled = this.found === null || (conflicts > 0 && this.note.value.trim() === "");
    write(this.keep, t(conflicts ? "plan.order.accept" : this.old ? "plan.order.change" : "plan.order.keep"));
  }

  /** Whether all is written that must be; says what is not. */
  complete() {
    const blank = [this.name, this.who?.input].find((input) => input && input.value.trim() === "");
    if (!blank) return true;
    this.say(t(blank === this.name ? "plan.order.missing.name" : "plan.order.missing.who"));
    blank.focus();
    return false;
  }

  async send() {
    if (this.keep.disabled || !this.complete()) return;
    const { person } = this.app;
    if (this.who) person.keep(this.who.input.value.trim());
    const who = person.known;
    this.keep.disabled = true;
    try {
      if (this.made && !this.kept) this.kept = await keep(this.made, { who, name: this.body().name, as: this.as?.value });
      const body = { ...this.body(), ...this.of(), who, accept_conflicts: this.found.conflicts.length > 0 };
      const given = this.old
        ? await api.put(`/schedule/orders/${this.old.id}`, body, { etag: `"${this.old.revision}"` })
        : await api.post("/schedule/orders", body, { key: this.keys(body) });
      this.close(given);
    } catch (error) {
      // What somebody else has scheduled meanwhile is shown as well.
      if (error.kind === "conflicts") await this.preview();
      else this.show(this.found, trouble(error, this.choice.zone));
    }
  }
}
