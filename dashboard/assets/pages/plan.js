// The page "plan": plans that are kept, one that is being made, and when they are flown.

import { h, write } from "../dom.js";
import { rightToLeft } from "../words.js";
import { Avoided } from "../plan/avoided.js";
import { Bench } from "../plan/bench.js";
import { compareView } from "../plan/compare.js";
import { Drawing } from "../plan/drawing.js";
import { Kept } from "../plan/kept.js";
import { PlanMap } from "../plan/map.js";
import { order } from "../plan/order_dialog.js";
import { pairLayers, planLayers } from "../plan/plan_layers.js";
import { resultView } from "../plan/result.js";
import { ScheduleView } from "../plan/schedule.js";
import { dayOf } from "../zones.js";

const TABS = ["plans", "new", "schedule"];
const PAIR = ["one", "other"];

export default class PlanPage {
  constructor(root, app, { actions }) {
    this.app = app;
    this.tab = null;
    this.fitted = false; // whether the plan that is being made has been brought into view
    this.build(root, actions);
    this.view = new PlanMap(this.mapRoot, app.look);
    this.view.ground = new Avoided(this.view, this.stage, app.fences, app.clock);
    this.view.add("plan", () => planLayers("plan"));
    PAIR.forEach((name, i) => this.view.add(name, () => pairLayers(name, `--plan-${name}`, i === 1)));
    this.drawing = new Drawing(this.view);
    this.bench = new Bench(this.panels.new, app, { view: this.view, drawing: this.drawing, strip: this.strip });
    this.bench.addEventListener("result", () => this.showMade());
    this.kept = new Kept(this.panels.plans, app);
    this.kept.addEventListener("shown", () => this.showKept());
    this.kept.addEventListener("change", ({ detail }) => this.changePlan(detail));
    this.kept.addEventListener("order", ({ detail }) => this.order(detail));
    this.schedule = new ScheduleView(this.panels.schedule, app);
    app.keys.add("n", "plan.key.new", () => this.begin(), "plan");
    app.keys.add("1", "plan.tab.plans", () => app.router.go("plan"), "plan");
    app.keys.add("2", "plan.tab.new", () => this.go("new"), "plan");
    app.keys.add("3", "plan.tab.schedule", () => this.go("schedule"), "plan");
  }

  build(root, actions) {
    const { t } = this.app;
    this.tabs = Object.fromEntries(
      TABS.map((name) => [
        name,
        h("button", { type: "button", role: "tab", id: `plan-tab-${name}`, "aria-controls": `plan-panel-${name}`, onclick: () => this.go(name) }, t(`plan.tab.${name}`)),
      ]),
    );
    const list = h("div", { class: "plan-tabs", role: "tablist", "aria-label": t("page.plan"), onkeydown: (event) => this.arrow(event) }, ...Object.values(this.tabs));
    this.panels = Object.fromEntries(
      TABS.map((name) => [
        name,
        h("div", { class: `plan-panel plan-panel-${name}`, role: "tabpanel", id: `plan-panel-${name}`, "aria-labelledby": `plan-tab-${name}`, hidden: true }),
      ]),
    );
    this.mapRoot = h("div", { class: "map", dir: "ltr" });
    this.aside = h("div", { class: "plan-aside", hidden: true, role: "region", "aria-label": t("plan.result") });
    this.strip = h("p", { class: "plan-strip", role: "status", hidden: true });
    this.stage = h("div", { class: "plan-stage" }, this.mapRoot, h("div", { class: "plan-cross", "aria-hidden": "true" }), this.strip, this.aside);
    this.said = h("p", { class: "unseen", role: "status" });
    actions.append(list, h("button", { type: "button", class: "button main plan-new", onclick: () => this.begin() }, t("plan.new")));
    this.frame = h("div", { class: "plan-page" }, this.panels.plans, this.panels.new, this.stage, this.panels.schedule, this.said);
    root.append(this.frame);
  }

  arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = TABS.indexOf(this.tab) + (rightToLeft ? -step : step);
    const name = TABS[(at + TABS.length) % TABS.length];
    this.go(name);
    this.tabs[name].focus();
  }

  go(tab, params = {}) {
    this.app.router.go("plan", tab === "plans" ? params : { tab, ...params });
  }

  show(params) {
    const tab = TABS.includes(params.tab) ? params.tab : "plans";
    const before = this.tab;
    this.tab = tab;
    for (const name of TABS) {
      this.panels[name].hidden = name !== tab;
      this.tabs[name].setAttribute("aria-selected", String(name === tab));
      this.tabs[name].tabIndex = name === tab ? 0 : -1;
    }
    this.stage.hidden = tab === "schedule";
    if (tab !== "schedule" && this.view.open()) {
      this.drawing.attach();
      this.view.whenReady.then(() => this.showDraft());
    }
    if (tab === "schedule") this.schedule.show(params);
    if (tab === "plans") this.kept.show(params);
    if (tab === "new") {
      this.bench.load();
      if (before !== "new" && !this.bench.job.result) this.bench.where.begin();
    }
    if (before !== tab) this.drawAll();
    this.showDraft();
  }

  hide() {
    this.drawing.cancel();
  }

  refresh() {
    if (this.tab === "schedule") this.schedule.refresh();
  }

  /** What is drawn can be seen only where it is drawn. */
  showDraft() {
    this.drawing.shown = this.tab === "new" ? this.bench.where.shownNames : [];
    if (this.tab !== "new") this.drawing.cancel();
    this.drawing.draw();
    this.bench.where.showSize();
  }

  begin() {
    this.bench.begin();
    this.go("new");
    this.bench.where.begin();
  }

  async changePlan(plan) {
    this.go("new");
    await this.bench.change(plan);
  }

  drawAll() {
    if (this.tab === "new") this.showMade();
    else if (this.tab === "plans") this.showKept();
  }

  /** The plan that was just made. */
  showMade() {
    if (this.tab !== "new") return;
    const { job } = this.bench;
    for (const name of PAIR) this.view.show(name, []);
    if (job.result === null) {
      this.aside.hidden = true;
      this.view.show("plan", []);
      this.fitted = false;
      return;
    }
    if (job.running) {
      // What is shown is not what the form says any more: it is not kept by mistake.
      for (const button of this.aside.querySelectorAll(".plan-buttons button")) button.disabled = true;
      return;
    }
    const { t } = this.app;
    this.draw(job.result, [
      h("button", { type: "button", class: "button main", onclick: () => this.save() }, t("plan.save.open")),
      h("button", { type: "button", class: "button", disabled: !job.result.passed, onclick: () => this.order(this.bench.unsaved()) }, t("plan.schedule.open")),
    ]);
    const { bounds, passed, totals } = job.result;
    // Only the first time: who drags a corner keeps the map as it is.
    if (!this.fitted) this.fit([bounds]);
    this.fitted = true;
    write(this.said, t("plan.made", { sorties: totals.sorties, verdict: t(`plan.verdict.short.${passed ? "good" : "bad"}`) }));
  }

  /** The plan of the list that is chosen, or two beside each other. */
  showKept() {
    if (this.tab !== "plans") return;
    const { chosen, differences, pair } = this.kept;
    PAIR.forEach((name, i) => this.view.show(name, pair ? pair[i].result.map.features : []));
    if (pair) {
      this.view.show("plan", []);
      this.aside.replaceChildren(...compareView(pair, differences, () => this.go("plans", { plan: chosen.id })));
      this.aside.hidden = false;
      this.fit(pair.map(({ result }) => result.bounds));
    } else if (chosen) {
      this.draw(chosen.result, this.kept.actions(chosen), chosen.name);
      this.fit([chosen.result.bounds]);
    } else {
      this.view.show("plan", []);
      this.aside.hidden = true;
    }
  }

  fit(all) {
    const [west, south, east, north] = [Math.min, Math.min, Math.max, Math.max].map((take, i) => take(...all.map((one) => one[i])));
    if (!this.view.map) return;
    const wide = this.aside.hidden ? 0 : this.aside.offsetWidth + 12;
    const covered = rightToLeft ? { left: wide } : { right: wide };
    this.view.whenReady.then(() => this.view.fit([west, south, east, north], covered));
  }

  draw(result, buttons, name = "") {
    const { t } = this.app;
    // The newest figures stand where the last did: the eye must not search for them.
    const { scrollTop } = this.aside;
    this.shown = { result, marks: [] };
    this.view.show("plan", result.map.features);
    this.aside.replaceChildren(
      h("h2", {}, name || t("plan.result")),
      h("div", { class: "plan-buttons" }, ...buttons),
      resultView(result, this.app.zone(), {
        sortie: (number) => this.mark(number === null ? [] : result.map.features.filter(({ properties }) => properties.role === "way" && properties.number === number), "chosen"),
        finding: (one) => {
          this.mark([{ type: "Feature", geometry: { type: "Point", coordinates: [one.longitude, one.latitude] }, properties: {} }], "finding");
          this.view.goTo(one.longitude, one.latitude);
        },
      }),
    );
    this.aside.hidden = false;
    this.aside.scrollTop = scrollTop;
  }

  /** Point at something of the plan. */
  mark(features, role) {
    const marks = features.map((one) => ({ ...one, properties: { ...one.properties, role } }));
    this.view.show("plan", [...this.shown.result.map.features, ...marks]);
  }

  async save() {
    const kept = await this.bench.save();
    if (!kept) return;
    this.isKept(kept);
    this.saved(kept);
  }

  /** Show what is kept now. */
  saved(kept) {
    this.app.say(this.app.t("plan.saved", { name: kept.name }));
    this.go("plans", { plan: kept.id });
  }

  /** What is made from now on is another version of it. */
  isKept(kept) {
    this.bench.base = { ...kept, request: null };
    this.kept.load();
  }

  /** Have a plan flown; one that was just made is kept with it. */
  async order(plan) {
    const { order: given, plan: kept } = await order(this.app, plan);
    if (kept) this.isKept(kept);
    if (kept && !given) this.saved(kept);
    if (!given) return;
    this.app.say(this.app.t("plan.scheduled", { name: given.name }));
    this.go("schedule", { week: given.next && dayOf(given.next, this.app.zone()), order: given.id });
  }
}
