// What cannot be of a schedule, in words.

import { h } from "../dom.js";
import { t } from "../words.js";
import { dayTime, saidWords } from "./said.js";

/** A conflict as an item of a list. */
export function conflictLine(one, zone) {
  return h(
    "li",
    { "data-severity": "warning" },
    h(
      "div",
      {},
      h("strong", {}, t(`plan.conflict.${one.kind}`)),
      h("time", { class: "quiet", datetime: one.start }, dayTime(one.start, zone)),
      saidWords(one, zone),
    ),
  );
}
