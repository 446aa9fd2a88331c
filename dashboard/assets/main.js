// Brings the page to life: makes what all pages share, then the pages.

import { api } from "./api.js";
import { ask, confirm } from "./dialog.js";
import { appearance, mark } from "./dom.js";
import { Feed } from "./feed.js";
import { Fleet } from "./fleet.js";
import { Header } from "./header.js";
import { Keys } from "./keys.js";
import { LivePage } from "./live.js";
import { Look } from "./look.js";
import { Nav } from "./nav.js";
import { Operator } from "./operator.js";
import { Pages } from "./pages.js";
import { Router } from "./router.js";
import { Alerts } from "./stores/alerts.js";
import { Cameras } from "./stores/cameras.js";
import { Contacts } from "./stores/contacts.js";
import { Fences } from "./stores/fences.js";
import { Footprints } from "./stores/footprints.js";
import { Missions } from "./stores/missions.js";
import { Toasts } from "./toast.js";
import { Tour } from "./tour.js";
import { language, t } from "./words.js";

const SECOND = 1000;

const root = await appearance("app");
const element = (id) => document.getElementById(id);

const fleet = new Fleet();
const router = new Router();
const look = new Look();
const keys = new Keys(router);
const toasts = new Toasts(document.body);
const feed = new Feed(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
const operator = new Operator();
fleet.cameras = new Cameras(feed);

/** What every page is given. */
const app = {
  fleet,
  feed,
  router,
  api,
  keys,
  t,
  language,
  look,
  clock: fleet.clock,
  alerts: new Alerts(feed),
  cameras: fleet.cameras,
  contacts: new Contacts(feed),
  fences: new Fences(feed),
  footprints: new Footprints(feed),
  missions: new Missions(feed),
  get theme() {
    return look.theme;
  },
  zone: () => look.zone,
  say: (text, options) => toasts.say(text, options),
  ask,
  confirm,
  /** Who is at this screen; asks once, and is null for who would not say. */
  operator: () => operator.name(),
  /** The same for forms that have a field for it: `known`, `keep(name)`. */
  person: operator,
};

app.tour = new Tour(app);
keys.more = { words: t("tour.start"), act: () => app.tour.start() };

const header = new Header(element("header"), { look, operator });
app.header = header;
app.nav = new Nav(element("nav"), { router, look });
const live = new LivePage(element("page-live"), app);

let health = null;
feed.on("hello", (message) => {
  look.localZone = message.time_zone;
});
feed.on("health", (message) => {
  health = message;
  header.showHealth(health, feed.state);
});
feed.addEventListener("state", () => everySecond());
fleet.addEventListener("tally", () => header.showTally(fleet.tally));

const pages = new Pages(app, live);

function everySecond() {
  mark(root, "link", feed.state);
  fleet.refresh();
  header.showHealth(health, feed.state);
  header.showLink(feed.state, feed.silence, live.latency.median);
  header.showTime(fleet.clock.now(), look.zone, look.home, feed.state === "live");
  live.showLink();
  live.everySecond();
  pages.refresh();
}
look.addEventListener("change", everySecond);

for (const [key, page] of Object.entries({
  l: "live",
  a: "alerts",
  s: "airspace",
  f: "fleet",
  p: "plan",
  h: "history",
})) {
  keys.add(`g ${key}`, `keys.${page}`, () => router.resume(page));
}
keys.add("u", "keys.zone", () => look.turnZone());

feed.start();
app.tour.offer();
setInterval(everySecond, SECOND);
everySecond();
