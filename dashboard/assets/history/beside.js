// What is shown beside the assets of a window: geofences, contacts, alerts. It is loaded whole, so that
// nothing is asked for while the time runs.

import { asked } from "./recording.js";

const FENCES_PAGE = 500;
const CONTACTS_PAGE = 500;
const ALERTS_PAGE = 1000;
const ALERTS_MOST = 5000; // things that happened to alerts
const POINTS_MOST = 200_000; // of contacts

export class Beside {
  /** Its stores are filled; `onMore()` whenever there is more in one of them. */
  constructor({ fences, contacts, alerts }, onMore) {
    Object.assign(this, { fences, contacts, alerts, onMore });
    this.truncated = new Set(); // names of those of which there is more than is told
  }

  clear() {
    this.truncated.clear();
    for (const store of [this.fences, this.contacts, this.alerts]) store.clear();
  }

  /** Load all of a window ({ from, to, query }). Throws ApiProblem. */
  async load(api, signal, { from, to, query }) {
    this.clear();
    await Promise.all([
      this.pages(api, signal, "fences", "/history/geofences", { from, to, limit: FENCES_PAGE }, (page) => {
        this.fences.take(page.items, to);
        return true;
      }),
      this.pages(api, signal, "alerts", "/history/alerts", { from, to, assets: query, limit: ALERTS_PAGE }, (page) => {
        this.alerts.take(page.items);
        return this.alerts.items.length < ALERTS_MOST;
      }),
      this.loadContacts(api, signal, { from, to }),
    ]);
  }

  loadContacts(api, signal, { from, to }) {
    let points = 0;
    const params = { from, to, limit: CONTACTS_PAGE };
    return this.pages(api, signal, "contacts", "/history/contacts", params, (page) => {
      params.step = page.step;
      this.contacts.take(page.items, from);
      points += page.items.reduce((sum, { time }) => sum + time.length, 0);
      return points < POINTS_MOST;
    });
  }

  async pages(api, signal, name, path, params, take) {
    let cursor = null;
    do {
      const page = await api.get(`${path}?${asked({ ...params, cursor })}`, { signal });
      if (signal.aborted) return;
      const more = take(page);
      cursor = page.next;
      if (cursor !== null && !more) {
        this.truncated.add(name);
        cursor = null;
      }
      this.onMore();
    } while (cursor !== null);
  }
}
