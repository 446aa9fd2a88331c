// Places in the notations that police, pilots and the army use: degrees, UTM, MGRS.

import * as mgrs from "/vendor/mgrs/mgrs.esm.js";
import { chosen } from "../preferences.js";
import { NORTH_END, SOUTH_END, fromUtm, toUtm } from "./utm.js";

export const NOTATIONS = ["degrees", "utm", "mgrs"];

const NUMBER = String.raw`[+-]?\d{1,3}(?:\.\d+)?`;
const PLAIN = new RegExp(`^(${NUMBER})(?:\\s*[,;]\\s*|\\s+)(${NUMBER})$`);
const ANGLE = String.raw`(\d{1,3}(?:\.\d+)?)\s*[°d]?\s*(?:(\d{1,2}(?:\.\d+)?)\s*['′m]\s*)?(?:(\d{1,2}(?:\.\d+)?)\s*(?:["″s]|'')\s*)?`;
const SIDES = new RegExp(`^${ANGLE}([NS])[\\s,;]*${ANGLE}([EW])$`, "i");
const UTM = /^(\d{1,2})\s*([C-HJ-NP-X])\s+(\d{6}(?:\.\d+)?)\s*m?E?[\s,]+(\d{1,7}(?:\.\d+)?)\s*m?N?$/i;
const MGRS = /^(\d{1,2})([C-HJ-NP-X])([A-HJ-NP-Z][A-HJ-NP-V])((?:\d\d){2,5})$/i;

/** The notation that is chosen at this screen. */
export function chosenNotation() {
  const kept = chosen("notation", NOTATIONS[0]);
  return NOTATIONS.includes(kept) ? kept : NOTATIONS[0];
}

/** { degrees, utm, mgrs } of [longitude, latitude]; null where a notation has no name for it. */
export function written([longitude, latitude]) {
  const grid = toUtm([longitude, latitude]);
  return {
    degrees: `${side(latitude, "N", "S")} ${side(longitude, "E", "W")}`,
    utm: grid && `${grid.zone}${grid.band} ${Math.round(grid.easting)} ${Math.round(grid.northing)}`,
    mgrs: grid && spaced(mgrs.forward([longitude, latitude], 5)),
  };
}

/** [longitude, latitude] of what somebody has typed in any of the notations; null if it is none. */
export function readPlace(text) {
  const said = text.trim();
  return read(PLAIN, said, ([, latitude, longitude]) => [Number(longitude), Number(latitude)]) ??
    read(SIDES, said, sides) ??
    read(UTM, said, ([, zone, band, easting, northing]) =>
      fromUtm({ zone: +zone, band: band.toUpperCase(), easting: +easting, northing: +northing })) ??
    read(MGRS, said.replace(/\s+/g, ""), ([whole]) => fromMgrs(whole));
}

function read(pattern, text, place) {
  const found = pattern.exec(text);
  const at = found && place(found);
  return at && Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 90 ? at : null;
}

function sides([, d, m, s, ns, d2, m2, s2, ew]) {
  const angle = (degrees, minutes = 0, seconds = 0) => +degrees + minutes / 60 + seconds / 3600;
  if (+(m ?? 0) >= 60 || +(s ?? 0) >= 60 || +(m2 ?? 0) >= 60 || +(s2 ?? 0) >= 60) return null;
  return [
    angle(d2, m2, s2) * (/w/i.test(ew) ? -1 : 1),
    angle(d, m, s) * (/s/i.test(ns) ? -1 : 1),
  ];
}

/** The middle of a square of MGRS; null if there is no such square. */
function fromMgrs(text) {
  let place;
  try {
    place = mgrs.toPoint(text);
  } catch {
    return null; // how the library says, by errors of several kinds, that there is no such square
  }
  const [, latitude] = place;
  return latitude >= SOUTH_END && latitude <= NORTH_END ? place : null;
}

function side(value, positive, negative) {
  return `${Math.abs(value).toFixed(5)}° ${value >= 0 ? positive : negative}`;
}

/** 42SYC3312365432 as 42S YC 33123 65432. */
function spaced(text) {
  return text.replace(/^(\d+\w)(\w\w)(\d{5})(\d{5})$/, "$1 $2 $3 $4");
}
