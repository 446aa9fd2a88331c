// Brings the page to life: joins the feed, the fleet, the map, the list, the panel and the header.

import { appearance, mark } from "./dom.js";
import { Feed } from "./feed.js";
import { Fleet } from "./fleet.js";
import { Header } from "./header.js";
import { AssetLayer } from "./layer.js";
import { List } from "./list.js";
import { MapView } from "./map.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { offerSupport } from "./support.js";
import { Ways } from "./ways.js";
import { MARKS, eachPoint, readFrame } from "./wire.js";

const SECOND = 1000;

const app = await appearance("app");
const element = (id) => document.getElementById(id);

let zone = "Asia/Karachi";
let health = null;
let tally = null;
let selectedKey = new URLSearchParams(location.search).get("asset");
let linked = selectedKey !== null; // centre on it once its place is known
const told = { selection: JSON.stringify({ data: null }) }; // what Dash has been told

const fleet = new Fleet();
const ways = new Ways(fleet);
const layer = new AssetLayer(fleet, ways);

const overlay = new Overlay(element("overlay"), {
  onZoom: (step) => view.zoomBy(step),
  onHome: () => view.home(),
});
const view = new MapView(element("map"), layer, {
  pick: (slot) => select(slot),
  hover: (slot) => layer.hover(slot),
  note: (text) => overlay.note(text),
});
const header = new Header(element("header"), (chosen) => list.chooseAll(chosen));
const list = new List(element("list"), fleet, {
  onChoose: (slot) => {
    select(slot);
    view.reveal(slot, panelWidth());
  },
  onMatches: (matches) => layer.show(matches),
  onFilter: (filter) => header.showChosen(filter),
});
const panel = new Panel(element("panel"), element("panel-live"), fleet, {
  onClose: () => select(-1),
  onCentre: () => view.centre(layer.selected, panelWidth()),
});

const feed = new Feed(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`, {
  binary: takeFrame,
  text: (message) => takers[message.type]?.(message),
  state: () => {
    everySecond();
    tellDash();
  },
});

const takers = {
  hello: (message) => {
    zone = message.time_zone;
    fleet.greet(message);
    ways.window = message.trail;
    ways.clear();
  },
  assets: (message) => {
    fleet.describe(message.assets);
    fleet.refresh();
    list.arrange();
    reselect();
  },
  modes: (message) => {
    fleet.modes = message.modes;
  },
  health: (message) => {
    health = message;
    header.showHealth(health, feed.state);
  },
  detail: (message) => panel.take(message),
};

function takeFrame(buffer) {
  const frame = readFrame(buffer);
  if (frame.kind === MARKS) {
    fleet.update(frame, (slot) => ways.follow(slot));
    if (frame.count) refresh();
    if (frame.whole) list.arrange();
    if (linked) reselect();
    header.showLink(feed.state, feed.silence);
  } else {
    eachPoint(frame, (slot, longitude, latitude, time) => {
      ways.restore(slot, longitude, latitude, time);
    });
  }
}

/** Freshness, figures, list, panel and map as they are now. */
function refresh() {
  const before = tally;
  tally = fleet.refresh();
  header.showTally(tally);
  list.showTally(tally);
  const changed = before?.byFreshness.some((count, level) => count !== tally.byFreshness[level]);
  if (changed && list.followsFreshness) list.arrange();
  else list.paint();
  panel.refresh();
  layer.invalidate();
}

function everySecond() {
  mark(app, "link", feed.state);
  refresh();
  header.showHealth(health, feed.state);
  header.showLink(feed.state, feed.silence);
  header.showTime(fleet.clock.now(), zone, feed.state === "live");
  overlay.showLink(feed, fleet, zone);
}

/** Select by slot; -1 for none. */
function select(slot) {
  layer.select(slot);
  selectedKey = slot >= 0 ? fleet.keys[slot] : null;
  linked = false;
  if (slot >= 0) panel.open(slot);
  else panel.close();
  list.select(slot);
  feed.watch(selectedKey);
  tellDash();
  const url = new URL(location.href);
  if (selectedKey === null) url.searchParams.delete("asset");
  else url.searchParams.set("asset", selectedKey);
  history.replaceState(null, "", url);
}

/** Slots change when the server starts anew, keys don't. */
function reselect() {
  const slot = fleet.slotOf.get(selectedKey) ?? -1;
  if (slot < 0) return;
  const follow = linked;
  if (slot !== layer.selected || panel.key !== selectedKey) select(slot);
  linked = follow && !layer.place(slot);
  if (follow && !linked) view.centre(slot, panelWidth());
}

/** What is selected, for the callbacks; they are not asked while there is no server. */
function tellDash() {
  const props = {
    selection: { data: selectedKey },
    "history-tick": { disabled: selectedKey === null || feed.state !== "live" },
  };
  for (const [id, values] of Object.entries(props)) {
    const said = JSON.stringify(values);
    if (told[id] === said) continue; // saying it again would ask the callbacks again
    told[id] = said;
    window.dash_clientside.set_props(id, values);
  }
}

function panelWidth() {
  return element("panel").hidden ? 0 : element("panel").offsetWidth;
}

document.addEventListener("keydown", (event) => {
  const typing = document.activeElement === list.search;
  if (event.key === "Escape") {
    if (typing && list.search.value) list.clearSearch();
    else if (layer.selected >= 0) select(-1);
    document.activeElement?.blur();
  } else if (!typing && event.key === "/") {
    event.preventDefault();
    list.search.focus();
    list.search.select();
  } else if (!typing && event.key === "c" && !event.ctrlKey && !event.metaKey) {
    view.centre(layer.selected, panelWidth());
  }
});

setInterval(everySecond, SECOND);
everySecond();
offerSupport({ container: element("map"), feed, fleet, layer, view, selected: () => selectedKey });
