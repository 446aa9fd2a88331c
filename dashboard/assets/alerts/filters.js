// What the list of alerts is narrowed to; the address says it.

import { h } from "../dom.js";
import { waits } from "../stores/alerts.js";
import { reasonWords, ruleWords } from "../watch/alert_words.js";
import { t } from "../words.js";
import { assetName } from "./asset_field.js";
import { PrioritySwitches } from "./priorities.js";

const STATES = ["waits", "known", "over"];

/** A <select> with a label for those who hear it. */
export function select(name, label, onchange) {
  return h("select", { class: "field", "data-filter": name, "aria-label": label, onchange });
}

/** Offer these options, the first "all", and keep what is chosen. */
export function offer(element, all, options, chosen) {
  const said = JSON.stringify([options, chosen]);
  if (element.dataset.said === said) return;
  element.dataset.said = said;
  const known = options.some(([value]) => value === chosen) || !chosen;
  const more = known ? options : [...options, [chosen, chosen]];
  element.replaceChildren(
    ...[["", all], ...more].map(([value, words]) => h("option", { value }, words)),
  );
  element.value = chosen ?? "";
}

export class Filters {
  /** `onChange(params)` when a person narrows or widens it. */
  constructor(root, { alerts, places, onChange }) {
    this.alerts = alerts;
    this.places = places;
    this.params = {};
    const change = (name, value) => onChange({ [name]: value || null });
    this.priorities = new PrioritySwitches((priority) => onChange({ priority }));
    this.state = select("state", t("alerts.filter.state"), () => change("state", this.state.value));
    this.desk = select("desk", t("alerts.filter.desk"), () => change("desk", this.desk.value));
    this.rule = select("rule", t("alerts.filter.rule"), () => change("rule", this.rule.value));
    this.text = h("input", {
      class: "field",
      type: "search",
      "data-filter": "asset",
      placeholder: t("alerts.filter.asset"),
      "aria-label": t("alerts.filter.asset"),
      autocomplete: "off",
      oninput: () => change("asset", this.text.value.trim()),
    });
    root.append(
      h("div", { class: "filters" }, this.priorities.element, this.state, this.desk, this.rule, this.text),
    );
  }

  /** Show what the address says. */
  show(params) {
    this.params = params;
    this.priorities.show(params.priority);
    const states = STATES.map((state) => [state, t(`alerts.state.${state}`)]);
    offer(this.state, t("alerts.all.states"), states, params.state);
    this.refresh();
  }

  /** Desks and rules are those that there are. */
  refresh() {
    const asset = assetName(this.places.fleet, this.params.asset ?? ""); // a link has its key
    if (this.text.value.trim() !== asset) this.text.value = asset;
    const all = this.alerts.all();
    const of = (name) => [...new Set(all.map((alert) => alert[name]))].filter(Boolean).sort();
    const desks = of("desk").map((desk) => [desk, desk]);
    offer(this.desk, t("alerts.all.desks"), desks, this.params.desk);
    this.desk.hidden = desks.length === 0 && !this.params.desk;
    offer(this.rule, t("alerts.all.rules"), of("rule").map((rule) => [rule, ruleWords(rule)]), this.params.rule);
  }

  /** Whether an alert is among those that are asked for. */
  fits(alert) {
    const { state, desk, rule, asset } = this.params;
    const { chosen } = this.priorities;
    if (chosen.size && !chosen.has(alert.priority)) return false;
    if (desk && alert.desk !== desk) return false;
    if (rule && alert.rule !== rule) return false;
    if (state && stateOf(alert) !== state && !(state === "waits" && waits(alert))) return false;
    if (!asset) return true;
    const text = `${this.places.name(alert)} ${alert.key} ${reasonWords(alert)}`.toLowerCase();
    return text.includes(asset.toLowerCase()) || alert.assets.includes(asset);
  }
}

function stateOf(alert) {
  if (alert.returned_time !== null && alert.state.startsWith("returned")) return "over";
  return waits(alert) ? "waits" : "known";
}
