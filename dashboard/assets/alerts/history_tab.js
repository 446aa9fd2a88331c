// What happened to alerts in a stretch of time, loaded as one scrolls.

import { h, write } from "../dom.js";
import { Scroll } from "../scroll.js";
import { Spans } from "../spans.js";
import { PRIORITIES } from "../stores/alerts.js";
import { assetNameOf } from "../stores/cameras.js";
import { Table } from "../table.js";
import { priorityGlyph, setPriority } from "../watch/alert_shapes.js";
import { inLanguage, ruleWords, whoWords, whyWords } from "../watch/alert_words.js";
import { plain } from "../watch/contact_layers.js";
import { t, told } from "../words.js";
import { dayAndTime } from "../zones.js";
import { AssetField, assetName } from "./asset_field.js";
import { offer, select } from "./filters.js";
import { WHATS } from "./past.js";
import { PrioritySwitches, readPriorities } from "./priorities.js";

const PAGE = 200;
const USUAL = "8"; // hours
const HOURS = [1, 8, 24, 168, 720];
const NAMES_SHOWN = 3;

/** Of the address: what the list is narrowed to. */
const ASKED = ["span", "from", "to", "what", "rule", "who", "about", "priority", "desk", "asset"];

export class HistoryTab {
  /** `on.filter(params)`, `on.event(event)`. */
  constructor(root, { api, alerts, fleet, clock, zone, on }) {
    this.alerts = alerts;
    this.fleet = fleet;
    this.said = null;
    const bar = h("div", { class: "filters" });
    root.append(bar);
    this.spans = new Spans(bar, { hours: HOURS, zone, clock, onChange: on.filter });
    const change = (name, element) => () => on.filter({ [name]: element().value.trim() || null });
    this.what = select("what", t("alerts.history.what"), change("what", () => this.what));
    this.rule = select("rule", t("alerts.filter.rule"), change("rule", () => this.rule));
    this.desk = select("desk", t("alerts.filter.desk"), change("desk", () => this.desk));
    this.priorities = new PrioritySwitches((priority) => on.filter({ priority }));
    this.asset = new AssetField(fleet, (asset) => on.filter({ asset }));
    const text = (name) =>
      h("input", {
        class: "field",
        type: "search",
        "data-filter": name,
        placeholder: t(`alerts.history.${name}`),
        "aria-label": t(`alerts.history.${name}`),
        autocomplete: "off",
        onchange: (event) => on.filter({ [name]: event.target.value.trim() || null }),
      });
    this.who = text("who");
    this.about = text("about");
    const again = h("button", { type: "button", class: "button", onclick: () => this.open() }, t("alerts.history.again"));
    bar.append(
      this.priorities.element,
      this.what,
      this.rule,
      this.desk,
      this.asset.element,
      this.who,
      this.about,
      again,
    );
    const column = (id, width, tell) => ({
      id,
      width,
      label: t(`alerts.history.${id}`),
      write: (cell, row) => {
        write(cell, tell(row));
        cell.title = tell(row);
      },
    });
    this.table = new Table(root, {
      label: t("alerts.tab.history"),
      empty: t("alerts.history.none"),
      key: ({ id }) => id,
      onChoose: on.event,
      columns: [
        column("time", "132px", ({ time }) => dayAndTime(Date.parse(time), zone())),
        {
          id: "priority",
          label: t("alerts.filter.priority"),
          width: "72px",
          write: (cell, { priority }) => {
            if (!cell.firstChild) cell.append(priorityGlyph());
            cell.firstChild.style.visibility = priority === null ? "hidden" : "";
            if (priority !== null) setPriority(cell.firstChild, priority, false);
            cell.title = priority === null ? "" : t(`queue.priority.${PRIORITIES[priority]}`);
            cell.setAttribute("aria-label", cell.title);
          },
        },
        column("happened", "126px", ({ what }) => told(`queue.act.${what}`, what)),
        column("rule", "minmax(112px, 1fr)", (event) => ruleWords(ruleOf(event))),
        column("about", "minmax(110px, 1.2fr)", (event) => this.named(event)),
        column("who", "minmax(70px, 0.6fr)", ({ who }) => whoWords(who)),
        column("why", "minmax(100px, 1.8fr)", (event) => (event.what !== "activate" && whyWords(event, zone())) || inLanguage(event.reason)),
      ],
    });
    this.scroll = new Scroll(api, this.table);
    root.append(this.scroll.state);
  }

  /** What an event's alert is about: its assets by name, else what its key says. */
  named({ alert, assets, checklist }) {
    const known = assets.filter((key) => assetNameOf(this.fleet, key) !== null);
    // An alert of the airspace is about its contact, whoever is near.
    if (checklist || !known.length) return plain(alert.split("/").slice(1).join("/"));
    const names = known.slice(0, NAMES_SHOWN).map((key) => assetName(this.fleet, key)).join(", ");
    return assets.length > NAMES_SHOWN ? `${names} +${assets.length - NAMES_SHOWN}` : names;
  }

  /** Show what the address says. */
  show(params) {
    const { span, from, to, what, rule, who, about, priority, desk, asset, alert } = params;
    this.params = params;
    this.spans.show({ span: span ?? USUAL, from, to });
    this.priorities.show(priority);
    offer(this.what, t("alerts.all.whats"), WHATS.map((each) => [each, told(`queue.act.${each}`, each)]), what);
    const known = (of) => [...new Set([...this.alerts.all(), ...this.table.rows].map(of))].filter(Boolean).sort();
    const rules = known((each) => each.rule ?? ruleOf(each)).map((each) => [each, ruleWords(each)]);
    offer(this.rule, t("alerts.all.rules"), rules, rule);
    offer(this.desk, t("alerts.all.desks"), known((each) => each.desk).map((each) => [each, each]), desk);
    this.asset.show(keyed(asset));
    this.who.value = who ?? "";
    this.about.value = about ?? "";
    this.about.hidden = !about; // a link named it: nobody types the key of an alert
    this.mark(alert);
    const said = JSON.stringify(ASKED.map((name) => params[name]));
    if (said === this.said) return;
    this.said = said;
    this.open();
  }

  /** Mark the event that was chosen, while it is of the alert that is shown. */
  mark(alert) {
    const chosen = this.table.rows.find(({ id }) => id === this.table.chosen);
    if (chosen?.alert !== alert) this.table.choose(null);
  }

  open() {
    const { span, from, to, what, rule, who, about, priority, desk, asset } = this.params;
    const [start, end] = this.spans.of({ span: span ?? USUAL, from, to });
    const query = new URLSearchParams({ limit: PAGE, from: new Date(start).toISOString() });
    if (from && to) query.set("to", new Date(end).toISOString());
    for (const each of what ? [what] : WHATS) query.append("what", each);
    for (const each of readPriorities(priority)) query.append("priority", each);
    const one = { rule, who, alert: about, desk, asset: keyed(asset) };
    for (const [name, value] of Object.entries(one)) if (value) query.set(name, value);
    return this.scroll.open(`/alerts/history?${query}`);
  }
}

function ruleOf({ alert }) {
  return alert.split("/")[0];
}

/** The key of an asset in an address; null for the words that the list of what is now is searched for. */
function keyed(asset) {
  return /^\d{1,19}$/.test(asset ?? "") ? asset : null;
}
