// Where a plan is made: what is to be flown over, how, and by whom. It is planned anew as soon as one
// of these has changed and nothing is missing.

import { api } from "../api.js";
import { h, write } from "../dom.js";
import { t } from "../words.js";
import { askBy } from "./asking.js";
import { Drones } from "./drones.js";
import { Field } from "./form.js";
import { drawn, geometry } from "./geometry.js";
import { PlanJob } from "./job.js";
import { keep, keysOf, saveOptions } from "./keep.js";
import { KIND_NAMES, countOf, fieldsOf, valuesOf } from "./kinds.js";
import { Progress } from "./progress.js";
import { trouble } from "./said.js";
import { Where } from "./where.js";

const PATIENCE = 450; // ms after a change until it is planned anew
const QUICK = 4; // seconds; what takes longer is planned when it is asked for

/** Dispatches `result` when there is another plan to be shown, or none. */
export class Bench extends EventTarget {
  constructor(root, app, { view, drawing, strip }) {
    super();
    Object.assign(this, { root, app, drawing });
    this.kind = "search";
    this.values = valuesOf(this.kind);
    this.job = new PlanJob();
    this.base = null; // the kept plan that is being changed
    this.seconds = 0; // that the last plan took
    this.timer = null;
    this.job.addEventListener("change", () => this.showJob());
    drawing.addEventListener("change", () => this.drawnAnew());
    this.where = new Where({ drawing, view, strip, asked: () => this, problem: (error) => this.problem(trouble(error, this.app.zone())) });
    this.build();
  }

  /** Learn what can be planned, and what of the fleet is free now. */
  async load() {
    this.loading ??= api.get("/plan-kinds");
    try {
      const [kinds, drones, watches] = await Promise.all([this.loading, api.get("/drones"), keptWatches()]);
      this.drones.know(drones);
      this.watches = watches;
      if (this.schemas) return;
      this.schemas = Object.fromEntries(kinds.kinds.map(({ kind, form }) => [kind, form]));
      this.writeFields();
      this.where.show();
    } catch (error) {
      this.loading = null;
      this.problem(trouble(error, this.app.zone()));
    }
  }

  build() {
    const kind = h(
      "select",
      { id: "plan-kind", onchange: () => this.choose(kind.value) },
      ...KIND_NAMES.map((name) => h("option", { value: name }, t(`plan.kind.${name}`))),
    );
    this.kindChoice = kind;
    this.kindHint = h("p", { class: "hint" });
    this.fields = h("div", { class: "plan-fields" }, h("p", { class: "hint" }, t("page.loading")));
    this.more = h("div", { class: "plan-fields" });
    this.who = h("div", { class: "plan-who" });
    this.drones = new Drones(this.who);
    this.drones.addEventListener("change", () => {
      this.drawing.shown = this.where.shownNames;
      this.drawing.draw();
      this.changed({ cameras: true });
    });
    this.foot = new Progress(this.job, () => this.app.zone(), () => this.plan());
    const step = (n, words, ...content) => h("section", { class: "plan-step" }, h("h2", {}, h("span", { class: "step" }, String(n)), t(words)), ...content);
    this.root.append(
      h(
        "div",
        { class: "plan-scroll" },
        h("div", { class: "plan-field wide" }, h("label", { for: "plan-kind" }, t("plan.kind")), kind, this.kindHint),
        step(1, "plan.step.where", this.where.tools, this.where.note),
        step(2, "plan.step.how", this.fields, h("details", { class: "plan-more" }, h("summary", {}, t("plan.more")), this.more)),
        step(3, "plan.step.drones", this.who, this.where.home),
      ),
      this.foot.element,
    );
    this.writeKind();
  }

  /** Begin an empty plan. */
  begin() {
    this.base = null;
    this.job.cancel();
    this.job.forget();
    this.drawing.clear();
    this.choose("search");
    this.where.begin();
    this.told();
  }

  /** Change a plan that is kept: its request is written into the form. */
  async change(plan) {
    await this.load();
    const { request } = plan;
    this.base = plan;
    this.job.cancel();
    this.job.forget();
    this.drawing.clear();
    this.kind = request.kind;
    this.values = { ...request };
    this.writeKind();
    this.drones.take(request);
    const home = request.drones.find((one) => one.home)?.home;
    if (home) this.drawing.set("home", { form: "point", places: [[home.longitude, home.latitude]] }, { silent: true });
    const name = this.where.name;
    const given = request[name];
    const shape = given.type ? drawn(given) : { form: "point", places: [[given.longitude, given.latitude]] };
    this.where.begin();
    this.drawing.cancel();
    this.drawing.set(name, shape);
  }

  choose(kind) {
    this.kind = kind;
    this.values = valuesOf(kind);
    this.seconds = 0; // another kind takes another time
    this.drones.expect(countOf(kind));
    this.writeKind();
    this.job.cancel();
    this.job.forget();
    this.told();
    this.where.begin();
    this.changed();
  }

  writeKind() {
    this.kindChoice.value = this.kind;
    write(this.kindHint, t(`plan.kind.${this.kind}.words`));
    if (this.schemas) this.writeFields();
    this.where.write();
  }

