// Which assets and which time: as an address names them, and as the API is asked.

import { KINDS } from "../fleet.js";
import { fromIso, iso } from "./times.js";

export const ASSETS_MOST = 1000; // that a question may name

/** What an address asks for: { from, to, at (ms or NaN), assets (tokens, empty: all), step or null }. */
export function readChoice({ from, to, at, assets, step }) {
  return {
    from: fromIso(from),
    to: fromIso(to),
    at: fromIso(at),
    assets: new Set((assets ?? "").split(",").filter((token) => KINDS.includes(token) || /^\d{1,19}$/.test(token))),
    step: Number(step) > 0 ? Number(step) : null,
  };
}

/** The same for an address. */
export function choiceParams({ from, to, assets, step }) {
  return {
    from: iso(from),
    to: iso(to),
    assets: assets.size ? [...assets].join(",") : null,
    step,
  };
}

/**
 * The assets of the API's `list` that a choice means: { assets, query } with keys for the API, null
 * for all. `query` is undefined if they are more than a question may name.
 */
export function resolve({ assets: tokens }, list) {
  if (!tokens.size) return { assets: list, query: null };
  const assets = list.filter(({ key, kind }) => tokens.has(key) || tokens.has(kind));
  if (assets.length === list.length) return { assets, query: null };
  if (assets.length > ASSETS_MOST) return { assets, query: undefined };
  return { assets, query: assets.map(({ key }) => key).join(",") };
}
