// What happened, in words and as signs: alerts, geofence events, events, texts, gaps.

import { age } from "../format.js";
import { inLanguage } from "../watch/alert_words.js";
import { t, told } from "../words.js";

export const LANES = ["alert", "fence", "event", "text", "gap"];

const SEVERITIES = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];

/** Paths around 0, 0. Each lane has a shape of its own, and alerts one for each priority. */
const SIGNS = {
  alert: [
    "M-4.5 0A4.5 4.5 0 1 0 4.5 0 4.5 4.5 0 1 0-4.5 0Z",
    "M-4.5 0A4.5 4.5 0 1 0 4.5 0 4.5 4.5 0 1 0-4.5 0Z",
    "M0-5.5 5.5 0 0 5.5-5.5 0Z",
    "M0-6 6 5H-6Z",
  ],
  fence: "M0-5.5 5.5-1.5 3.4 5H-3.4L-5.5-1.5Z",
  event: "M0-6.5 1.8-1.8 6.5 0 1.8 1.8 0 6.5-1.8 1.8-6.5 0-1.8-1.8Z",
  text: "M-5-4.5H5V2H0L-3 5V2H-5Z",
  gap: "M-5-2.5H5V2.5H-5Z",
};

const COLOURS = {
  alert: ["--focus", "--focus", "--late", "--lost"],
  fence: "--post",
  event: "--good",
  text: "--text-2",
  gap: "--text-3",
};

/** How an item is drawn: { path, colour (a token), hollow }, what matters more with a larger `rank`. */
export function sign({ kind, what, detail }) {
  const priority = kind === "alert" ? (detail.priority ?? 1) : 0;
  const hollow = kind === "alert" ? what !== "activate" : what === "left";
  const pick = (value) => (Array.isArray(value) ? value[priority] : value);
  return {
    path: pick(SIGNS[kind]),
    colour: pick(COLOURS[kind]),
    hollow,
    rank: priority * 2 + (hollow ? 0 : 1),
  };
}

/** An item as one line; `names` are those of assets by key. */
export function words(item, names) {
  const { kind, what, detail } = item;
  const who = item.assets.map((key, place) => names.get(key) ?? item.names[place]);
  const named = who.length > 3 ? t("history.assets.count", { count: who.length }) : who.join(t("value.comma"));
  if (kind === "alert") {
    const reason = inLanguage(detail.reason) || detail.alert;
    const happened = told(`history.alert.${what}`, what);
    const by = detail.who && what !== "activate" && what !== "return" ? ` (${detail.who})` : "";
    return `${happened}${by}: ${reason}`;
  }
  if (kind === "fence") {
    const values = { who: named, fence: detail.name ?? detail.fence };
    return t(`history.fence.${what}`, values);
  }
  if (kind === "event") return `${named}: ${told(`history.event.${what}`, what)}`;
  if (kind === "text") return `${named}: ${detail.text}`;
  if (item.end === null) return t("history.gap.lasts", { who: named });
  return t("history.gap", { who: named, age: age((item.end - item.at) / 1000) });
}

/** What sort of thing it is, in words: an alert's priority, a text's severity. */
export function sort({ kind, what, detail }) {
  if (kind === "alert" && detail.priority) return t(`history.priority.${detail.priority}`);
  if (kind === "text") return t(`history.severity.${SEVERITIES[what] ?? "info"}`);
  return t(`history.kind.${kind}`);
}
