// How alerts are written.

import { age, timeOfDay } from "../format.js";
import { PRIORITIES } from "../stores/alerts.js";
import { language, t, together, told } from "../words.js";

const SAME = 2000; // ms within which it makes no difference when something happened

/** A text that comes in several languages. */
export function inLanguage(texts) {
  return together(texts?.[language] || texts?.en || "");
}

/** What is so, in a sentence. */
export function reasonWords(alert) {
  return inLanguage(alert.reason) || alert.key;
}

/** Who did something: a person's name, or that nobody did. */
export function whoWords(who) {
  return who === "system" ? t("queue.system") : who;
}

// What the book of alerts writes of its own accord; what persons write stays as it is.
const WHYS = [
  [/^happened at (\S+)$/, "happened", (time, zone) => ({ time: timeOfDay(Date.parse(time), zone) })],
  [/^acknowledged ([\d.]+) s ago and still so$/, "again", (seconds) => ({ age: age(Number(seconds)) })],
  [/^its time is over$/, "over", () => ({})],
  [/^(\w+) took over$/, "takenover", (rule) => ({ rule: ruleWords(rule) })],
  [/^the breach is there$/, "breached", () => ({})],
  [/^([^/]+)\/.* is of a higher priority$/, "higher", (rule) => ({ rule: ruleWords(rule) })],
];

/** Why something was done to an alert; nothing for what only repeats its time. */
export function whyWords({ who, why, time }, zone) {
  if (who !== "system") return why;
  for (const [form, name, values] of WHYS) {
    const found = form.exec(why ?? "");
    if (found && name === "happened" && Math.abs(Date.parse(found[1]) - Date.parse(time)) < SAME) return "";
    if (found) return t(`queue.why.${name}`, values(found[1], zone));
  }
  return why;
}

/** The name of a rule as people read it. */
export function ruleWords(rule) {
  return told(`queue.rule.${rule}`, rule.replaceAll("_", " "));
}

export function stateWords(alert) {
  return told(`queue.state.${alert.state}`, alert.state);
}

export function priorityWords(alert) {
  return t(`queue.priority.${PRIORITIES[alert.priority]}`);
}
