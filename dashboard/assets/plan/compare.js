// Two plans beside each other: their figures, and what the one has more than the other.

import { h } from "../dom.js";
import { number } from "../format.js";
import { t } from "../words.js";
import { duration, far, ground } from "./amounts.js";

const WRITTEN = {
  duration,
  length: far,
  area: ground,
  pod: (share) => `${number(100 * share)} %`,
  coverage_percent: (value) => `${number(value, 1)} %`,
  energy: (value) => `${number(value)} Wh`,
};

const text = (figure, value) => {
  if (value === null) return "—";
  return (WRITTEN[figure] ?? ((any) => number(any, Number.isInteger(any) ? 0 : 2)))(value);
};

function signed(figure, value) {
  if (value === null) return "—";
  if (value === 0) return "=";
  return `${value > 0 ? "+" : "−"}${text(figure, Math.abs(value))}`;
}

const ORDER = ["sorties", "drones", "duration", "length", "energy", "area", "pod", "coverage_factor", "coverage_percent"];

/** Figures that have words, as they stand beside one plan: the planner's own others say little to most. */
const ordered = (differences) => ORDER.flatMap((name) => differences.filter(({ figure }) => figure === name));

/** The table of differences; `close()` is called when it is put away. */
export function compareView(pair, differences, close) {
  const head = (name, plan) => h("th", { scope: "col" }, h("span", { class: `swatch ${name}` }), h("span", {}, plan.name));
  const rows = ordered(differences).map(({ figure, one, other, difference }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, t(`plan.figure.${figure}`)),
      h("td", { class: "value" }, text(figure, one)),
      h("td", { class: "value" }, text(figure, other)),
      h("td", { class: "value" }, signed(figure, difference)),
    ),
  );
  return [
    h("h2", {}, t("plan.compare")),
    h("div", { class: "plan-buttons" }, h("button", { type: "button", class: "button", onclick: close }, t("plan.compare.close"))),
    h(
      "table",
      { class: "plan-compare" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "unseen" }, t("plan.compare.figure"))), head("one", pair[0]), head("other", pair[1]), h("th", { scope: "col" }, t("plan.compare.difference")))),
      h("tbody", {}, ...rows),
    ),
  ];
}
