// A table of any length of which only the rows that can be seen are in the document.

import { h, write } from "./dom.js";
import { t } from "./words.js";

const ROW = 40; // CSS pixels; the style sheet says the same
const HEAD = 36;
const SPARE = 4;

export class Table {
  /**
   * A column is { id, label, write(cell, row), sort(row), width }: `write` fills the cell's element
   * (which held another row before), `sort` gives what the column is sorted by (a number, a text
   * or null; left out: not sortable), `width` is of CSS grid. `key(row)` names a row for good,
   * `onChoose(row)` is called when one is chosen, `label` is said of the whole table.
   */
  constructor(root, { columns, key, onChoose = null, label, empty = t("table.empty") }) {
    Object.assign(this, { columns, key, onChoose, rows: [], order: [], pool: [] });
    this.sorted = null; // { column, sign }
    this.chosen = null; // key of the chosen row
    this.current = 0; // index of the row that the arrow keys have reached
    this.tracks = columns.map(({ width }) => width ?? "minmax(80px, 1fr)").join(" ");
    this.heads = columns.map((column) => this.head(column));
    this.space = h("div", { role: "rowgroup", class: "space" });
    this.nothing = h("div", { class: "nothing" }, empty);
    this.grid = h(
      "div",
      {
        class: "table-view",
        role: "grid",
        tabindex: "0",
        "aria-label": label,
        "aria-colcount": columns.length,
        onscroll: () => this.paint(),
        onkeydown: (event) => this.key_(event),
      },
      h(
        "div",
        { role: "rowgroup", class: "table-top" },
        h(
          "div",
          { role: "row", class: "table-head", "aria-rowindex": 1, style: this.style() },
          ...this.heads,
        ),
      ),
      this.space,
    );
    this.element = h(
      "div",
      { class: "table", "data-chooses": onChoose !== null },
      this.grid,
      this.nothing,
    );
    root.append(this.element);
    new ResizeObserver(() => this.paint()).observe(this.grid);
  }

  /** Show these rows; what was chosen stays chosen if it is among them. */
  show(rows) {
    this.rows = rows;
    this.arrange();
  }

  /** Mark the row with this key as the chosen one, and bring it into view; null for none. */
  choose(key) {
    this.chosen = key;
    const at = this.order.findIndex((row) => this.key(row) === key);
    if (at >= 0) this.reach(at);
    this.paint();
  }

  style() {
    return `grid-template-columns: ${this.tracks}`;
  }

  head(column) {
    const content = column.sort
      ? h("button", { type: "button", tabindex: "-1", onclick: () => this.sort(column) }, column.label)
      : column.label;
    return h(
      "div",
      { role: "columnheader", "aria-sort": column.sort ? "none" : null },
      content,
    );
  }

  /** Sort by a column; by the same again the other way round. */
  sort(column) {
    const again = this.sorted?.column === column;
    this.sorted = { column, sign: again ? -this.sorted.sign : 1 };
    this.columns.forEach((other, i) => {
      if (!other.sort) return;
      const order = other === column ? (this.sorted.sign > 0 ? "ascending" : "descending") : "none";
      this.heads[i].setAttribute("aria-sort", order);
    });
    this.arrange();
  }

  arrange() {
    this.order = this.sorted ? this.inOrder() : this.rows;
    this.current = Math.max(0, Math.min(this.current, this.order.length - 1));
    this.space.style.height = `${this.order.length * ROW}px`;
    this.grid.setAttribute("aria-rowcount", this.order.length + 1);
    this.nothing.hidden = this.order.length > 0;
    this.paint();
  }

  /** What is unknown comes last, either way round. */
  inOrder() {
    const { column, sign } = this.sorted;
    const keyed = this.rows.map((row) => [column.sort(row) ?? null, row]);
    keyed.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (typeof a === "string" ? collator.compare(a, b) : a - b);
    });
    return keyed.map(([, row]) => row);
  }

  key_(event) {
    const page = Math.max(1, Math.floor((this.grid.clientHeight - HEAD) / ROW) - 1);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (event.target !== this.grid) return; // a button in a cell has its own keys
    if (step !== undefined) {
      event.preventDefault();
      this.reach(Math.max(0, Math.min(this.order.length - 1, this.current + step)));
      this.paint();
    } else if (event.key === "Enter" && this.order.length) {
      event.preventDefault();
      this.take(this.order[this.current]);
    }
  }

  take(row) {
    this.chosen = this.key(row);
    this.current = this.order.indexOf(row);
    this.paint();
    this.onChoose?.(row);
  }

  reach(at) {
    this.current = at;
    const top = at * ROW;
    const room = this.grid.clientHeight - HEAD;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top + ROW > this.grid.scrollTop + room) this.grid.scrollTop = top + ROW - room;
  }

  /** Write what can be seen now. */
  paint() {
    const { scrollTop, clientHeight } = this.grid;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
    const last = Math.min(this.order.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
    while (this.pool.length < last - first) this.pool.push(this.blank());
    this.pool.forEach((line, i) => {
      const at = first + i;
      line.element.hidden = at >= last;
      if (at < last) this.fill(line, this.order[at], at);
    });
    const seen = this.current >= first && this.current < last && this.order.length > 0;
    if (seen) this.grid.setAttribute("aria-activedescendant", this.id(this.current));
    else this.grid.removeAttribute("aria-activedescendant");
  }

  blank() {
    const cells = this.columns.map(() => h("div", { role: "gridcell" }));
    const line = { cells, row: null };
    line.element = h(
      "div",
      { role: "row", class: "table-row", style: this.style(), onclick: () => this.take(line.row) },
      ...cells,
    );
    this.space.append(line.element);
    return line;
  }

  fill(line, row, at) {
    line.row = row;
    line.element.id = this.id(at);
    line.element.style.transform = `translateY(${at * ROW}px)`;
    line.element.setAttribute("aria-rowindex", at + 2);
    line.element.setAttribute("aria-selected", String(this.key(row) === this.chosen));
    line.element.toggleAttribute("data-current", at === this.current);
    this.columns.forEach((column, i) => {
      const told = column.write(line.cells[i], row);
      if (typeof told === "string") write(line.cells[i], told);
    });
  }

  id(at) {
    this.name ??= `table-${(tables += 1)}`;
    return `${this.name}-${at}`;
  }
}

let tables = 0;
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
