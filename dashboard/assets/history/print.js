// A report on paper: what it is of, who made it and when, its figures, the chart, all rows.

import { h } from "../dom.js";
import { zoneName } from "../format.js";
import { KINDS } from "../fleet.js";
import { t } from "../words.js";
import { inZone } from "../zones.js";
import { picture } from "./plot.js";
import { columns, figures } from "./report_columns.js";

const WIDTH = 940; // CSS pixels of the chart
const ROWS_MOST = 5000;

/** The elements of the printed report. */
export async function printed({ report, choice, figure, who, thresholds, app }) {
  const { zone } = app.look;
  const when = (ms) => inZone(ms, zone).replace("T", " ");
  const shown = columns(report, zone);
  const rows = report.rows.slice(0, ROWS_MOST);
  const facts = [
    [t("history.print.window"), `${when(choice.from)} – ${when(choice.to)} ${zoneName(zone)}`],
    [t("history.print.assets"), assets(choice, report)],
    ...thresholds,
    [t("history.print.who"), who],
    [t("history.print.made"), `${when(app.clock.now())} ${zoneName(zone)}`],
  ];
  const list = (pairs) =>
    pairs.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", { dir: "auto" }, value)));
  return [
    h("p", { class: "print-brand" }, t("brand")),
    h("h1", {}, t(`history.report.${report.kind}`)),
    h("dl", { class: "print-facts" }, ...list(facts)),
    h("dl", { class: "print-totals" }, ...list(figures(report))),
    h("img", { src: await picture(figure, WIDTH), alt: t("history.report.chart") }),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...shown.map(({ label }) => h("th", { scope: "col" }, label)))),
      h(
        "tbody",
        {},
        ...rows.map((row) =>
          h("tr", {}, ...shown.map(({ text }) => h("td", {}, text(row)))),
        ),
      ),
    ),
    ...(report.rows.length > ROWS_MOST ? [h("p", {}, t("history.print.more", { count: ROWS_MOST }))] : []),
  ];
}

function assets({ assets: tokens }, { rows }) {
  const names = [...tokens].map((token) =>
    KINDS.includes(token)
      ? t(`history.kinds.${token}`)
      : (rows.find(({ asset }) => asset === token)?.name ?? token),
  );
  return names.length ? names.join(t("value.comma")) : t("list.all");
}
