// The contacts that were there in a stretch of time, loaded as one scrolls.

import { h, write } from "../dom.js";
import { age } from "../format.js";
import { offer, select } from "../alerts/filters.js";
import { Scroll } from "../scroll.js";
import { Spans } from "../spans.js";
import { Table } from "../table.js";
import { CLASSES } from "../watch/contact_shapes.js";
import { t } from "../words.js";
import { dayAndTime } from "../zones.js";
import { nameColumn } from "./contacts_tab.js";
import { read } from "./past.js";

const HOURS = [1, 8, 24, 168, 720];
const USUAL = "24";
const PAGE = 200;

export class EarlierTab {
  /** `on.choose(id)`, `on.filter(params)`. */
  constructor(root, { api, clock, zone, on }) {
    this.said = null;
    const bar = h("div", { class: "filters" });
    root.append(bar);
    this.spans = new Spans(bar, { hours: HOURS, zone, clock, onChange: on.filter });
    this.kind = select("class", t("airspace.class"), () => on.filter({ class: this.kind.value || null }));
    const again = h("button", { type: "button", class: "button", onclick: () => this.open() }, t("alerts.history.again"));
    bar.append(this.kind, again);
    const text = (id, width, tell) => ({ id, label: t(`airspace.${id}`), width, write: (cell, row) => write(cell, tell(row)) });
    this.table = new Table(root, {
      label: t("airspace.tab.earlier"),
      empty: t("airspace.nobody"),
      key: ({ id }) => id,
      onChoose: ({ id }) => on.choose(id),
      columns: [
        nameColumn("minmax(150px, 1.4fr)"),
        text("first", "138px", ({ first_time }) => dayAndTime(first_time, zone())),
        text("stayed", "92px", ({ first_time, heard_time }) => age(Math.max(0, heard_time - first_time) / 1000)),
      ],
    });
    this.scroll = new Scroll(api, this.table, read);
    root.append(this.scroll.state);
  }

  show(params) {
    const { span, from, to } = params;
    this.params = params;
    this.spans.show({ span: span ?? USUAL, from, to });
    offer(this.kind, t("airspace.all"), CLASSES.map((name) => [name, t(`contact.class.${name}`)]), params.class);
    const said = JSON.stringify([span, from, to, params.class]);
    if (said === this.said) return;
    this.said = said;
    this.open();
  }

  open() {
    const { span, from, to } = this.params;
    const [start, end] = this.spans.of({ span: span ?? USUAL, from, to });
    const query = new URLSearchParams({ limit: PAGE, from: new Date(start).toISOString() });
    if (from && to) query.set("to", new Date(end).toISOString());
    if (this.params.class) query.set("class", this.params.class);
    return this.scroll.open(`/contacts/history?${query}`);
  }
}
