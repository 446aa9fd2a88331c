// A geofence's hours in words.

import { t } from "../words.js";

const DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
const MOST = 3;

/** The hours of `fleet.geofences.stored` in words; "" for what is always in force. */
export function scheduleWords(periods) {
  const hours = (periods ?? []).flatMap((period) => period.hours ?? []);
  if (!hours.length) return "";
  const told = hours.slice(0, MOST).map((entry) => `${days(entry.days)} ${clock(entry.start)}–${clock(entry.end)}`.trim());
  if (hours.length > MOST) told.push("…");
  return told.join(", ");
}

function days(names) {
  if (!names || names.length === 7) return t("fences.daily");
  const order = DAYS.filter((day) => names.includes(day));
  return order.map((day) => t(`fences.day.${day}`)).join(" ");
}

/** 22:00:00 as 22:00; an event of the sun by its name. */
function clock(said) {
  const time = /^(\d\d:\d\d)/.exec(said);
  return time ? time[1] : t(`fences.sun.${said}`);
}
