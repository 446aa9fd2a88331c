// What people do to alerts, by the REST API and under their name. One order at a time for each alert:
// who presses twice does it once.

import { ApiProblem } from "../api.js";
import { t } from "../words.js";

/** Minutes for which an alert can be shelved; eight hours, a shift, is the most. */
export const SHELVES = [15, 30, 60, 120, 240, 480];

const REASONS = ["known", "maintenance", "nuisance", "other"];
const WHY_LONGEST = 2000; // characters

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
      action: t("queue.shelve"),
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
      action: t("queue.note"),
    });
    if (answer === null) return;
    await this.order(alert, "note", { why: answer.text }, t("queue.noted"));
  }

  /** Ask the server to do it; what comes of it is seen when the alert changes, here as everywhere. */
  async order(alert, what, more, done) {
    const { key } = alert;
    if (this.underWay.has(key)) return;
    this.underWay.set(key, what);
    this.failed.delete(key);
    this.dispatchEvent(new Event("change"));
    try {
      const who = await this.operator();
      if (who === null) return;
      await send(this.api, key, what, { who, ...more });
      this.say(done);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.failed.set(key, error.detail);
      this.say(error.detail, { kind: "problem" });
    } finally {
      this.underWay.delete(key);
      this.dispatchEvent(new Event("change"));
    }
  }
}

/** One order as the API takes it. Throws ApiProblem. */
async function send(api, key, what, { who, why, minutes }) {
  const body = { alerts: [key], who };
  if (why) body.why = why;
  if (minutes) body.until = new Date(Date.now() + minutes * 60_000).toISOString();
  await api.post(`/alerts/${what}`, body, { key: crypto.randomUUID() });
}
