// When plans are flown: a week, a day by drone, what is due next, what became of it.

import { api } from "../api.js";
import { h, write } from "../dom.js";
import { age, known } from "../format.js";
import { LOCALE, t } from "../words.js";
import { apart } from "./amounts.js";
import { askBy } from "./asking.js";
import { conflictLine } from "./conflicts.js";
import { gantt } from "./gantt.js";
import { order } from "./order_dialog.js";
import { dayTime, trouble } from "./said.js";
import { clockOf, dayOf, fromLocal, later } from "../zones.js";

const PERIOD = 15000; // ms between two readings while it is shown
const WEEK = 7;
const NEXT = 6;

const span = (begin, end, zone) => apart(`${clockOf(begin, zone)}–${clockOf(end, zone)}`);

export class ScheduleView {
  constructor(root, app) {
    Object.assign(this, { root, app, runs: [], conflicts: [], orders: [], next: [], chosen: null, day: null, read: 0 });
    const button = (word, onclick, label = null) => h("button", { type: "button", class: "button", onclick, "aria-label": label }, word);
    this.heading = h("h2", {});
    this.problem = h("p", { class: "plan-problem", role: "alert", hidden: true });
    this.week = h("div", { class: "plan-week" });
    this.gantt = h("div", { class: "plan-gantt-root" });
    this.side = h("div", { class: "plan-due" });
    const bar = h(
      "div",
      { class: "plan-weekbar" },
      button(t("plan.week.today"), () => this.goTo(dayOf(Date.now(), app.zone()))),
      button(t("plan.week.before"), () => this.goTo(later(this.first, -WEEK))),
      button(t("plan.week.after"), () => this.goTo(later(this.first, WEEK))),
      this.heading,
    );
    root.append(h("div", { class: "plan-times-main" }, bar, this.problem, this.week, this.gantt), this.side);
    app.look.addEventListener("change", () => this.first && this.load());
  }

  goTo(week) {
    this.app.router.go("plan", { tab: "schedule", week });
  }

  show({ week, order: chosenOrder = null, run = null }) {
    const zone = this.app.zone();
    const given = /^\d{4}-\d\d-\d\d$/.test(week ?? "") && !Number.isNaN(Date.parse(week)) ? week : null;
    this.first = given ?? dayOf(Date.now(), zone); // what comes next is in view, also on a Sunday
    this.chosenOrder = chosenOrder;
    this.chosen = run;
    this.day = this.first;
    this.load();
  }

  refresh() {
    if (this.first && Date.now() - this.read > PERIOD) this.load();
  }

  async load() {
    this.read = Date.now();
    const { first } = this;
    const zone = this.app.zone();
    const begin = fromLocal(`${first}T00:00`, zone);
    const end = fromLocal(`${later(first, WEEK)}T00:00`, zone);
    try {
      const [schedule, next, orders] = await Promise.all([
        api.get(`/schedule/runs?begin=${encodeURIComponent(begin)}&end=${encodeURIComponent(end)}`),
        api.get(`/schedule/next?count=${NEXT}`),
        api.get("/schedule/orders?limit=500"),
      ]);
      if (first !== this.first) return;
      Object.assign(this, { runs: schedule.runs, conflicts: schedule.conflicts, next, orders: orders.items });
      this.say("");
    } catch (error) {
      this.say(trouble(error, this.app.zone()));
    }
    this.draw();
  }

  say(words) {
    this.problem.hidden = !words;
    write(this.problem, words);
  }

