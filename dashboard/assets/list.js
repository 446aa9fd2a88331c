// All assets, in a list of any length, in groups if these are asked for: what stands in it, which row is
// selected or reached, what the keys do in it.

import { h, write } from "./dom.js";
import { number } from "./format.js";
import { GROUPINGS, Grouping, isGroup } from "./live/grouping.js";
import { ListChips } from "./live/list_chips.js";
import { ListFilter } from "./live/list_filter.js";
import { ListOrder } from "./live/list_order.js";
import { ROW, fillAsset, fillGroup, makeRow } from "./live/list_rows.js";
import { VirtualRows } from "./virtual.js";
import { rightToLeft, t } from "./words.js";

export class List {
  /** `onChoose(slot)` when a row is chosen, `onMatches(bytes or null)` when the filter changes. */
  constructor(root, fleet, { onChoose, onMatches, onFilter }) {
    this.fleet = fleet;
    this.onChoose = onChoose;
    this.onMatches = onMatches;
    this.onFilter = onFilter;
    this.onSeek = () => {}; // told what is typed
    this.filter = new ListFilter(fleet);
    this.chips = new ListChips((name, value) => this.choose(name, value));
    this.ordering = new ListOrder(fleet);
    this.grouping = new Grouping(fleet);
    this.order = []; // slots
    this.entries = []; // what stands below each other, as Grouping has it
    this.reached = null; // key of the group that the arrow keys have come to; null: the selected asset
    this.selected = -1;
    this.elsewhere = 0; // what the search finds that is no asset of the list
    this.build(root);
    this.lines = new VirtualRows(this.view, this.space, {
      height: ROW,
      make: () => this.row(),
      fill: (row, at) => this.fill(row, at),
    });
    new ResizeObserver(() => this.paint()).observe(this.view);
  }

  build(root) {
    root.setAttribute("aria-label", t("list.label"));
    this.search = h("input", {
      type: "search",
      id: "search",
      placeholder: t("list.search"),
      "aria-label": t("list.search.label"),
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.seek(this.search.value),
      onkeydown: (event) => this.key(event),
    });
    this.sorter = h(
      "button",
      {
        type: "button",
        class: "sorter",
        title: t("list.order"),
        onclick: () => this.turnOrder(),
      },
      t("list.byname"),
    );
    this.grouper = h(
      "select",
      {
        class: "grouper",
        title: t("list.grouping"),
        "aria-label": t("list.grouping"),
        onchange: () => this.group(this.grouper.value),
      },
      ...GROUPINGS.map((by) => h("option", { value: by }, t(`list.grouping.${by}`))),
    );
    this.grouper.value = this.grouping.by;
    this.status = h("span", { class: "shown", role: "status" });
    this.space = h("div", { class: "space" });
    this.empty = h("div", { class: "nothing", hidden: true });
    this.view = h(
      "div",
      {
        class: "rows",
        tabindex: "0",
        id: "rows",
        "aria-label": t("list.assets"),
        onscroll: () => this.paint(),
        onkeydown: (event) => this.key(event),
      },
      this.space,
      this.empty,
    );
    root.append(
      h(
        "div",
        { class: "tools" },
        h("div", { class: "search" }, this.search, h("kbd", {}, "/")),
        this.chips.kinds,
        this.chips.levels,
      ),
      h("div", { class: "list-head" }, this.status, this.chips.state, this.grouper, this.sorter),
      this.view,
    );
    this.showFilter();
  }

  seek(text) {
    this.filter.seek(text);
    this.arrange();
    this.onSeek(text);
  }

  clearSearch() {
    this.search.value = "";
    this.seek("");
  }

  /** Put the cursor into the search. */
  seekFocus() {
    this.search.focus();
    this.search.select();
  }

  /** Empty the search if the cursor is in it. Whether there was anything to empty. */
  leaveSearch() {
    const filled = document.activeElement === this.search && this.search.value !== "";
    if (filled) this.clearSearch();
    return filled;
  }

  /** Take the filter from an address. */
  narrow(params) {
    if (this.filter.take(params)) this.refilter();
  }

  /** The filter for an address. */
  filterParams() {
    return this.filter.params();
  }

  /** Choose one part of the filter. */
  choose(name, value) {
    this.filter.choose(name, value);
    this.refilter();
  }

  refilter() {
    this.showFilter();
    this.arrange();
  }

  turnOrder() {
    this.ordering.turn();
    write(this.sorter, t(this.ordering.lostFirst ? "list.lostfirst" : "list.byname"));
    this.arrange();
  }

  /** Group by one of GROUPINGS. */
  group(by) {
    this.grouping.set(by);
    this.reached = null;
    this.arrange();
  }

  showFilter() {
    this.chips.show(this.filter.chosen);
    this.onFilter(this.filter.chosen);
  }

  /** Whether who is shown where depends on how fresh it is. */
  get followsFreshness() {
    return this.filter.chosen.freshness !== null || this.ordering.lostFirst;
  }

