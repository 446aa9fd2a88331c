// A table of any length. The arrow keys reach its rows, the cells in a row and, above the first row, the
// heads; Enter or Space does what can be done there (the grid of the ARIA practices).

import { h, write } from "./dom.js";
import { VirtualRows } from "./virtual.js";
import { rightToLeft, t } from "./words.js";

const ROW = 40; // CSS pixels; the style sheet says the same
const HEAD = 36;
const HEADS = -1; // the row that the heads are
const WHOLE = -1; // the column that a whole row is
const CONTROLS = "a, button, input, select";

export class Table {
  /**
   * A column is { id, label, write(cell, row), sort(row), width, unseen }: `write` fills the cell's
   * element (which held another row before), `sort` gives what the column is sorted by (a number, a
   * text or null; left out: not sortable), `width` is of CSS grid, the label of an `unseen` one is only
   * heard. `key(row)` names a row for good, `onChoose(row)` is called when one is chosen, `label` is
   * said of the whole table.
   */
  constructor(root, { columns, key, onChoose = null, label, empty = t("table.empty") }) {
    Object.assign(this, { columns, key, onChoose, rows: [], order: [] });
    this.name = `table-${(tables += 1)}`;
    this.sorted = null; // { column, sign }
    this.chosen = null; // key of the chosen row
    this.current = 0; // index of the row that the arrow keys have reached, or HEADS
    this.column = WHOLE; // index of the column
    this.walks = columns.some(({ sort }) => sort); // else there is nothing to do in heads and cells
    this.tracks = columns.map(({ width }) => width ?? "minmax(80px, 1fr)").join(" ");
    this.heads = columns.map((column, i) => this.head(column, i));
    this.space = h("div", { role: "rowgroup", class: "space" });
    this.nothing = h("div", { class: "nothing" }, empty);
    this.said = h("div", { class: "unseen", role: "status" });
    this.grid = h(
      "div",
      {
        class: "table-view",
        role: "grid",
        tabindex: "0",
        "aria-label": label,
        "aria-colcount": columns.length,
        onscroll: () => this.paint(),
        onpointerover: ({ target }) => tellWhole(target.closest(".table-row > *")),
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
    this.lines = new VirtualRows(this.grid, this.space, {
      height: ROW,
      covered: HEAD,
      make: () => this.blank(),
      fill: (line, at) => this.fill(line, at),
    });
    this.element = h(
      "div",
      { class: "table", "data-chooses": onChoose !== null },
      this.grid,
      this.nothing,
      this.said,
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
    if (at >= 0) {
      if (this.current !== HEADS) this.current = at;
      this.lines.reach(at);
    }
    this.paint();
  }

  style() {
    return `grid-template-columns: ${this.tracks}`;
  }

  head(column, i) {
    const sort = () => {
      this.sort(column);
      this.grid.focus({ preventScroll: true });
    };
    const label = column.unseen ? h("span", { class: "unseen" }, column.label) : column.label;
    return h(
      "div",
      { role: "columnheader", id: `${this.name}-head-${i}`, "aria-sort": column.sort ? "none" : null },
      column.sort ? h("button", { type: "button", tabindex: "-1", onclick: sort }, label) : label,
    );
  }

  /** Sort by a column; by the same again the other way round. */
  sort(column) {
    const again = this.sorted?.column === column;
    this.sorted = { column, sign: again ? -this.sorted.sign : 1 };
    const order = this.sorted.sign > 0 ? "ascending" : "descending";
    this.columns.forEach((other, i) => {
      if (other.sort) this.heads[i].setAttribute("aria-sort", other === column ? order : "none");
    });
    write(this.said, t(`table.${order}`, { column: column.label }));
    this.arrange();
  }

  arrange() {
    this.order = this.sorted ? this.inOrder() : this.rows;
    if (this.current !== HEADS) this.current = Math.max(0, Math.min(this.current, this.order.length - 1));
    this.lines.resize(this.order.length);
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
    if (event.target !== this.grid) return; // a control in a cell has its own keys
    const aside = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const step = this.lines.steps(event.key);
    const onRow = this.current !== HEADS && this.column === WHOLE;
    if (event.key === "Enter" || (event.key === " " && !onRow)) this.act();
    else if (aside && this.walks) this.turn(rightToLeft ? -aside : aside);
    else if (step === undefined) return; // the page's own keys
    else if (Math.abs(step) === Infinity && this.column !== WHOLE) this.turn(step);
    else this.step(step);
    event.preventDefault();
  }

  /** To the column before or after, in a row as far as the row itself. */
  turn(by) {
    const least = this.current === HEADS ? 0 : WHOLE;
    const most = this.columns.length - 1;
    this.reach(this.current, Math.max(least, Math.min(most, this.column + by)));
    this.paint();
    const cell = this.current === HEADS ? this.heads[this.column] : this.cell();
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  step(by) {
    const { current, column, order } = this;
    if (current === HEADS) {
      if (by > 0) this.reach(0, WHOLE);
    } else if (by === -1 && current === 0 && this.walks) this.reach(HEADS, Math.max(0, column));
    else this.reach(Math.max(0, Math.min(order.length - 1, current + by)), column);
    this.paint();
  }

  /** What Enter and Space do where the keys have come to. */
  act() {
    const { current, column, order } = this;
    if (current === HEADS) {
      if (this.columns[column].sort) this.sort(this.columns[column]);
      return;
    }
    const control = this.cell()?.querySelector(CONTROLS);
    if (control) control.click();
    else if (order.length) this.take(order[current]);
  }

  /** The cell that the keys have reached; undefined while it is the whole row. */
  cell() {
    return this.lines.row(this.current)?.cells[this.column];
  }

  take(row) {
    this.chosen = this.key(row);
    this.current = this.order.indexOf(row);
    this.paint();
    this.onChoose?.(row);
  }

  /** Let the keys have come to a row and a column. */
  reach(at, column) {
    this.current = at;
    this.column = column;
    if (at !== HEADS) this.lines.reach(at);
  }

  /** Write what can be seen now. */
  paint() {
    const inHeads = this.current === HEADS;
    this.heads.forEach((head, i) => head.toggleAttribute("data-reached", inHeads && i === this.column));
    this.lines.paint(inHeads ? this.heads[this.column].id : null);
  }

  blank() {
    const line = { cells: this.columns.map(() => h("div", { role: "gridcell" })), row: null };
    const onclick = (event) => {
      if (event.target.closest(CONTROLS)) return; // it does what it does
      this.column = WHOLE;
      this.take(line.row);
    };
    line.element = h("div", { role: "row", class: "table-row", style: this.style(), onclick }, ...line.cells);
    return line;
  }

  fill(line, at) {
    const row = this.order[at];
    const { element } = line;
    const here = at === this.current;
    let reached = here && this.column === WHOLE ? this.id(at) : null;
    line.row = row;
    element.id = this.id(at);
    element.setAttribute("aria-rowindex", at + 2);
    element.setAttribute("aria-selected", String(this.key(row) === this.chosen));
    element.toggleAttribute("data-current", here);
    this.columns.forEach((column, i) => {
      const cell = line.cells[i];
      const told = column.write(cell, row);
      if (typeof told === "string") write(cell, told);
      const isReached = here && i === this.column;
      cell.toggleAttribute("data-reached", isReached);
      if (isReached) reached = cell.id = `${element.id}-${i}`;
      else if (cell.id) cell.removeAttribute("id");
    });
    return reached;
  }

  id(at) {
    return `${this.name}-${at}`;
  }
}

let tables = 0;
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** What is cut off in a cell is read where the pointer rests, if the cell says nothing of its own. */
function tellWhole(cell) {
  if (!cell || (cell.title && !("whole" in cell.dataset))) return;
  cell.dataset.whole = "";
  cell.title = cell.scrollWidth > cell.clientWidth ? cell.textContent : "";
}
