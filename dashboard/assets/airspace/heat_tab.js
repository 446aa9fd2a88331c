// When and where contacts were: by weekday and hour here, by place on the map.

import { ApiProblem } from "../api.js";
import { offer, select } from "../alerts/filters.js";
import { h, write } from "../dom.js";
import { Chart } from "../plot.js";
import { token } from "../shapes.js";
import { Spans } from "../spans.js";
import { CLASSES } from "../watch/contact_shapes.js";
import { LOCALE, t } from "../words.js";
import { rampScale } from "./ramp.js";

const HOURS = [168, 24, 720, 2160];
const CELLS = ["0.002", "0.005", "0.01", "0.02"]; // degrees
const USUAL_CELL = "0.005";
const MONDAY = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;

export class HeatTab {
  /** `on.filter(params)`, `on.cells(items, cell)`. */
  constructor(root, { api, clock, zone, look, on }) {
    this.api = api;
    this.on = on;
    this.said = null;
    this.counts = null;
    const bar = h("div", { class: "filters" });
    this.spans = new Spans(bar, { hours: HOURS, zone, clock, onChange: on.filter });
    this.kind = select("class", t("airspace.class"), () => on.filter({ class: this.kind.value || null }));
    this.cell = select("cell", t("heat.cell"), () => on.filter({ cell: this.cell.value || null }));
    bar.append(this.kind, this.cell);
    this.state = h("p", { class: "part-state", role: "status" });
    this.again = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.load() }, t("page.again"));
    this.title = h("h3", {});
    this.words = h("p", { class: "hint" }, t("heat.words"));
    const body = h("div", { class: "heat-body" }, this.title, this.words);
    root.append(bar, this.state, this.again, body);
    this.body = body;
    this.chart = new Chart(body, { label: t("heat.hours"), height: 320 });
    look.addEventListener("change", () => this.draw());
  }

  show(params) {
    const { span, from, to } = params;
    this.params = params;
    this.spans.show({ span, from, to });
    offer(this.kind, t("airspace.all"), CLASSES.map((name) => [name, t(`contact.class.${name}`)]), params.class);
    const metres = (cell) => t("heat.metres", { metres: Math.round((Number(cell) * 111_320) / 10) * 10 });
    offer(this.cell, metres(USUAL_CELL), CELLS.filter((cell) => cell !== USUAL_CELL).map((cell) => [cell, metres(cell)]), params.cell);
    const said = JSON.stringify([span, from, to, params.class, params.cell]);
    if (said === this.said) return;
    this.said = said;
    this.load();
  }

  async load() {
    const { said, params } = this;
    const { span, from, to } = params;
    const [start, end] = this.spans.of({ span, from, to });
    const query = new URLSearchParams({ from: new Date(start).toISOString(), to: new Date(end).toISOString() });
    if (params.class) query.set("class", params.class);
    this.again.hidden = true;
    this.tell(t("page.loading"));
    try {
      const [hours, cells] = await Promise.all([
        this.api.get(`/airspace/hours?${query}`),
        this.api.get(`/airspace/cells?${query}&cell=${params.cell ?? USUAL_CELL}`),
      ]);
      if (said !== this.said) return;
      this.counts = hours;
      this.on.cells(cells.items, cells.cell);
      this.tell(cells.items.length ? "" : t("airspace.nobody"));
      this.draw();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (said !== this.said) return;
      this.again.hidden = false;
      this.tell(error.detail);
    }
  }

  tell(words) {
    this.state.hidden = words === "";
    write(this.state, words);
    this.body.hidden = words !== "";
  }

  draw() {
    if (!this.counts || this.body.hidden) return;
    const { counts, zone } = this.counts;
    write(this.title, t("heat.hoursof", { zone }));
    const days = counts.map((_, i) => new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" }).format(MONDAY + i * DAY));
    this.chart.draw(
      [
        {
          type: "heatmap",
          z: counts,
          x: counts[0].map((_, hour) => String(hour).padStart(2, "0")),
          y: days.map((_, i) => i),
          xgap: 2,
          ygap: 2,
          zmin: 0,
          zmax: Math.max(1, ...counts.flat()),
          colorscale: rampScale(token("--ground-2")),
          colorbar: { thickness: 10, outlinewidth: 0, tickfont: { color: token("--text-2") }, nticks: 5, tickformat: "d" },
          customdata: counts.map((row, i) => row.map(() => days[i])),
          hovertemplate: `%{customdata} %{x}:00: %{z} ${t("heat.contacts")}<extra></extra>`,
        },
      ],
      {
        margin: { l: 44, r: 10, t: 6, b: 30 },
        xaxis: { type: "category", showgrid: false, dtick: 3 },
        yaxis: { autorange: "reversed", showgrid: false, tickvals: days.map((_, i) => i), ticktext: days },
      },
    );
  }
}
