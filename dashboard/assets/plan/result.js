// What was made: whether it may fly, its figures, its sorties, what the checker found.

import { h } from "../dom.js";
import { number, unit } from "../format.js";
import { t, told } from "../words.js";
import { colourOf } from "./plan_layers.js";

/** A duration in minutes and hours. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "—";
  const minutes = Math.round(seconds / 60);
  if (seconds < 99.5) return t("age.seconds", { n: Math.round(seconds) });
  if (minutes < 100) return t("age.minutes", { n: minutes });
  return t("age.hours", { n: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") });
}

/** Metres, or kilometres where it is far. */
export const far = (metres) => (metres < 2000 ? unit(metres, "m") : unit(metres / 1000, "km", 1));

/** Square metres, hectares or square kilometres. */
export function ground(squareMetres) {
  if (squareMetres < 10_000) return unit(squareMetres, "m²");
  if (squareMetres < 1_000_000) return unit(squareMetres / 10_000, "ha", 1);
  return unit(squareMetres / 1_000_000, "km²", 2);
}

/** The figures that a plan has: [name, text]. */
export function figures(totals) {
  const percent = (share) => unit(100 * share, "%");
  const all = [
    ["sorties", number(totals.sorties)],
    ["drones", number(totals.drones)],
    ["duration", duration(totals.duration)],
    ["length", far(totals.length)],
    ["energy", unit(totals.energy, "Wh")],
    ["area", totals.area === null ? null : ground(totals.area)],
    ["pod", totals.pod === null ? null : percent(totals.pod)],
    ["coverage_factor", totals.coverage_factor === null ? null : number(totals.coverage_factor, 2)],
    ["coverage_percent", totals.coverage_percent === null ? null : unit(totals.coverage_percent, "%", 1)],
  ];
  return all.filter(([, text]) => text !== null);
}

/** Whether it may fly, in words and with a sign of its own. */
export function verdict({ passed, warnings, errors, complete }) {
  const state = passed ? (warnings ? "warned" : "good") : "bad";
  const more = complete ? "" : ` ${t("plan.incomplete")}`;
  return h(
    "p",
    { class: "plan-verdict", "data-state": state },
    t(`plan.verdict.${state}`, { warnings, errors }) + more,
  );
}

/**
 * All of it, for the side. `on.sortie(number or null)` and `on.finding(finding)` are called when one
 * is chosen.
 */
export function resultView(result, on) {
  const totals = figures(result.totals).map(([name, text]) =>
    h("div", {}, h("dt", { class: "label" }, t(`plan.figure.${name}`)), h("dd", { class: "value" }, text)),
  );
  return h(
    "div",
    { class: "plan-result" },
    verdict(result),
    h("dl", { class: "plan-totals" }, ...totals),
    h("h3", {}, t("plan.sorties")),
    h("ul", { class: "plan-sorties" }, ...result.sorties.map((one) => sortieLine(one, on))),
    ...(result.findings.length ? [h("h3", {}, t("plan.findings"))] : []),
    ...(result.findings.length ? [h("ul", { class: "plan-findings" }, ...result.findings.map((one) => findingLine(one, on)))] : []),
    ...(result.assumptions.length ? [assumptions(result.assumptions)] : []),
  );
}

function sortieLine(one, on) {
  const share = one.energy / one.energy_usable;
  const energy = `${number(one.energy)} / ${unit(one.energy_usable, "Wh")}`;
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "plan-sortie",
        "data-sortie": one.number,
        "aria-pressed": "false",
        style: `--colour: var(${colourOf(one.number)})`,
        onclick: ({ currentTarget }) => {
          const chosen = currentTarget.getAttribute("aria-pressed") !== "true";
          for (const other of currentTarget.closest("ul").querySelectorAll("button"))
            other.setAttribute("aria-pressed", "false");
          currentTarget.setAttribute("aria-pressed", String(chosen));
          on.sortie(chosen ? one.number : null);
        },
      },
      h("span", { class: "number" }, String(one.number + 1)),
      h("span", { class: "name" }, one.drone),
      h("span", { class: "value" }, `${duration(one.duration)} · ${far(one.length)}`),
      h("span", { class: "energy", title: t("plan.energy.title") }, h("span", { class: "bar" }, h("span", { style: `width: ${Math.min(100, 100 * share).toFixed(1)}%` })), h("span", { class: "value" }, energy)),
    ),
  );
}

function findingLine(one, on) {
  const placed = one.latitude !== null;
  const text = [
    h("span", { class: "severity" }, t(`plan.severity.${one.severity}`)),
    h("strong", {}, told(`plan.rule.${one.rule}`, one.rule)),
    h("span", { class: "words", lang: "en", dir: "ltr" }, one.message),
  ];
  return h(
    "li",
    { "data-severity": one.severity },
    placed
      ? h("button", { type: "button", title: t("plan.finding.show"), onclick: () => on.finding(one) }, ...text)
      : h("div", {}, ...text),
  );
}

function assumptions(lines) {
  return h(
    "details",
    { class: "plan-more" },
    h("summary", {}, t("plan.assumptions", { count: lines.length })),
    h("ul", { lang: "en", dir: "ltr" }, ...lines.map((line) => h("li", {}, line))),
  );
}