  /** Whether who is shown depends on what it does. */
  get followsState() {
    return this.filter.chosen.state !== null;
  }

  /** Which assets are shown, in which order; then paint. */
  arrange() {
    const { fleet, filter } = this;
    const matches = new Uint8Array(fleet.count);
    const order = [];
    for (let slot = 0; slot < fleet.count; slot += 1) {
      if (!filter.fits(slot)) continue;
      matches[slot] = 1;
      order.push(slot);
    }
    this.ordering.sort(order);
    this.order = order;
    this.view.setAttribute("role", this.grouping.on ? "tree" : "listbox");
    // What is searched for is shown, in closed groups too.
    const { entries, offsets } = this.grouping.entries(order, filter.seeks);
    this.entries = entries;
    this.lines.resize(entries.length, offsets);
    if (this.current() < 0) this.reached = null;
    this.onMatches(filter.narrows ? matches : null);
    write(
      this.status,
      filter.narrows
        ? t("list.some", { count: number(order.length), all: number(fleet.count) })
        : t("list.count", { count: number(order.length) }),
    );
    this.showElsewhere(this.elsewhere);
    write(
      this.empty,
      t(fleet.count === 0 ? "list.none" : "list.nomatch"),
    );
    this.paint();
  }

  /** How many other things the search finds: with any it cannot be said that nothing matches. */
  showElsewhere(count) {
    this.elsewhere = count;
    this.empty.hidden = this.order.length > 0 || count > 0;
  }

  /** Open a group or close it. */
  turn(key, open) {
    this.grouping.turn(key, open);
    this.arrange();
  }

  /** `tally` of the fleet. */
  showTally(tally) {
    this.chips.showTally(tally);
  }

  select(slot) {
    this.selected = slot;
    this.reached = null;
    const { grouping } = this;
    if (slot >= 0 && grouping.on && !grouping.isOpen(grouping.keyOf(slot))) this.turn(grouping.keyOf(slot), true);
    const at = this.current();
    if (at >= 0) this.lines.reach(at);
    this.paint();
  }

  /** Where among the entries the arrow keys have come to; -1 if nowhere. */
  current() {
    if (this.reached === null) return this.entries.indexOf(this.selected);
    return this.entries.findIndex((entry) => isGroup(entry) && entry.key === this.reached);
  }

  key(event) {
    const step = this.lines.steps(event.key);
    const typing = event.target === this.search;
    if (step !== undefined && !(typing && Math.abs(step) === Infinity)) {
      event.preventDefault();
      this.step(step, typing);
    } else if (event.key === "Enter" && typing && this.order.length) {
      const first = this.entries.find((entry) => !isGroup(entry)) ?? this.order[0];
      this.onChoose(this.order.includes(this.selected) ? this.selected : first);
    } else if (!typing && this.grouping.on && this.keyOfTree(event.key)) event.preventDefault();
  }

  /** `assetsOnly` passes over groups. */
  step(by, assetsOnly = false) {
    const { entries } = this;
    if (!this.order.length) return;
    const at = this.current();
    const from = at < 0 && by < 0 ? entries.length : at; // of none, up is to the last
    let next = Math.max(0, Math.min(entries.length - 1, from + by));
    while (assetsOnly && isGroup(entries[next])) next += by < 0 ? -1 : 1;
    if (isGroup(entries[next])) this.reachGroup(entries[next].key);
    else if (next in entries) this.onChoose(entries[next]);
  }

  /** Let the keys come to the head of a group. */
  reachGroup(key) {
    this.reached = key;
    this.lines.reach(this.current());
    this.paint();
  }

  /** What keys do in a tree: open, close, to the head of the group. Whether it was such a key. */
  keyOfTree(key) {
    const entry = this.entries[this.current()];
    const [inwards, outwards] = rightToLeft ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    if (entry === undefined) return false;
    if (!isGroup(entry)) {
      if (key === outwards) this.reachGroup(this.grouping.keyOf(entry));
      return key === outwards;
    }
    if (key === "Enter" || key === " ") this.turn(entry.key);
    else if (key === inwards && entry.open) this.step(1);
    else if (key === inwards) this.turn(entry.key, true);
    else if (key === outwards) this.turn(entry.key, false);
    else return false;
    return true;
  }

  /** Write what can be seen now. */
  paint() {
    this.lines.paint();
  }

  row() {
    return makeRow((entry) => {
      if (!isGroup(entry)) this.onChoose(entry);
      else {
        this.reached = entry.key;
        this.turn(entry.key);
      }
    });
  }

  fill(row, at) {
    const { entries, fleet, grouping, order, reached, selected } = this;
    const entry = entries[at];
    if (isGroup(entry)) return fillGroup(row, fleet, entry, entry.key === reached);
    const group = grouping.on ? grouping.groupOf(entry) : null;
    const place = group ? [at - group.at, group.slots.length] : [at + 1, order.length];
    const id = fillAsset(row, fleet, entry, { selected: entry === selected, inGroup: grouping.on, place });
    return reached === null ? id : null;
  }
}
