// A plan that is being made: begun, followed, ended early, or given up for a newer one.

import { api } from "../api.js";

const WAIT = 3; // seconds that the server may hold an answer back

/**
 * Dispatches `change` as it gets on. `state` is "none", "asked", or what the server says of the job;
 * `told` what the server said last, `result` the plan that was made last and `made` its job's id,
 * `problem` ({ message, code, values }) why there is none, or null.
 */
export class PlanJob extends EventTarget {
  constructor() {
    super();
    this.round = 0;
    this.forget();
  }

  forget() {
    Object.assign(this, { state: "none", told: null, result: null, made: null, problem: null, id: null });
  }

  get running() {
    return ["asked", "waiting", "running"].includes(this.state);
  }

  /** Have it made; an older one that is still being made is ended. */
  async begin(form) {
    this.round += 1;
    const { round } = this;
    this.end();
    Object.assign(this, { state: "asked", told: null, problem: null, id: null });
    this.tell();
    try {
      let told = await api.post("/plan-jobs", form, { key: crypto.randomUUID() });
      if (round !== this.round) {
        api.delete(`/plan-jobs/${told.id}`).catch(console.info);
        return;
      }
      this.id = told.id;
      while (round === this.round && !told.ended_time) {
        this.take(told);
        told = await api.get(`/plan-jobs/${told.id}?wait=${WAIT}`);
      }
      const result = told.state === "done" ? await api.get(`/plan-jobs/${told.id}/result`) : null;
      if (round !== this.round) return;
      this.result = result;
      this.made = told.id;
      this.problem = told.error ? { message: told.error, code: told.error_code, values: told.error_values } : null;
      this.take(told);
    } catch (error) {
      if (round !== this.round) return;
      this.state = "failed";
      this.result = null;
      this.problem = error; // an ApiProblem has its own words
      this.tell();
    }
  }

  take(told) {
    this.told = told;
    this.state = told.state;
    this.tell();
  }

  /** Have the best so far. */
  async enough() {
    if (this.id) await api.post(`/plan-jobs/${this.id}/enough`);
  }

  /** Give it up. */
  cancel() {
    if (!this.running) return;
    this.round += 1;
    this.end();
    this.state = "cancelled";
    this.tell();
  }

  /** End the job on the server, if it still runs. */
  end() {
    if (this.id && this.running) api.delete(`/plan-jobs/${this.id}`).catch(console.info);
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }
}
