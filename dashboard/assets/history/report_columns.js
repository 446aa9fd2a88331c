// The columns of a report: which are shown, and how their values are written.

import { DASH, known, number, unit } from "../format.js";
import { t, told } from "../words.js";
import { dayAndTime } from "../zones.js";

const KMH = 3.6;
const NAMES = new Set(["name", "fence_name", "zone"]);
/** For machines, or told by others that are shown. */
const UNSHOWN = /^(asset|fence|.*latitude|.*longitude|battery_(begins|ends)_percent)$/;

/** Columns for `Table` and for print: { id, label, text(row), sort(row), width }. */
export function columns(report, zone) {
  return report.columns
    .filter(({ name }) => !UNSHOWN.test(name))
    .map(({ name, unit: of }) => {
      const text = (row) => value(row[name], name, of, zone);
      return {
        id: name,
        label: told(`history.column.${name}`, name),
        text,
        sort: (row) => sorted(row[name], of),
        width: of === "UTC" ? "minmax(126px, 1fr)" : NAMES.has(name) ? "minmax(96px, 1.6fr)" : "minmax(64px, 1fr)",
        write: (_, row) => text(row),
      };
    });
}

function sorted(value, of) {
  if (value === null || value === undefined) return null;
  if (of === "UTC") return Date.parse(value);
  return typeof value === "boolean" ? Number(value) : value;
}

function value(of, name, measure, zone) {
  if (!known(of) || of === "") return DASH;
  if (typeof of === "boolean") return t(of ? "history.yes" : "history.no");
  if (measure === "UTC") return dayAndTime(Date.parse(of), zone);
  if (measure === "s") return lasted(of);
  if (measure === "m/s") return unit(of * KMH, "km/h");
  if (measure === "m") return name === "distance" ? unit(of / 1000, "km", 1) : unit(of, "m");
  if (measure === "%") return unit(of, "%");
  if (name === "fence_kind") return told(`history.fencekind.${of}`, of);
  return typeof of === "number" ? number(of) : of;
}

/** `2:05:09`, hours and minutes and seconds. */
export function lasted(seconds) {
  const whole = Math.round(seconds);
  const part = (value) => String(value).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${part(Math.floor(whole / 60) % 60)}:${part(whole % 60)}`;
}

/** What the rows come to: [label, value] of each figure. */
export function figures({ rows, columns: of }) {
  const has = new Set(of.map(({ name }) => name));
  const sum = (name) => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  const most = (name) => rows.reduce((top, row) => Math.max(top, row[name] ?? 0), 0);
  return [
    [t("history.total.rows"), number(rows.length)],
    [t("history.total.assets"), number(new Set(rows.map(({ asset }) => asset)).size)],
    ...(has.has("distance") ? [[t("history.total.distance"), unit(sum("distance") / 1000, "km", 1)]] : []),
    ...(has.has("duration") ? [[t("history.total.duration"), lasted(sum("duration"))]] : []),
    ...(has.has("fastest") && rows.length ? [[t("history.column.fastest"), unit(most("fastest") * KMH, "km/h")]] : []),
  ];
}
