// Contacts of the API as the store of contacts has them: times in ms, with an id.

import { read as readTold } from "../stores/contacts.js";

const TIMES = ["first_time", "seen_time", "heard_time", "stays_since"];

function ms(text) {
  return text === null ? null : Date.parse(text);
}

/** What it threatened is told by its story. */
export function read(state) {
  const { operator } = state;
  return readTold({
    ...state,
    ...Object.fromEntries(TIMES.map((name) => [name, ms(state[name])])),
    operator: operator && { ...operator, time: ms(operator.time) },
    threat: null,
    cars: [],
  });
}
