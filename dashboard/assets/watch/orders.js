// What people do to alerts, by the REST API and under their name. One order at a time for each alert:
// who presses twice does it once.

import { ApiProblem } from "../api.js";
import { t } from "../words.js";

/** Minutes for which an alert can be shelved; eight hours, a shift, is the most. */
export const SHELVES = [15, 30, 60, 120, 240, 480];

const REASONS = ["known", "maintenance", "nuisance", "other"];
const WHY_LONGEST = 2000; // characters
const AT_ONCE = 200; // alerts of one request

/** Dispatches `change` when what is under way or what failed has become another. */
export class Orders extends EventTarget {
  constructor({ api, ask, say, operator }, alerts) {
    super();
    this.api = api;
    this.ask = ask;
    this.say = say;
    this.operator = operator;
    this.underWay = new Map(); // key: what
    this.failed = new Map(); // key: why
    alerts.addEventListener("change", () => {
      for (const key of this.failed.keys()) if (!alerts.get(key)) this.failed.delete(key);
    });
  }

  acknowledge(alert) {
    return this.order(alert, "acknowledge", {}, t("queue.acknowledged"));
  }

  unshelve(alert) {
    return this.order(alert, "unshelve", {}, t("queue.unshelved"));
  }

  reset(alert) {
    return this.order(alert, "reset", {}, t("queue.wasreset"));
  }

  async shelve(alert) {
    const answer = await this.ask({
      title: t("queue.shelve.title"),
      words: t("queue.shelve.words"),
      fields: [
        {
          name: "reason",
          label: t("queue.shelve.reason"),
          type: "select",
          required: true,
          options: REASONS.map((name) => ({ value: name, label: t(`queue.shelve.${name}`) })),
        },
        { name: "why", label: t("queue.shelve.more"), type: "textarea", longest: WHY_LONGEST / 2 },
        {
          name: "minutes",
          label: t("queue.shelve.time"),
          type: "select",
          required: true,
          value: "30",
          options: SHELVES.map((minutes) => ({
            value: String(minutes),
            label: minutes < 60 ? t("queue.minutes", { minutes }) : t("queue.hours", { hours: minutes / 60 }),
          })),
        },
      ],
      action: t("queue.shelve.action"),
    });
    if (answer === null) return;
    const why = [t(`queue.shelve.${answer.reason}`), answer.why].filter(Boolean).join(": ");
    const minutes = Number(answer.minutes);
    await this.order(alert, "shelve", { why, minutes }, t("queue.shelved"));
  }

  async note(alert) {
    const answer = await this.ask({
      title: t("queue.note.title"),
      fields: [
        { name: "text", label: t("queue.note.text"), type: "textarea", required: true, longest: WHY_LONGEST },
      ],
      action: t("queue.note.action"),
    });
    if (answer === null) return;
    await this.order(alert, "note", { why: answer.text }, t("queue.noted"));
  }

  /** Put away for as long as a design or a repair wants: not asked for again by itself. */
  suppress(alert) {
    return this.putAway(alert, "suppress", "suppress", "queue.suppressed");
  }

  unsuppress(alert) {
    return this.order(alert, "unsuppress", {}, t("queue.unsuppressed"));
  }

  remove(alert) {
    return this.putAway(alert, "remove_from_service", "remove", "queue.removed");
  }

  restore(alert) {
    return this.order(alert, "restore_to_service", {}, t("queue.restored"));
  }

  async putAway(alert, what, name, done) {
    const answer = await this.ask({
      title: t(`queue.${name}.title`),
      words: t(`queue.${name}.words`),
      fields: [
        { name: "why", label: t("queue.shelve.reason"), type: "textarea", required: true, longest: WHY_LONGEST },
      ],
      action: t(`queue.${name}.action`),
    });
    if (answer !== null) await this.order(alert, what, { why: answer.why }, t(done));
  }

  /**
   * Ask the server to do it, to one alert or to several at once; what comes of it is seen when the
   * alerts change, here as everywhere.
   */
  async order(one, what, more, done) {
    const keys = [one].flat().map(({ key }) => key).filter((key) => !this.underWay.has(key));
    if (!keys.length) return;
    for (const key of keys) {
      this.underWay.set(key, what);
      this.failed.delete(key);
    }
    this.dispatchEvent(new Event("change"));
    try {
      const who = await this.operator();
      if (who === null) return;
      let left = 0;
      for (let start = 0; start < keys.length; start += AT_ONCE)
        left += await this.some(keys.slice(start, start + AT_ONCE), what, { who, ...more });
      if (left) this.say(t("queue.left", { count: left }), { kind: "warning" });
      else this.say(keys.length > 1 ? t("queue.several", { done, count: keys.length }) : done);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      for (const key of keys) this.failed.set(key, error.detail);
      this.say(error.detail, { kind: "problem" });
    } finally {
      for (const key of keys) this.underWay.delete(key);
      this.dispatchEvent(new Event("change"));
    }
  }

  /** How many of them it was not done to; why is kept. Throws ApiProblem if it was done to none. */
  async some(keys, what, more) {
    const { alerts } = await send(this.api, keys, what, more);
    const refused = alerts.filter(({ result }) => result !== "done");
    for (const { alert, detail } of refused) this.failed.set(alert, detail);
    return refused.length;
  }
}

/** One order as the API takes it. Throws ApiProblem. */
async function send(api, alerts, what, { who, why, minutes }) {
  const body = { alerts, who };
  if (why) body.why = why;
  if (minutes) body.until = new Date(Date.now() + minutes * 60_000).toISOString();
  return api.post(`/alerts/${what}`, body, { key: crypto.randomUUID() });
}
