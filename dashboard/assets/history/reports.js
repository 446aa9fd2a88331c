// Reports: what is asked, the table, the chart, and the same for print.

import { h, write } from "../dom.js";
import { Table } from "../table.js";
import { language, t } from "../words.js";
import { resolve } from "./choice.js";
import { draw } from "./plot.js";
import { printed } from "./print.js";
import { asked } from "./recording.js";
import { columns, figures } from "./report_columns.js";

const KINDS = ["trips", "stops", "overspeed", "flights", "visits", "days"];
const LIMIT = 70_000; // ms; the server takes 60 s at most
const KMH = 3.6;
const HEIGHT = 360; // CSS pixels of a chart that has not a line for each asset, as the server says it …
const HEIGHT_LEAST = 200; // … and where there is less room
const SHARE = 0.44; // of the page that it takes at most; the style sheet says the same

/** What a kind of report can be asked with, besides assets and time. */
const WITH = {
  trips: ["still_speed", "stop_after"],
  stops: ["still_speed", "stop_after"],
  overspeed: ["limit", "zones"],
  flights: [],
  visits: ["made_of", "fences"],
  days: ["still_speed"],
};

export class Reports {
  /** `choice()` gives assets and time, or null; `list()` the API's assets. */
  constructor(root, app, { choice, list }) {
    Object.assign(this, { app, choice, list });
    this.made = null; // { report, query, choice }
    this.asking = null;
    this.kind = h(
      "select",
      { "aria-label": t("history.report.kind"), onchange: () => this.turnKind() },
      ...KINDS.map((kind) => h("option", { value: kind }, t(`history.report.${kind}`))),
    );
    const numeric = (name, value, min, max) =>
      h("input", { type: "number", name, value, min, max, step: "any", required: true });
    this.inputs = {
      still_speed: numeric("still_speed", 5.4, 0, 180),
      stop_after: numeric("stop_after", 3, 0.2, 1440),
      limit: numeric("limit", 100, 1, 720),
      zones: h(
        "select",
        { name: "zones" },
        ...["true", "false"].map((value) => h("option", { value }, t(`history.zones.${value}`))),
      ),
      made_of: h(
        "select",
        { name: "made_of" },
        ...["events", "positions"].map((value) => h("option", { value }, t(`history.made.${value}`))),
      ),
      fences: h("select", { name: "fences" }, h("option", { value: "" }, t("history.fences.all"))),
    };
    this.fields = Object.entries(this.inputs).map(([name, input]) =>
      h("label", { "data-name": name }, h("span", {}, t(`history.with.${name}`)), input),
    );
    this.state = h("span", { class: "report-state", role: "status" });
    this.csv = h("a", { class: "button", download: "", hidden: true }, t("history.report.csv"));
    this.printer = h(
      "button",
      { type: "button", class: "button", hidden: true, onclick: () => this.print() },
      t("history.report.print"),
    );
    this.totals = h("dl", { class: "report-totals" });
    this.figure = h("div", { class: "report-figure", dir: "ltr" });
    this.holder = h("div", { class: "report-table" });
    this.paper = h("article", { class: "report-print" });
    root.append(
      h(
        "form",
        {
          class: "past-bar report-bar",
          novalidate: true,
          onsubmit: (event) => {
            event.preventDefault();
            this.make();
          },
        },
        h("label", {}, h("span", {}, t("history.report.kind")), this.kind),
        ...this.fields,
        h("button", { type: "submit", class: "button main" }, t("history.report.make")),
        this.csv,
        this.printer,
        this.state,
      ),
      (this.hint = h("p", { class: "report-hint" }, t("history.report.hint"))),
      (this.body = h(
        "div",
        { class: "report", hidden: true },
        this.totals,
        h("section", { class: "report-chart", "aria-label": t("history.report.chart") }, this.figure),
        this.holder,
      )),
      this.paper,
    );
    document.addEventListener("keydown", (event) => {
      const prints = (event.ctrlKey || event.metaKey) && event.key === "p";
      if (!prints || !this.made || root.hidden || app.router.page !== "history") return;
      event.preventDefault();
      this.print();
    });
    this.turnKind();
  }

  /** Take over the kind that an address names. */
  set({ kind }) {
    if (!KINDS.includes(kind) || kind === this.kind.value) return;
    this.kind.value = kind;
    this.turnKind();
  }

  turnKind() {
    const asks = WITH[this.kind.value];
    for (const field of this.fields) field.hidden = !asks.includes(field.dataset.name);
    if (asks.includes("fences") && !this.fencesAsked) this.offerFences();
  }

