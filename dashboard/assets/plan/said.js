// What planner, checker and schedule say, in the page's language and with times of its zone. What has
// no words of ours is shown in the English that the server gives.

import { inform } from "../dialog.js";
import { h } from "../dom.js";
import { LOCALE, language, rightToLeft, t, told } from "../words.js";
import { clockOf } from "../zones.js";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const GAP = /\{(\w+)\}( ?(?:m\/s|m²|°C|km|Wh|[ms%°])(?![A-Za-z]))?/g;

/** Day and time in a zone, in words. */
export function dayTime(time, zone) {
  const format = { weekday: "short", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat(LOCALE, format).format(Date.parse(time));
}

/** `{ code, values, message }` as text; null where there are no words of ours. */
export function said({ code, values = {} }, zone) {
  const template = told(`said.${code}`, null);
  if (template === null) return null;
  // The schedule says the day beside what it tells.
  const time = code.startsWith("schedule.") ? clockOf : dayTime;
  const written = (value) => (TIME.test(value) ? time(value, zone) : told(`said.value.${value}`, value.replace(/^-(?=\d)/, "−")));
  // Names are in other scripts, and a unit stays with its number.
  const apart = (text) => (rightToLeft ? `\u2068${text}\u2069` : text);
  return template.replace(GAP, (_, name, unit = "") => apart(written(values[name] ?? "") + unit));
}

/** Why something could not be done, in words. */
export function trouble(error, zone) {
  const detail = error.detail ?? error.message;
  const own = error.code ? said(error, zone) : null;
  if (own !== null || language === "en") return own ?? detail;
  const kind = told(`plan.refused.${error.kind}`, null);
  return kind === null ? detail : `${kind} \u2068${detail}\u2069`;
}

/** The same as an element, marked as English where it is. */
export function saidWords(one, zone) {
  const text = said(one, zone);
  if (text !== null) return h("span", { class: "words" }, text);
  return h("span", { class: "words", ...(language === "en" ? {} : { lang: "en", dir: "ltr" }) }, one.message);
}

/** A list of them, to be read in a dialog. */
export function saidList(all, zone) {
  return h("ul", { class: "said-list" }, ...all.map((one) => h("li", {}, saidWords(one, zone))));
}

/** Say that a file is written, and what it does not carry. */
export function tellLost(say, name, losses, zone) {
  const done = t("plan.export.done", { name });
  if (losses.length) inform({ title: done, content: [h("p", {}, t("plan.export.lost")), saidList(losses, zone)] });
  else say(done);
}
