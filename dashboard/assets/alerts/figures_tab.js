// What each desk is asked to bear, against what EEMUA 191 says that a person can.

import { h, write } from "../dom.js";
import { number } from "../format.js";
import { Chart } from "../plot.js";
import { token } from "../shapes.js";
import { LOW, MEDIUM, HIGH, PRIORITIES } from "../stores/alerts.js";
import { inline, t } from "../words.js";
import { reasonWords, ruleWords } from "../watch/alert_words.js";

// Alerts that can be borne: very likely, and at most; a flood begins at ten in ten minutes.
const LIMITS = { ten_minutes: [1, 2], hour: [6, 12], day: [144, 288] };
const SHARES = { [HIGH]: 5, [MEDIUM]: 15, [LOW]: 80 }; // percent
const COMMONEST_LIMIT = 5; // percent of the load that the ten commonest may be together
const STALE_LIMIT = 5;
const FLOOD_LIMIT = 1; // percent of the time
const PERIODS = Object.keys(LIMITS);

export class FiguresTab {
  /** `on.choose({ key })` opens an alert, `on.filter(params)` chooses a desk. */
  constructor(root, { alerts, look, on }) {
    this.alerts = alerts;
    this.on = on;
    this.shown = false;
    this.desks = h("div", { class: "segments desks", role: "group", "aria-label": t("alerts.filter.desk") });
    this.empty = h("p", { class: "part-state", role: "status" });
    this.tiles = h("div", { class: "tiles" });
    const part = (name, ...content) =>
      h("section", { class: `figures-part ${name}` }, h("h3", {}, t(`alerts.figures.${name}`)), ...content);
    const place = () => h("div", {});
    const [rates, shares, common] = [place(), place(), place()];
    this.lists = { chattering: h("ul", {}), stale: h("ul", {}) };
    this.body = h(
      "div",
      { class: "figures-grid" },
      part("rates", h("p", { class: "hint" }, t("alerts.figures.rates.words")), rates),
      part("shares", h("p", { class: "hint" }, t("alerts.figures.shares.words")), shares),
      part("commonest", common),
      part("chattering", h("p", { class: "hint" }, t("alerts.figures.chattering.words")), this.lists.chattering),
      part("stale", h("p", { class: "hint" }, t("alerts.figures.stale.words")), this.lists.stale),
    );
    root.append(this.desks, this.empty, this.tiles, this.body);
    this.rates = PERIODS.map(
      (period) => new Chart(rates, { label: t(`alerts.figures.${period}`), height: 196 }),
    );
    rates.className = "rates-charts";
    this.shares = new Chart(shares, { label: t("alerts.figures.shares"), height: 220 });
    this.common = new Chart(common, { label: t("alerts.figures.commonest"), height: 320 });
    alerts.addEventListener("change", () => this.refresh());
    look.addEventListener("change", () => this.refresh());
  }

  show(params) {
    this.desk = params.desk ?? null;
    this.shown = true;
    this.refresh();
  }

  hide() {
    this.shown = false;
  }

  refresh() {
    if (!this.shown) return;
    const names = Object.keys(this.alerts.desks);
    const none = names.length === 0;
    this.empty.hidden = !none;
    write(this.empty, t(this.alerts.loaded ? "alerts.figures.none" : "page.loading"));
    this.tiles.hidden = none;
    this.body.hidden = none;
    this.desks.hidden = names.length < 2;
    if (none) return;
    const chosen = names.includes(this.desk) ? this.desk : names[0];
    this.offer(names, chosen);
    const figures = this.alerts.desks[chosen];
    this.showTiles(figures);
    this.drawRates(names, chosen);
    this.drawShares(figures);
    this.drawCommonest(figures);
    for (const name of ["chattering", "stale"]) this.list(this.lists[name], figures[name]);
  }

