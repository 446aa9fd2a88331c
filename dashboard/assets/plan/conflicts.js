// What cannot be of a schedule, in words.

import { h } from "../dom.js";
import { LOCALE, t } from "../words.js";

/** A conflict as an item of a list. */
export function conflictLine(one, zone) {
  const format = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
  return h(
    "li",
    { "data-severity": "warning" },
    h(
      "div",
      {},
      h("strong", {}, t(`plan.conflict.${one.kind}`)),
      h("time", { class: "quiet", datetime: one.start }, format.format(Date.parse(one.start))),
      h("span", { class: "words", lang: "en", dir: "ltr" }, one.message),
    ),
  );
}
