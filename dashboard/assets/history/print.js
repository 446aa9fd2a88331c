// A report on paper: what it is of, who made it and when, its figures, the chart, all rows.

import { h } from "../dom.js";
import { zoneName } from "../format.js";
import { KINDS } from "../fleet.js";
import { rightToLeft, t } from "../words.js";
import { inZone } from "../zones.js";
import { picture } from "./plot.js";
import { columns, figures } from "./report_columns.js";

const WIDTH = 760; // CSS pixels of the chart: its letters are then as large as those of the table
const sheet = new CSSStyleSheet();
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
  head([t("brand"), t(`history.report.${report.kind}`), facts[0][1], who]);
  const list = (pairs) =>
    pairs.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", { dir: "auto" }, value)));
  return [
    h("p", { class: "print-brand" }, t("brand")),
    h("h1", {}, t(`history.report.${report.kind}`)),
    h("dl", { class: "print-facts" }, ...list(facts)),
    h("dl", { class: "print-totals" }, ...list(figures(report))),
    ...(rows.length
      ? [h("img", { src: await picture(figure, WIDTH), alt: t("history.report.chart") })]
      : [h("p", {}, t("history.report.nothing"))]),
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

/** What stands at the top of each page but the first, which has it larger. */
function head(parts) {
  // Each part by itself, whichever way it is read.
  const text = JSON.stringify(parts.map((part) => `\u2068${part}\u2069`).join("  ·  "));
  const corner = rightToLeft ? "@top-right" : "@top-left";
  sheet.replaceSync(`@page { ${corner} { content: ${text}; font: 8.5pt sans-serif; color: #444; } }
    @page :first { ${corner} { content: none; } }`);
  if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets.push(sheet);
}

function assets({ assets: tokens }, { rows }) {
  const names = [...tokens].map((token) =>
    KINDS.includes(token)
      ? t(`history.kinds.${token}`)
      : (rows.find(({ asset }) => asset === token)?.name ?? token),
  );
  return names.length ? names.join(t("value.comma")) : t("list.all");
}