  offer(names, chosen) {
    const said = JSON.stringify([names, chosen]);
    if (this.desks.dataset.said === said) return;
    this.desks.dataset.said = said;
    this.desks.replaceChildren(
      ...names.map((name) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(name === chosen),
            onclick: () => this.on.filter({ desk: name }),
          },
          name || t("alerts.figures.nodesk"),
        ),
      ),
    );
  }

  showTiles(figures) {
    const common = figures.commonest.reduce((sum, [, count]) => sum + count, 0);
    const share = figures.day ? (common / figures.day) * 100 : 0;
    const flood = figures.flood_share * 100;
    const tiles = [
      ["flood", t(figures.in_flood ? "alerts.figures.inflood" : "alerts.figures.calm"), figures.in_flood],
      ["mean", number(figures.mean_ten_minutes, 1), figures.mean_ten_minutes > LIMITS.ten_minutes[1]],
      ["peak", number(figures.peak_ten_minutes), figures.peak_ten_minutes >= 10],
      ["floodshare", `${number(flood, 1)} %`, flood > FLOOD_LIMIT],
      ["top", `${number(share)} %`, share > COMMONEST_LIMIT && figures.day > 20],
      ["stalecount", number(figures.stale.length), figures.stale.length >= STALE_LIMIT],
      ["waiting", number(figures.waiting), false],
      ["active", number(figures.active), false],
      ["masked", number(figures.masked), false],
    ];
    if (this.tiles.children.length !== tiles.length)
      this.tiles.replaceChildren(
        ...tiles.map(([name]) =>
          h(
            "div",
            { class: "tile", title: t(`alerts.tile.${name}.title`), "data-tile": name },
            h("span", { class: "label" }, t(`alerts.tile.${name}`)),
            h("span", { class: "value" }),
          ),
        ),
      );
    tiles.forEach(([, value, bad], i) => {
      this.tiles.children[i].dataset.bad = String(bad);
      write(this.tiles.children[i].lastChild, value);
    });
  }

  /** Each period by desk, with the limits across. */
  drawRates(names, chosen) {
    const labels = names.map((name) => name || t("alerts.figures.nodesk"));
    PERIODS.forEach((period, i) => {
      const values = names.map((name) => this.alerts.desks[name][period]);
      const [good, most] = LIMITS[period];
      const line = (y, colour, dash, words, above) => ({
        shapes: { type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: token(colour), width: 2, dash } },
        annotations: {
          xref: "paper", x: 1, y, text: words, showarrow: false, xanchor: "right", yanchor: above ? "bottom" : "top",
          font: { size: 11, color: token(colour) },
        }, // prettier-ignore
      });
      const lines = [
        line(good, "--good", "solid", t("alerts.figures.bearable", { count: good }), false),
        line(most, "--late", "dash", t("alerts.figures.most", { count: most }), true),
      ];
      this.rates[i].draw(
        [
          {
            type: "bar",
            x: labels,
            y: values,
            width: names.length === 1 ? 0.4 : 0.62,
            text: values.map(String),
            textposition: "outside",
            cliponaxis: false,
            textfont: { color: token("--text-1") },
            marker: {
              color: values.map((value) => token(value > most ? "--lost" : value > good ? "--late" : "--drone")),
              opacity: names.map((name) => (name === chosen ? 1 : 0.55)),
              pattern: { shape: values.map((value) => (value > most ? "/" : "")), fillmode: "overlay", solidity: 0.25 },
            },
            hovertemplate: "%{x}: %{y}<extra></extra>",
          },
        ],
        {
          title: { text: t(`alerts.figures.${period}`), font: { size: 13, color: token("--text-1") }, x: 0.02, xanchor: "left", y: 0.97 },
          margin: { l: 30, r: 10, t: 34, b: 26 },
          yaxis: { rangemode: "tozero", range: [0, Math.max(most * 1.35, Math.max(...values) * 1.2)], nticks: 4 },
          xaxis: { type: "category" },
          shapes: lines.map(({ shapes }) => shapes),
          annotations: lines.map(({ annotations }) => annotations),
        },
      );
    });
  }

  drawShares({ shares }) {
    const order = [LOW, MEDIUM, HIGH];
    const labels = order.map((priority) => t(`queue.priority.${PRIORITIES[priority]}`));
    const now = order.map((priority) => Math.round((shares[priority] ?? 0) * 100));
    const wanted = order.map((priority) => SHARES[priority]);
    const bar = (name, values, marker) => ({
      type: "bar", orientation: "h", name, y: labels, x: values, marker, width: 0.36,
      text: values.map((value) => `${value} %`), textposition: "outside", cliponaxis: false,
      textfont: { color: token("--text-1") }, hovertemplate: "%{y}: %{x} %<extra>%{fullData.name}</extra>",
    }); // prettier-ignore
    this.shares.draw(
      [
        bar(t("alerts.figures.wanted"), wanted, {
          color: "rgba(0,0,0,0)",
          line: { color: token("--text-2"), width: 1.5 },
        }),
        bar(t("alerts.figures.told"), now, { color: order.map((each) => token(`--alert-${PRIORITIES[each]}`)) }),
      ],
      {
        barmode: "group",
        showlegend: false,
        margin: { l: 10, r: 34, t: 8, b: 26 },
        xaxis: { range: [0, 108], ticksuffix: " %" },
      },
    );
  }

  drawCommonest({ commonest, day }) {
    const rows = [...commonest].reverse();
    const name = (key) => {
      const alert = this.alerts.get(key);
      const [rule, ...about] = key.split("/");
      const words = alert ? reasonWords(alert) : `${ruleWords(rule)}: ${about.join("/")}`;
      return inline(words.length > 46 ? `${words.slice(0, 45)}…` : words);
    };
    this.common.draw(
      [
        {
          type: "bar",
          orientation: "h",
          x: rows.map(([, count]) => count),
          y: rows.map((_, i) => i),
          text: rows.map(([, count]) => `${count} · ${day ? Math.round((count / day) * 100) : 0} %`),
          textposition: "outside",
          cliponaxis: false,
          textfont: { color: token("--text-1") },
          marker: { color: token("--drone") },
          hoverinfo: "skip",
        },
      ],
      {
        margin: { l: 10, r: 70, t: 4, b: 26 },
        xaxis: { rangemode: "tozero", nticks: 5 },
        yaxis: { tickvals: rows.map((_, i) => i), ticktext: rows.map(([key]) => name(key)) },
      },
    );
  }

  list(root, keys) {
    const said = keys.join("\n");
    if (root.dataset.said === said && root.children.length) return;
    root.dataset.said = said;
    const row = (key) => {
      const alert = this.alerts.get(key);
      return h(
        "li",
        {},
        h("button", { type: "button", class: "link", onclick: () => this.on.choose({ key }) }, alert ? reasonWords(alert) : key),
      );
    };
    root.replaceChildren(...(keys.length ? keys.map(row) : [h("li", { class: "hint" }, t("alerts.figures.nothing"))]));
  }
}
