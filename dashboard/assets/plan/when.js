// When an order is flown, as people choose it and as the server is told: once, or by a cron text.

import { fromLocal, toLocal } from "../zones.js";

export const REPEATS = ["once", "daily", "weekdays", "weekly", "cron"];

/** Days of the week as cron numbers them, Monday first. */
export const DAYS = [1, 2, 3, 4, 5, 6, 0];

/** The cron text of a choice: { repeat, local ("2026-11-23T06:30"), days, cron }. */
export function cronOf({ repeat, local, days, cron }) {
  const [hour, minute] = local.slice(11).split(":").map(Number);
  const on = { daily: "*", weekdays: "1-5", weekly: days.join(",") }[repeat];
  return repeat === "cron" ? cron.trim() : `${minute} ${hour} * * ${on}`;
}

/** What the server is told. */
export function whenOf(choice) {
  const { repeat, local, zone, until } = choice;
  if (repeat === "once") return { kind: "once", time: fromLocal(local, zone) };
  const last = until ? { last: fromLocal(`${until}T23:59`, zone) } : {};
  return { kind: "recurring", cron: cronOf(choice), zone, first: fromLocal(`${local.slice(0, 10)}T00:00`, zone), ...last };
}

/** The choice that an order was given by. */
export function choiceOf(when, zone) {
  const none = { days: [], cron: "", until: "" };
  if (when.kind === "once") return { ...none, repeat: "once", zone, local: toLocal(when.time, zone) };
  const day = toLocal(when.first, when.zone).slice(0, 10);
  const found = /^(\d{1,2}) (\d{1,2}) \* \* (\*|1-5|[0-6](?:,[0-6])*)$/.exec(when.cron);
  const until = when.last ? toLocal(when.last, when.zone).slice(0, 10) : "";
  const same = { ...none, zone: when.zone, until, cron: when.cron };
  if (!found) return { ...same, repeat: "cron", local: `${day}T06:00` };
  const [, minute, hour, on] = found;
  const local = `${day}T${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (on === "*") return { ...same, repeat: "daily", local };
  if (on === "1-5") return { ...same, repeat: "weekdays", local };
  return { ...same, repeat: "weekly", local, days: on.split(",").map(Number) };
}
