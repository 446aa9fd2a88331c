// The checklist of an alert: what is to be done, who did it when.

import { ApiProblem } from "../api.js";
import { h } from "../dom.js";
import { timeOfDay } from "../format.js";
import { t } from "../words.js";
import { inLanguage } from "./alert_words.js";
import { heading } from "./panel_parts.js";

const PHASES = ["before", "during", "after"];

export class Checklist {
  /** `onTick()` when somebody here has ticked something. */
  constructor({ api, say, operator, zone }, onTick = () => {}) {
    this.onTick = onTick;
    this.api = api;
    this.say = say;
    this.operator = operator;
    this.zone = zone;
    this.alert = null;
    this.raised = null;
    this.count = h("span", { class: "checklist-count" });
    this.list = h("div", { class: "checklist-items" });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    const title = heading(t("checklist.title"));
    title.append(" ", this.count);
    this.element = h("section", { class: "checklist", hidden: true }, title, this.problem, this.list);
  }

  /** Show that of one raising of the alert with this key; of null none. */
  show(alert, raised) {
    if (alert !== null && (this.alert !== alert || this.raised !== raised)) this.list.replaceChildren();
    this.element.hidden = alert === null;
    this.alert = alert;
    this.raised = raised;
    return this.load();
  }

  /** Ask again: others tick too. */
  async load() {
    if (this.alert === null) return;
    const query = new URLSearchParams({ alert: this.alert, raised: this.raised });
    await this.told(() => this.api.get(`/checklists?${query}`));
  }

  /** Go to the next item that is not done, from where the focus is. */
  focus() {
    const boxes = [...this.list.querySelectorAll("input")];
    const at = boxes.indexOf(document.activeElement);
    const left = boxes.filter((box) => !box.checked && box !== document.activeElement);
    (left.find((box) => boxes.indexOf(box) > at) ?? left[0])?.focus();
  }

  async tick(item, done) {
    const who = await this.operator();
    const body = { alert: this.alert, raised_time: this.raised, item, done, who };
    if (who === null) await this.load();
    else {
      await this.told(() => this.api.post("/checklists", body));
      this.onTick();
    }
  }

  async told(ask) {
    const { alert, raised } = this;
    try {
      const told = await ask();
      if (this.alert !== alert || this.raised !== raised) return;
      this.problem.hidden = true;
      this.fill(told.items);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem.hidden = false;
      this.problem.textContent = error.detail;
      for (const box of this.list.querySelectorAll("input")) box.checked = box.defaultChecked;
    }
  }

  fill(items) {
    const said = JSON.stringify(items);
    if (said === this.list.dataset.said && this.list.children.length) return;
    this.list.dataset.said = said;
    const focused = document.activeElement?.closest?.(".checklist")
      ? document.activeElement.dataset.item
      : null;
    this.count.textContent = t("checklist.count", {
      done: items.filter(({ done }) => done).length,
      all: items.length,
    });
    this.list.replaceChildren(
      ...PHASES.flatMap((phase) => [
        h("h4", {}, t(`checklist.${phase}`)),
        ...items.filter((item) => item.phase === phase).map((item) => this.row(item)),
      ]),
    );
    if (focused) this.list.querySelector(`[data-item="${focused}"]`)?.focus();
  }

  row({ id, text, done, who, time }) {
    const box = h("input", {
      type: "checkbox",
      "data-item": id,
      checked: done,
      onchange: () => this.tick(id, box.checked),
    });
    const by = done ? `${who} · ${timeOfDay(Date.parse(time), this.zone())}` : "";
    return h(
      "label",
      { class: "checklist-item", "data-done": String(done) },
      box,
      h("span", {}, inLanguage(text)),
      h("span", { class: "by" }, by),
    );
  }
}
