// The plans that are kept: found, looked at, renamed, copied, compared, handed on, put away.

import { api } from "../api.js";
import { ask } from "../dialog.js";
import { h, write } from "../dom.js";
import { Table } from "../table.js";
import { t, told } from "../words.js";
import { askBy } from "./asking.js";
import { chooseFile } from "./import.js";
import { KIND_NAMES } from "./kinds.js";
import { tellLost, trouble } from "./said.js";
import { toLocal } from "../zones.js";

const PATIENCE = 250; // ms after a letter until it is searched for
const PAGE = 500; // plans that are asked for at once
const FORMS = ["plan", "waypoints", "kml", "kmz", "geojson", "gpx", "json"];
const AUTOPILOT = ["plan", "waypoints"];

/**
 * `chosen` is the plan that is looked at, `pair` two that are compared, `differences` theirs.
 * Dispatches `shown` when one of these is another, `change` and `order` (detail: the plan) when it is
 * to be changed or scheduled.
 */
export class Kept extends EventTarget {
  constructor(root, app) {
    super();
    Object.assign(this, { root, app, chosen: null, pair: null, differences: [], plans: [], wanted: null });
    this.build();
  }

  build() {
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), PATIENCE);
    };
    this.search = h("input", { type: "search", class: "plan-search", placeholder: t("plan.search"), "aria-label": t("plan.search"), oninput: later });
    this.kind = h(
      "select",
      { "aria-label": t("plan.filter"), onchange: () => this.load() },
      h("option", { value: "" }, t("plan.filter.all")),
      ...KIND_NAMES.map((name) => h("option", { value: name }, t(`plan.kind.${name}`))),
    );
    this.deleted = h("input", { type: "checkbox", onchange: () => this.load() });
    this.note = h("p", { class: "plan-problem", role: "alert", hidden: true });
    const rows = h("div", { class: "plan-list" });
    this.root.append(
      h("div", { class: "plan-filters" }, this.search, this.kind, h("label", { class: "plan-choice" }, this.deleted, t("plan.deleted")), h("button", { type: "button", class: "button", onclick: () => this.import() }, t("plan.import.plan"))),
      this.note,
      rows,
    );
    this.table = new Table(rows, {
      label: t("plan.tab.plans"),
      empty: t("plan.none"),
      key: (plan) => plan.id,
      onChoose: (plan) => this.app.router.go("plan", { plan: plan.id }),
      columns: [
        { id: "name", label: t("plan.name"), width: "minmax(120px, 1.7fr)", sort: (plan) => plan.name, write: (cell, plan) => plan.name },
        { id: "kind", label: t("plan.kind.short"), width: "minmax(76px, 0.9fr)", sort: (plan) => kindWords(plan), write: (cell, plan) => kindWords(plan) },
        { id: "passed", label: t("plan.flyable"), width: "88px", sort: (plan) => Number(plan.passed), write: passedCell },
        { id: "time", label: t("plan.time"), width: "104px", sort: (plan) => Date.parse(plan.changed_time), write: (cell, plan) => this.time(plan.changed_time) },
      ],
    });
    this.app.look.addEventListener("change", () => this.table.show(this.plans));
  }

  time(time) {
    const [, month, day, clock] = /^\d+-(\d+)-(\d+)T(.*)$/.exec(toLocal(time, this.app.zone()));
    return `${day}.${month}. ${clock}`;
  }

  problem(words) {
    this.note.hidden = !words;
    write(this.note, words ?? "");
  }

  async load() {
    const query = new URLSearchParams({ limit: PAGE, name: this.search.value, deleted: this.deleted.checked });
    if (this.kind.value) query.set("kind", this.kind.value);
    this.round = (this.round ?? 0) + 1;
    const { round } = this;
    try {
      const plans = [];
      let cursor = null;
      do {
        if (cursor) query.set("cursor", cursor);
        const page = await api.get(`/plans?${query}`);
        if (round !== this.round) return;
        plans.push(...page.items);
        cursor = page.next;
      } while (cursor);
      this.plans = plans;
      this.problem("");
      this.table.show(plans);
      this.table.choose(this.chosen?.id ?? null);
    } catch (error) {
      this.problem(trouble(error, this.app.zone()));
    }
  }

  /** Show what the address names. */
  async show({ plan = null, version = null, with: other = null }) {
    if (!this.round) this.load();
    const wanted = [plan, version, other].join();
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    try {
      const chosen = plan && (await whole(plan, version));
      const second = other && (await whole(other));
      const compared = other && (await api.get(`/plans/compare?one=${plan}&other=${other}${version ? `&one_version=${version}` : ""}`));
      if (wanted !== this.wanted) return;
      this.chosen = chosen || null;
      this.pair = other ? [chosen, second] : null;
      this.differences = compared?.differences ?? [];
      this.problem("");
    } catch (error) {
      this.chosen = this.pair = this.wanted = null;
      this.problem(trouble(error, this.app.zone()));
    }
    this.table.choose(plan);
    this.dispatchEvent(new Event("shown"));
  }

  /** Read again what is shown, and the list. */
  async anew() {
    const { plan, version, with: other } = this.app.router.params;
    this.wanted = null;
    await Promise.all([this.load(), this.show({ plan, version, with: other })]);
  }

  /** The buttons for a plan. */
  actions(plan) {
    const button = (word, onclick, more = {}) => h("button", { type: "button", class: "button", onclick, ...more }, t(word));
    if (plan.deleted_time) return [button("plan.restore", () => this.restore(plan))];
    const tell = (name) => () => this.dispatchEvent(new CustomEvent(name, { detail: plan }));
    return [
      button("plan.schedule.open", tell("order"), { class: "button main", disabled: !plan.passed }),
      button("plan.change", tell("change"), { disabled: !plan.request }),
      button("plan.export", () => this.export(plan)),
      button("plan.compare", () => this.compare(plan), { disabled: this.plans.length < 2 }),
      button("plan.rename", () => this.rename(plan)),
      button("plan.copy", () => this.copy(plan)),
      button("plan.delete", () => this.delete(plan)),
      ...this.versions(plan),
    ];
  }

  versions(plan) {
    const newest = this.plans.find(({ id }) => id === plan.id)?.version ?? plan.version;
    if (newest < 2) return [];
    const select = h(
      "select",
      { "aria-label": t("plan.version.choose"), onchange: () => this.app.router.go("plan", { plan: plan.id, version: select.value }) },
      ...Array.from({ length: newest }, (_, i) => h("option", { value: newest - i }, t("plan.version", { n: newest - i }))),
    );
    select.value = plan.version;
    return [select];
  }

  /** Do what changes something, in the name of `who`, or of who is here; says what went wrong. */
  async act(what, who = null) {
    const name = who ?? (await this.app.operator());
    if (name === null) return null;
    try {
      const done = await what(name);
      await this.anew();
      return done;
    } catch (error) {
      this.app.say(trouble(error, this.app.zone()), { kind: "problem" });
      return null;
    }
  }

  askName(title, value) {
    const fields = [{ name: "name", label: t("plan.name"), required: true, longest: 200, value }];
    return askBy(this.app.person, { title, fields, action: t("plan.save") });
  }

  async rename(plan) {
    const answer = await this.askName(t("plan.rename.title"), plan.name);
    if (answer) await this.act((who) => api.patch(`/plans/${plan.id}`, { who, name: answer.name }, { etag: `"${plan.revision}"` }), answer.who);
  }

  async copy(plan) {
    const answer = await this.askName(t("plan.copy.title"), t("plan.copy.name", { name: plan.name }));
    if (!answer) return;
    const made = await this.act((who) => api.post(`/plans/${plan.id}/copy`, { who, name: answer.name, version: plan.version }, { key: crypto.randomUUID() }), answer.who);
    if (made) this.app.router.go("plan", { plan: made.id });
  }

  async delete(plan) {
    const done = await this.act(async (who) => {
      const gone = await api.delete(`/plans/${plan.id}?who=${encodeURIComponent(who)}`, { etag: `"${plan.revision}"` });
      this.app.router.go("plan");
      return gone;
    });
    if (done) this.app.say(t("plan.deleted.done", { name: plan.name }), { undo: () => this.restore(plan) });
  }

  async restore(plan) {
    const back = await this.act((who) => api.post(`/plans/${plan.id}/restore`, { who }));
    if (back) this.app.router.go("plan", { plan: back.id });
  }

  async import() {
    const file = await chooseFile(".json");
    if (!file) return;
    const made = await this.act((who) => api.post(`/plans/import?who=${encodeURIComponent(who)}`, undefined, { file, key: crypto.randomUUID() }));
    if (made) this.app.router.go("plan", { plan: made.id });
  }

  async export(plan) {
    const options = FORMS.filter((form) => plan.passed || !AUTOPILOT.includes(form)).map((form) => ({ value: form, label: `${t(`plan.export.${form}`)} (.${form})` }));
    const answer = await ask({
      title: t("plan.export.title"),
      words: plan.passed ? "" : t("plan.export.unproved"),
      fields: [{ name: "form", label: t("plan.export.form"), type: "select", options }],
      action: t("plan.export"),
    });
    if (answer === null) return;
    const query = `form=${answer.form}&version=${plan.version}`;
    try {
      const report = await api.get(`/plans/${plan.id}/export/report?${query}`);
      h("a", { href: `/api/v1/plans/${plan.id}/export?${query}`, download: report.name }).click();
      tellLost(this.app.say, report.name, report.losses, this.app.zone());
    } catch (error) {
      this.app.say(trouble(error, this.app.zone()), { kind: "problem" });
    }
  }

  async compare(plan) {
    const options = this.plans.filter(({ id }) => id !== plan.id).map(({ id, name }) => ({ value: id, label: name }));
    const answer = await ask({
      title: t("plan.compare.title", { name: plan.name }),
      fields: [{ name: "other", label: t("plan.compare.with"), type: "select", options }],
      action: t("plan.compare"),
    });
    if (answer) this.app.router.go("plan", { plan: plan.id, version: this.app.router.params.version, with: answer.other });
  }
}

const whole = (id, version = null) => api.get(`/plans/${id}${version ? `?version=${version}` : ""}`);

const kindWords = (plan) => told(`plan.kind.${plan.kind}`, plan.kind);

function passedCell(cell, { passed, warnings }) {
  cell.dataset.state = passed ? (warnings ? "warned" : "good") : "bad";
  return t(`plan.verdict.short.${passed ? "good" : "bad"}`);
}
