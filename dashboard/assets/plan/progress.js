// The foot of the form: what is missing, how far the planning is, why there is no plan.

import { h, write } from "../dom.js";
import { t } from "../words.js";
import { trouble } from "./said.js";

export class Progress {
  /** `plan()` is called to have it planned; `job` is a PlanJob; `zone()` that of times. */
  constructor(job, zone, plan) {
    Object.assign(this, { job, zone });
    this.trouble = h("p", { class: "plan-problem", role: "alert", hidden: true });
    this.state = h("p", { class: "plan-progress-words", role: "status" });
    this.bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": t("plan.progress") });
    const button = (words, onclick, more = {}) => h("button", { type: "button", class: "button", onclick, ...more }, t(words));
    this.go = button("plan.go", plan, { class: "button main" });
    this.enough = button("plan.enough", () => job.enough().catch((error) => this.problem(trouble(error, zone()))), { hidden: true });
    this.stop = button("plan.stop", () => job.cancel(), { hidden: true });
    this.element = h("div", { class: "plan-foot" }, this.trouble, this.state, this.bar, h("div", { class: "plan-buttons" }, this.go, this.enough, this.stop));
  }

  problem(words) {
    this.trouble.hidden = !words;
    write(this.trouble, words ?? "");
  }

  say(words) {
    write(this.state, words);
  }

  /** As the job is now. */
  show() {
    const { job } = this;
    this.problem(job.problem && trouble(job.problem, this.zone()));
    this.bar.hidden = !job.running;
    this.stop.hidden = !job.running;
    this.enough.hidden = !job.running || !job.id;
    this.bar.value = job.told?.share ?? 0;
    write(this.go, t(job.result ? "plan.go.again" : "plan.go"));
    this.say(this.words());
  }

  words() {
    const { job } = this;
    if (job.state === "cancelled") return t("plan.cancelled");
    if (!job.running) return "";
    const percent = Math.round(100 * (job.told?.share ?? 0));
    return t("plan.working", { percent, seconds: Math.round(job.told?.seconds ?? 0) });
  }
}
