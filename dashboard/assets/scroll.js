// Pages of a list of the API, loaded as one scrolls; what is under way when another list is asked for is
// dropped.

import { ApiProblem } from "./api.js";
import { h } from "./dom.js";
import { t } from "./words.js";

const NEAR = 600; // CSS pixels before the end at which the next page is asked for
const MOST = 20_000; // rows that are held

export class Scroll {
  /**
   * `table` shows the rows, each as `read` makes it; `state` is the element that says what is under
   * way or wrong.
   */
  constructor(api, table, read = (row) => row) {
    this.read = read;
    this.api = api;
    this.table = table;
    this.rows = [];
    this.next = null;
    this.loading = false;
    this.turn = 0;
    this.again = h("button", { type: "button", class: "button", onclick: () => this.more() }, t("page.again"));
    this.words = h("span", {});
    this.state = h("div", { class: "scroll-state", role: "status" }, this.words, this.again);
    this.again.hidden = true;
    table.grid.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = table.grid;
      if (scrollTop + clientHeight > scrollHeight - NEAR && this.next !== null && this.again.hidden) this.more();
    });
  }

  /** Show another list from its beginning: `path` without a cursor. */
  async open(path) {
    this.turn += 1;
    this.path = path;
    this.rows = [];
    this.next = "";
    this.loading = false;
    this.table.grid.scrollTop = 0;
    this.table.show([]);
    await this.more();
  }

  async more() {
    if (this.loading || this.next === null) return;
    const { turn } = this;
    this.load(true);
    this.tell(t("page.loading"));
    try {
      const cursor = this.next ? `&cursor=${encodeURIComponent(this.next)}` : "";
      const { items, next } = await this.api.get(this.path + cursor);
      if (turn !== this.turn) return;
      this.rows.push(...items.map(this.read));
      this.next = this.rows.length < MOST ? next : null;
      this.table.show(this.rows);
      this.tell(next !== null && this.next === null ? t("scroll.most", { count: MOST }) : this.count());
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (turn === this.turn) this.tell(error.detail, true);
    } finally {
      if (turn === this.turn) this.load(false);
    }
  }

  load(under) {
    this.loading = under;
    this.table.element.dataset.busy = String(under);
  }

  count() {
    return t(this.next === null ? "scroll.all" : "scroll.some", { count: this.rows.length });
  }

  tell(words, failed = false) {
    this.words.textContent = words;
    this.again.hidden = !failed;
  }
}