  draw() {
    const zone = this.app.zone();
    const focused = document.activeElement?.dataset?.focus;
    const format = (day, options) => new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...options }).format(Date.parse(`${day}T12:00Z`));
    write(this.heading, t("plan.week.title", { from: format(this.first, { day: "numeric", month: "short" }), to: format(later(this.first, WEEK - 1), { day: "numeric", month: "short", year: "numeric" }) }));
    const today = dayOf(Date.now(), zone);
    const days = Array.from({ length: WEEK }, (_, i) => later(this.first, i));
    this.week.replaceChildren(
      ...days.map((day) => {
        const runs = this.runs.filter((run) => dayOf(run.time, zone) === day);
        return h(
          "section",
          { class: "plan-day", "data-today": String(day === today), "data-chosen": String(day === this.day) },
          h(
            "h3",
            {},
            h("button", { type: "button", "aria-pressed": String(day === this.day), "data-focus": day, onclick: () => this.pickDay(day) }, format(day, { weekday: "short", day: "numeric" }), ...(day === today ? [` · ${t("plan.week.today")}`] : [])),
          ),
          ...(runs.length ? [h("ul", {}, ...runs.map((run) => h("li", {}, this.card(run, zone))))] : []),
        );
      }),
    );
    const dayRuns = this.runs.filter((run) => dayOf(run.time, zone) === this.day || dayOf(run.end, zone) === this.day);
    this.gantt.replaceChildren(...gantt(dayRuns, { zone, now: this.app.clock.now(), title: t("plan.gantt.title", { day: format(this.day, { weekday: "long", day: "numeric", month: "long" }) }), conflicts: this.conflicts, chosen: this.chosen, choose: (run) => this.choose(run) }));
    this.drawSide(zone);
    if (focused) document.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  pickDay(day) {
    this.day = day;
    this.draw();
  }

  of(run) {
    return this.conflicts.filter((one) => one.run === run.id || one.other_run === run.id);
  }

  card(run, zone) {
    const against = this.of(run).length;
    return h(
      "button",
      {
        type: "button",
        class: "plan-run",
        "data-state": run.state,
        "data-focus": run.id,
        "data-new": String(run.order === this.chosenOrder),
        "aria-pressed": String(run.id === this.chosen),
        onclick: () => this.choose(run),
      },
      h("time", { datetime: run.time }, clockOf(run.time, zone)),
      h("span", { class: "name" }, run.name),
      h("span", { class: "state" }, t(`plan.state.${run.state}`)),
      ...(against && ["planned", "due"].includes(run.state) ? [h("span", { class: "against" }, t("plan.run.conflicts", { count: against }))] : []),
    );
  }

  choose(run) {
    this.chosen = run.id === this.chosen ? null : run.id;
    this.day = dayOf(run.time, this.app.zone());
    this.draw();
  }

  drawSide(zone) {
    const run = this.runs.find(({ id }) => id === this.chosen);
    this.side.replaceChildren(...(run ? this.runParts(run, zone) : []), ...this.nextParts(zone), ...this.orderParts(zone));
  }

  runParts(run, zone) {
    const button = (word, onclick, more = {}) => h("button", { type: "button", class: "button", onclick, ...more }, t(word));
    const open = ["planned", "due", "overdue"].includes(run.state);
    const known = this.orders.find(({ id }) => id === run.order);
    const conflicts = this.of(run);
    const drones = run.flights.map((one) => h("li", {}, `${one.asset_name ?? t("plan.order.nobody")} · ${span(one.start, one.end, zone)}`));
    return [
      h(
        "section",
        { class: "plan-run-parts" },
        h("h2", {}, run.name),
        h("p", {}, `${t(`plan.state.${run.state}`)} · ${span(run.time, run.end, zone)}`),
        ...(run.who ? [h("p", { class: "quiet" }, `${run.who}${run.why ? `: ${run.why}` : ""}`)] : []),
        h("ul", { class: "plan-flights" }, ...drones),
        h(
          "div",
          { class: "plan-buttons" },
          ...(open ? [button("plan.run.flown", () => this.flown(run)), button("plan.run.cancel", () => this.cancel(run))] : [button("plan.run.restore", () => this.mark(run, "restore", {}))]),
          h("a", { class: "button", href: `/plan?plan=${run.plan}&version=${run.plan_version}` }, t("plan.run.plan")),
          ...(known ? [button("plan.order.edit", () => this.edit(known)), button("plan.order.delete", () => this.end(known))] : []),
        ),
        ...(conflicts.length ? [h("h3", {}, t("plan.order.against")), h("ul", { class: "plan-findings" }, ...conflicts.map((one) => conflictLine(one, zone)))] : []),
      ),
    ];
  }

  nextParts(zone) {
    const line = (one) => {
      const percent = (value) => (known(value) ? apart(`${Math.round(value)} %`) : "—");
      const [battery, later] = [percent(one.battery_percent), percent(one.battery_then)];
      const ready = one.ready === null ? "unknown" : !one.ready ? "bad" : battery === later ? "good" : "then";
      return h(
        "li",
        {},
        h("span", { class: "name" }, one.name),
        h("span", { class: "quiet" }, t("plan.next.in", { age: age(one.seconds), clock: clockOf(one.flight.start, zone) })),
        h("span", {}, one.flight.asset_name ?? t("plan.order.nobody")),
        h("span", { class: "ready", "data-state": ready }, t(`plan.next.${ready}`, { battery, later, need: Math.round(100 * one.flight.battery_need) })),
      );
    };
    return [h("section", {}, h("h2", {}, t("plan.next")), ...(this.next.length ? [h("ul", { class: "plan-next" }, ...this.next.map(line))] : [h("p", { class: "hint" }, t("plan.next.none"))]))];
  }

  orderParts(zone) {
    const line = (one) =>
      h(
        "li",
        {},
        h("span", { class: "name" }, one.name),
        h("span", { class: "quiet" }, one.next ? t("plan.orders.next", { time: dayTime(one.next, zone) }) : t("plan.orders.over")),
        ...(one.when.kind === "recurring" ? [h("span", { class: "quiet", dir: "ltr" }, `${one.when.cron} · ${one.when.zone}`)] : []),
        h(
          "span",
          { class: "plan-buttons" },
          h("button", { type: "button", class: "button quiet", "data-focus": `edit-${one.id}`, "aria-label": `${t("plan.order.edit")}: ${one.name}`, onclick: () => this.edit(one) }, t("plan.order.edit")),
          h("button", { type: "button", class: "button quiet", "data-focus": `end-${one.id}`, "aria-label": `${t("plan.order.delete")}: ${one.name}`, onclick: () => this.end(one) }, t("plan.order.delete")),
        ),
      );
    return [h("section", {}, h("h2", {}, t("plan.orders")), ...(this.orders.length ? [h("ul", { class: "plan-next" }, ...this.orders.map(line))] : [h("p", { class: "hint" }, t("plan.orders.none"))]))];
  }

  /** Do what changes something, in the name of `who`, or of who is here; says what went wrong. */
  async act(what, who = null) {
    const name = who ?? (await this.app.operator());
    if (name === null) return null;
    try {
      const done = await what(name);
      await this.load();
      return done;
    } catch (error) {
      this.app.say(trouble(error, this.app.zone()), { kind: "problem" });
      return null;
    }
  }

  mark(run, what, more, name = null) {
    return this.act((who) => api.post(`/schedule/runs/${run.id}/${what}`, { who, ...more }), name);
  }

  async cancel(run) {
    const answer = await askBy(this.app.person, {
      title: t("plan.run.cancel.title", { name: run.name }),
      fields: [{ name: "why", label: t("plan.run.why"), required: true, longest: 500 }],
      action: t("plan.run.cancel"),
      danger: true,
    });
    if (answer === null) return;
    const done = await this.mark(run, "cancel", { why: answer.why }, answer.who);
    if (done) this.app.say(t("plan.run.cancelled", { name: run.name }), { undo: () => this.mark(run, "restore", {}) });
  }

  async flown(run) {
    const answer = await askBy(this.app.person, {
      title: t("plan.run.flown.title", { name: run.name }),
      fields: [{ name: "why", label: t("plan.run.note"), longest: 500 }],
      action: t("plan.run.flown"),
    });
    if (answer) await this.mark(run, "flown", { why: answer.why }, answer.who);
  }

  async edit(known) {
    try {
      const fresh = await api.get(`/schedule/orders/${known.id}`);
      const plan = await api.get(`/plans/${fresh.plan}?version=${fresh.plan_version}`);
      const { order: kept } = await order(this.app, plan, fresh);
      if (kept) {
        this.app.say(t("plan.order.changed", { name: kept.name }));
        await this.load();
      }
    } catch (error) {
      this.app.say(trouble(error, this.app.zone()), { kind: "problem" });
    }
  }

  async end(known) {
    const gone = await this.act(async (who) => {
      const fresh = await api.get(`/schedule/orders/${known.id}`);
      return api.delete(`/schedule/orders/${known.id}?who=${encodeURIComponent(who)}`, { etag: `"${fresh.revision}"` });
    });
    const back = () => this.act((who) => api.post(`/schedule/orders/${known.id}/restore`, { who }));
    if (gone) this.app.say(t("plan.order.deleted", { name: known.name }), { undo: back });
  }
}
