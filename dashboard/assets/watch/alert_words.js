// How alerts are written.

import { PRIORITIES } from "../stores/alerts.js";
import { language, t, told } from "../words.js";

/** A text that comes in several languages. */
export function inLanguage(texts) {
  return texts?.[language] || texts?.en || "";
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
