// The list of the alerts page: the live page's queue with filters, with marks for several at once and
// with groups that open.

import { h, mark, write } from "../dom.js";
import { isGroup, masked, waits } from "../stores/alerts.js";
import { t } from "../words.js";
import { Queue } from "../watch/queue.js";

export class AlertList extends Queue {
  build(root) {
    this.filter = () => true;
    this.unfolded = new Set(); // keys of groups that are open
    this.marked = new Set(); // keys
    this.count = h("span", { class: "list-count", role: "status" });
    this.missing = h("div", { class: "queue-missing", role: "status", hidden: true });
    this.space = h("div", { class: "space" });
    this.empty = h("div", { class: "queue-empty" });
    this.view = h(
      "div",
      {
        class: "queue-rows",
        tabindex: "0",
        "aria-label": t("queue.title"),
        onscroll: () => this.paint(),
        onkeydown: (event) => this.key(event),
      },
      this.space,
      this.empty,
    );
    root.append(this.missing, this.view);
  }

  arrange() {
    const shown = this.alerts.queue().filter((alert) => !masked(alert));
    const fits = (alert) => this.filter(alert);
    this.order = shown.flatMap((alert) => {
      if (!isGroup(alert)) return fits(alert) ? [alert] : [];
      const members = this.alerts.members(alert.key).filter(fits);
      if (!fits(alert) && !members.length) return [];
      return this.unfolded.has(alert.key) ? [alert, ...members] : [alert];
    });
    for (const key of this.marked) if (!this.alerts.get(key)) this.marked.delete(key);
    this.missing.hidden = this.alerts.detail === "";
    write(this.missing, this.alerts.detail && t("queue.missing", { detail: this.alerts.detail }));
    this.lines.resize(this.order.length);
    this.empty.hidden = this.order.length > 0;
    const some = this.order.length > 0;
    this.view.setAttribute("role", some ? "listbox" : "group"); // no list without options
    if (some) this.view.setAttribute("aria-multiselectable", "true");
    else this.view.removeAttribute("aria-multiselectable");
    const words = shown.length ? "alerts.nofit" : "queue.none";
    write(this.empty, t(this.alerts.loaded ? words : "queue.loading"));
    write(this.count, t("alerts.count", { shown: this.order.length, all: shown.length }));
    this.paint();
    this.on.marks?.();
  }

  /** Those that are marked, or else the chosen one. */
  targets() {
    const keys = this.marked.size ? [...this.marked] : [this.selected];
    return keys.map((key) => this.alerts.get(key)).filter(Boolean);
  }

  turn(key) {
    if (!this.marked.delete(key)) this.marked.add(key);
    this.paint();
    this.on.marks();
  }

  markAll(all) {
    this.marked = new Set(all ? this.order.filter(waits).map(({ key }) => key) : []);
    this.paint();
    this.on.marks();
  }

  expand(key, open = !this.unfolded.has(key)) {
    if (open) this.unfolded.add(key);
    else this.unfolded.delete(key);
    this.arrange();
  }

  key(event) {
    const alert = this.alerts.get(this.selected);
    if (event.key === " " && alert) {
      event.preventDefault();
      this.turn(alert.key);
    } else if (event.key === "Enter") this.on.enter();
    else super.key(event);
  }

  row() {
    const row = super.row();
    row.box = h("span", {
      class: "mark-box",
      "aria-hidden": "true",
      title: t("alerts.mark"),
      onclick: (event) => {
        event.stopPropagation();
        this.turn(row.alert.key);
      },
    });
    row.fold = h(
      "span",
      {
        class: "fold",
        "aria-hidden": "true",
        onclick: (event) => {
          event.stopPropagation();
          this.expand(row.alert.key);
        },
      },
      "▸",
    );
    row.element.prepend(row.box);
    row.element.insertBefore(row.fold, row.button);
    return row;
  }

  fill(row, alert, at, i) {
    const reached = super.fill(row, alert, at, i);
    const { element } = row;
    element.id = `alerts-page-row-${i}`;
    element.setAttribute("aria-checked", String(this.marked.has(alert.key)));
    row.fold.hidden = !isGroup(alert);
    const open = this.unfolded.has(alert.key);
    mark(element, "open", String(open));
    mark(element, "member", String(this.alerts.inGroup(alert)));
    return reached && element.id;
  }
}