  writeFields() {
    const schema = this.schemas[this.kind];
    const { first, others } = fieldsOf(this.kind, this.values, schema);
    const zone = this.app.zone();
    const make = (name) =>
      new Field(name, schema.properties[name], {
        defs: schema.$defs,
        value: this.values[name],
        zone,
        options: { camera: this.drones.camerasNow, previous: this.watches }[name],
        changed: () => this.fieldChanged(name),
      });
    this.made = [...first, ...others].map(make);
    const elements = this.made.map(({ element }) => element);
    this.fields.replaceChildren(...elements.slice(0, first.length));
    this.more.replaceChildren(...elements.slice(first.length));
  }

  fieldChanged(name) {
    this.readFields();
    if (name === "pattern") {
      this.writeFields();
      this.where.write();
      this.where.begin();
      this.fields.querySelector("[name=pattern]")?.focus();
    }
    if (name === "side") this.drawnAnew();
    else this.changed();
  }

  readFields() {
    for (const field of this.made ?? []) {
      const value = field.read();
      if (value === undefined) delete this.values[field.name];
      else this.values[field.name] = value;
    }
  }

  drawnAnew() {
    const { shape } = this.where;
    this.where.placeHome();
    if (shape) this.drones.near(shape.places[0]);
    this.where.show();
    this.changed();
  }

  /** What is asked of the planner; null while something is missing. */
  form() {
    const name = this.where.name;
    const shape = this.drawing.shapes[name];
    const who = this.drones.read(this.drawing.shapes.home?.places[0]);
    if (!shape || !who || !this.made || this.made.some((field) => field.wrong)) return null;
    this.readFields();
    const schema = this.schemas[this.kind];
    if ((schema.required ?? []).some((one) => !(one in this.values) && !["kind", "drones", name].includes(one)))
      return null;
    const shown = new Set(this.made.map((field) => field.name));
    const told = Object.entries(this.values).filter(([one]) => shown.has(one));
    const [longitude, latitude] = shape.places[0];
    const where = name === "datum" ? { longitude, latitude } : geometry(shape);
    return { ...Object.fromEntries(told), kind: this.kind, [name]: where, ...who };
  }

  /** Something is otherwise: plan it anew where that is quick. */
  changed({ cameras = false } = {}) {
    if (cameras && this.schemas && this.made?.some(({ name }) => name === "camera")) {
      this.readFields();
      if (!this.drones.camerasNow.includes(this.values.camera)) delete this.values.camera;
      const open = this.more.contains(document.activeElement);
      if (!open) this.writeFields();
    }
    this.where.show();
    clearTimeout(this.timer);
    const form = this.form();
    this.foot.go.disabled = form === null;
    if (form === null || this.drawing.tool) {
      if (!this.job.running) this.foot.say(form === null ? this.missing() : "");
      return;
    }
    if (this.where.size.large) this.foot.say(t("plan.large"));
    else if (this.seconds > QUICK) this.foot.say(t(this.job.result ? "plan.changed" : "plan.ready"));
    else this.timer = setTimeout(() => this.plan(), PATIENCE);
  }

  missing() {
    if (!this.where.shape) return t("plan.missing.shape");
    if (this.drones.mode === "fleet" && !this.drones.chosen.size) return t("plan.missing.drones");
    return t("plan.missing.fields");
  }

  plan() {
    clearTimeout(this.timer);
    const form = this.form();
    if (form) this.job.begin(form);
  }

  problem(words) {
    this.foot.problem(words);
  }

  showJob() {
    const { job } = this;
    if (job.told?.ended_time && job.state === "done") this.seconds = job.told.seconds;
    this.foot.show();
    this.told();
  }

  told() {
    this.dispatchEvent(new Event("result"));
  }

  /** Keep the plan under a name, or as the next version. The kept plan, or null. */
  async save() {
    const made = this.unsaved();
    const fields = [{ name: "name", label: t("plan.name"), required: true, longest: 200, value: made.name }];
    if (made.base) fields.push({ name: "as", label: t("plan.save.as"), type: "select", options: saveOptions(made.base) });
    const answer = await askBy(this.app.person, { title: t("plan.save.title"), fields, action: t("plan.save") });
    if (answer === null) return null;
    try {
      return await keep(made, answer);
    } catch (error) {
      this.problem(trouble(error, this.app.zone()));
      return null;
    }
  }

  /** The plan that was just made, as something to be kept. */
  unsaved() {
    const { app, base, job } = this;
    const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "2-digit", timeZone: app.zone() }).format(Date.now());
    const drones = new Map(job.result.sorties.map(({ drone, kind, asset }) => [drone, { name: drone, kind, asset }]));
    return { job: job.made, base, keys: keysOf(), name: base?.name ?? `${t(`plan.kind.${this.kind}`)} ${day}`, drones: [...drones.values()] };
  }
}

/** Kept plans of crowds, as options; none while the database is away, which hinders no planning. */
async function keptWatches() {
  try {
    const { items } = await api.get("/plans?kind=crowd&limit=100");
    return items.map(({ id, name }) => ({ value: id, label: name }));
  } catch (error) {
    console.info("watches before:", error.message);
    return [];
  }
}