  async offerFences() {
    this.fencesAsked = true;
    try {
      const fences = await this.app.api.get("/geofences");
      this.inputs.fences.append(...fences.map(({ id, name }) => h("option", { value: id }, name)));
    } catch (error) {
      this.fencesAsked = false;
      this.say(t("history.failed", { reason: error.detail ?? error.message }));
    }
  }

  /** The thresholds for the API, or null with what is wrong beside the field. */
  thresholds() {
    const told = {};
    for (const name of WITH[this.kind.value]) {
      const input = this.inputs[name];
      if (!input.checkValidity()) {
        input.focus();
        this.say(`${t(`history.with.${name}`)}: ${input.validationMessage}`);
        return null;
      }
      if (name === "stop_after") told[name] = input.valueAsNumber * 60;
      else if (input.type === "number") told[name] = (input.valueAsNumber / KMH).toFixed(3);
      else told[name] = input.value || null;
    }
    return told;
  }

  /** Ask for the report that is chosen. */
  async make() {
    const choice = this.choice();
    const list = this.list();
    const thresholds = this.thresholds();
    if (!choice || !list || !thresholds) return;
    const { query } = resolve(choice, list);
    if (query === undefined) {
      this.say(t("history.toomany"));
      return;
    }
    const { router } = this.app;
    const kind = this.kind.value;
    router.go("history", { ...router.params, view: "reports", kind }, { replace: true });
    const { from, to } = choice;
    const asks = asked({ from, to, assets: query, ...thresholds });
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.say(t("history.report.making"));
    try {
      const options = { signal: asking.signal, limit: LIMIT };
      const report = await this.app.api.get(`/reports/${kind}?${asks}`, options);
      this.made = { report, asks, choice };
      this.say("");
      this.show();
      await this.drawFigure();
    } catch (error) {
      if (asking.signal.aborted) return;
      this.say(t("history.failed", { reason: error.detail ?? error.message }));
    }
  }

  say(text) {
    write(this.state, text);
  }

  show() {
    const { report, asks } = this.made;
    this.body.hidden = false;
    this.hint.hidden = true;
    this.csv.hidden = this.printer.hidden = false;
    this.csv.href = `/api/v1/reports/${report.kind}?${asks}&format=csv`;
    this.totals.replaceChildren(
      ...figures(report).map(([label, value]) =>
        h("div", {}, h("dt", { class: "label" }, label), h("dd", { class: "value" }, value)),
      ),
    );
    this.holder.replaceChildren();
    const rows = report.rows.map((row, i) => ({ ...row, number: i }));
    new Table(this.holder, {
      columns: columns(report, this.app.look.zone),
      key: ({ number }) => number,
      label: t(`history.report.${report.kind}`),
      empty: t("history.report.nothing"),
    }).show(rows);
  }

  /** The figure of the report that is shown, in the colours of a theme. */
  askFigure(theme) {
    const { report, asks } = this.made;
    const look = new URLSearchParams({ theme, language, time_zone: this.app.look.zone });
    return this.app.api.get(`/reports/${report.kind}/figure?${asks}&${look}`, { limit: LIMIT });
  }

  async drawFigure() {
    const empty = !this.made.report.rows.length; // the table says so
    this.figure.parentElement.hidden = empty;
    if (empty) return;
    const figure = await this.askFigure(this.app.theme);
    if (figure.layout.height === HEIGHT)
      figure.layout.height = Math.max(HEIGHT_LEAST, Math.min(figure.layout.height, this.body.clientHeight * SHARE));
    await draw(this.figure, figure);
  }

  async restyle() {
    if (!this.made) return;
    this.show();
    try {
      await this.drawFigure();
    } catch (error) {
      this.say(t("history.failed", { reason: error.detail ?? error.message }));
    }
  }

  /** Lay the report out on paper, in light colours, and print it. */
  async print() {
    const who = await this.app.operator();
    if (who === null) return;
    try {
      const figure = await this.askFigure("light");
      this.paper.replaceChildren(...(await printed({ ...this.made, figure, who, app: this.app, thresholds: this.told() })));
    } catch (error) {
      this.say(t("history.failed", { reason: error.detail ?? error.message }));
      return;
    }
    window.print();
  }

  /** The thresholds in words. */
  told() {
    return WITH[this.made.report.kind].map((name) => {
      const input = this.inputs[name];
      const value = input.selectedOptions ? input.selectedOptions[0].textContent : input.value;
      return [t(`history.with.${name}`), value];
    });
  }
}
