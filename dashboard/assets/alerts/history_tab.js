// What happened to alerts in a stretch of time, loaded as one scrolls.

import { h, write } from "../dom.js";
import { Scroll } from "../scroll.js";
import { Spans } from "../spans.js";
import { Table } from "../table.js";
import { inLanguage } from "../watch/alert_words.js";
import { t, told } from "../words.js";
import { dayAndTime } from "../zones.js";
import { offer, ruleWords, select } from "./filters.js";

const PAGE = 200;
const USUAL = "8"; // hours
const HOURS = [1, 8, 24, 168, 720];
const WHATS = [
  "activate", "return", "acknowledge", "reset", "realert", "shelve", "unshelve", "suppress", "unsuppress",
  "remove_from_service", "restore_to_service", "note", "join",
]; // prettier-ignore

export class HistoryTab {
  /** `on.filter(params)`, `on.choose({ key })`. */
  constructor(root, { api, alerts, fleet, clock, zone, on }) {
    this.alerts = alerts;
    this.fleet = fleet;
    this.said = null;
    const bar = h("div", { class: "filters" });
    root.append(bar);
    this.spans = new Spans(bar, { hours: HOURS, zone, clock, onChange: on.filter });
    const change = (name, element) => () => on.filter({ [name]: element().value.trim() || null });
    this.what = select("what", t("alerts.history.what"), change("what", () => this.what));
    this.rule = select("of", t("alerts.filter.rule"), change("of", () => this.rule));
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
    bar.append(this.what, this.rule, this.who, this.about, again);
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
      onChoose: ({ alert }) => on.choose({ key: alert }),
      columns: [
        column("time", "132px", ({ time }) => dayAndTime(Date.parse(time), zone())),
        column("happened", "130px", ({ what }) => told(`queue.act.${what}`, what)),
        column("rule", "minmax(96px, 0.8fr)", ({ alert }) => ruleWords(alert.split("/")[0])),
        column("about", "minmax(110px, 1.2fr)", ({ alert }) => this.named(alert)),
        column("who", "minmax(70px, 0.6fr)", ({ who }) => who),
        column("why", "minmax(100px, 1.4fr)", ({ why, values }) => why || inLanguage(values.reason)),
      ],
    });
    this.scroll = new Scroll(api, this.table);
    root.append(this.scroll.state);
  }

  /** What an alert is about, by name where it is an asset. */
  named(alert) {
    const parts = alert.split("/").slice(1);
    const slot = this.fleet.slotOf.get(parts[0]);
    return [slot === undefined ? parts[0] : this.fleet.names[slot], ...parts.slice(1)].join("/");
  }

  /** Show what the address says. */
  show(params) {
    const { span, from, to, what, of, who, about } = params;
    this.params = params;
    this.spans.show({ span: span ?? USUAL, from, to });
    offer(this.what, t("alerts.all.whats"), WHATS.map((each) => [each, told(`queue.act.${each}`, each)]), what);
    const rules = [...new Set([...this.alerts.all().map(({ rule }) => rule), ...this.rules()])].sort();
    offer(this.rule, t("alerts.all.rules"), rules.map((rule) => [rule, ruleWords(rule)]), of);
    this.who.value = who ?? "";
    this.about.value = about ?? "";
    const said = JSON.stringify([span, from, to, what, of, who, about]);
    if (said === this.said) return;
    this.said = said;
    this.open();
  }

  rules() {
    return this.table.rows.map(({ alert }) => alert.split("/")[0]);
  }

  open() {
    const { span, from, to, what, of, who, about } = this.params;
    const [start, end] = this.spans.of({ span: span ?? USUAL, from, to });
    const query = new URLSearchParams({ limit: PAGE, from: new Date(start).toISOString() });
    if (from && to) query.set("to", new Date(end).toISOString());
    for (const [name, value] of [["what", what], ["rule", of], ["who", who], ["alert", about]])
      if (value) query.set(name, value);
    return this.scroll.open(`/alerts/history?${query}`);
  }
}
