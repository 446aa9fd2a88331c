// How alerts are written.

import { PRIORITIES } from "../stores/alerts.js";
import { language, rightToLeft, t, told } from "../words.js";

// What is read from left to right within Urdu: names, numbers with their units, coordinates. A bracket
// belongs to what is around it.
const APART = /[A-Za-z0-9][A-Za-z0-9 .,:;+/_°%²σ-]*[A-Za-z0-9°%²σ]|[0-9]/g;

/** A text that comes in several languages. */
export function inLanguage(texts) {
  const text = texts?.[language] || texts?.en || "";
  return rightToLeft ? text.replace(APART, "\u2066$&\u2069") : text;
}

/** What is so, in a sentence. */
export function reasonWords(alert) {
  return inLanguage(alert.reason) || alert.key;
}

/** Who did something: a person's name, or that nobody did. */
export function whoWords(who) {
  return who === "system" ? t("queue.system") : who;
}

export function stateWords(alert) {
  return told(`queue.state.${alert.state}`, alert.state);
}

export function priorityWords(alert) {
  return t(`queue.priority.${PRIORITIES[alert.priority]}`);
}
