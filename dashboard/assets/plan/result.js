// What was made: whether it may fly, its figures, its sorties, what the checker found.

import { h } from "../dom.js";
import { number, unit } from "../format.js";
import { t, told } from "../words.js";
import { duration, far, ground } from "./amounts.js";
import { colourOf } from "./plan_layers.js";
import { profileView } from "./profile.js";
import { saidWords } from "./said.js";

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
 * is chosen; times are written in `zone`.
 */
export function resultView(result, zone, on) {
  const totals = figures(result.totals).map(([name, text]) =>
    h("div", {}, h("dt", { class: "label" }, t(`plan.figure.${name}`)), h("dd", { class: "value" }, text)),
  );
  const profile = h("div", {});
  const showProfile = (number) => {
    const drawing = profileView(result.sorties[number ?? 0]);
    profile.replaceChildren(...(drawing ? [h("h3", {}, t("plan.profile", { number: (number ?? 0) + 1 })), drawing] : []));
  };
  if (result.sorties.length) showProfile(null);
  const choose = (number) => {
    showProfile(number);
    on.sortie(number);
  };
  return h(
    "div",
    { class: "plan-result" },
    verdict(result),
    h("dl", { class: "plan-totals" }, ...totals),
    ...part("plan.findings", result.findings, (one) => findingLine(one, zone, on), "plan-findings"),
    ...part("plan.sorties", result.sorties, (one) => sortieLine(one, choose), "plan-sorties"),
    profile,
    ...avoided(result.map.features),
    ...assumptions(result, zone),
  );
}

const part = (words, items, line, name) => (items.length ? [h("h3", {}, t(words)), h("ul", { class: name }, ...items.map(line))] : []);

/** The closed zones that the plan keeps out of, by name. */
function avoided(features) {
  const names = features.filter(({ properties }) => properties.role === "zone").map(({ properties }) => properties.name || t("plan.avoided.unnamed"));
  return names.length ? [h("h3", {}, t("plan.avoided", { count: names.length })), h("p", { class: "plan-avoided" }, [...new Set(names)].join(" · "))] : [];
}

function sortieLine(one, choose) {
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
          choose(chosen ? one.number : null);
        },
      },
      h("span", { class: "number" }, String(one.number + 1)),
      h("span", { class: "name" }, one.drone),
      h("span", { class: "value" }, `${duration(one.duration)} · ${far(one.length)}`),
      h("span", { class: "energy", title: t("plan.energy.title") }, h("span", { class: "bar" }, h("span", { style: `width: ${Math.min(100, 100 * share).toFixed(1)}%` })), h("span", { class: "value" }, energy)),
    ),
  );
}

function findingLine(one, zone, on) {
  const placed = one.latitude !== null;
  const text = [
    h("span", { class: "severity" }, t(`plan.severity.${one.severity}`)),
    h("strong", {}, told(`plan.rule.${one.rule}`, one.rule)),
    saidWords(one, zone),
  ];
  return h(
    "li",
    { "data-severity": one.severity },
    placed
      ? h("button", { type: "button", title: t("plan.finding.show"), onclick: () => on.finding(one) }, ...text)
      : h("div", {}, ...text),
  );
}

/** What the checker could not know; plans that were kept before its words had names have English ones. */
function assumptions({ assumed, assumptions: lines }, zone) {
  const all = assumed ?? lines.map((message) => ({ code: "", message }));
  if (!all.length) return [];
  return [
    h(
      "details",
      { class: "plan-more" },
      h("summary", {}, t("plan.assumptions", { count: all.length })),
      h("ul", {}, ...all.map((one) => h("li", {}, saidWords(one, zone)))),
    ),
  ];
}
