// Alerts as they were: what happened to them, and one that is over as its raising told it.

import { ApiProblem } from "../api.js";

/** All that can happen to an alert but what its value did. */
export const WHATS = [
  "activate", "return", "acknowledge", "reset", "realert", "shelve", "unshelve", "suppress", "unsuppress",
  "remove_from_service", "restore_to_service", "note",
]; // prettier-ignore

const ACTS_SHOWN = 60;

async function events(api, asked) {
  const query = new URLSearchParams(asked);
  for (const what of WHATS) query.append("what", what);
  try {
    return (await api.get(`/alerts/history?${query}`)).items;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    return null;
  }
}

/** The last of what was done to an alert, the newest first; null if the store cannot be asked. */
export function actsOf(api, key) {
  return events(api, { alert: key, limit: ACTS_SHOWN });
}

/** An alert that is over as it was raised last, `until` an ISO time if given; null if it never was. */
export async function recall(api, key, until) {
  const before = until ? { to: new Date(Date.parse(until) + 1).toISOString() } : {};
  const found = await events(api, { alert: key, limit: 1, ...before });
  return found?.length && found[0].raised_time !== null ? alertOf(found[0]) : null;
}

/** The alert of an event of the history, as those that are there now are told. */
export function alertOf({ alert, time, what, raised_time, priority, desk, assets, reason, action, checklist }) {
  return {
    key: alert,
    rule: alert.split("/")[0],
    state: "normal",
    state_time: time,
    priority,
    desk,
    assets,
    reason,
    action,
    checklist,
    raised_time,
    returned_time: what === "return" ? time : null,
    updated_time: null,
    current_value: null,
    worst_value: null,
    limit: null,
    masked_until: null,
    occurrences: 1,
    group: null,
  };
}
