// The columns of the fleet's tables. What is live comes from the feed, the rest from GET /fleet and /cameras.

import { h, mark, write } from "../dom.js";
import { FRESH, FRESHNESS, KINDS, LOST, LOW_BATTERY } from "../fleet.js";
import { DASH, age, direction, known, metres, number, unit } from "../format.js";
import { glyph, setGlyph } from "../glyphs.js";
import { chosenNotation, written } from "../live/coordinates.js";
import { address } from "../router.js";
import { eventWords } from "../stores/cameras.js";
import { rightToLeft, t } from "../words.js";
import { dayOf } from "../zones.js";

const SVG = "http://www.w3.org/2000/svg";
const SPARK = { width: 64, height: 20 };
const PRIORITIES = { 3: "high", 2: "medium", 1: "low" };

/** Kinds that are under way on the ground. */
export const DRIVES = new Set(["car", "officer", "unknown"]);

/** What a row shows that is live: `row` is { key, slot, item }. */
export function stateOf(fleet, { slot, item }) {
  if (item.register?.out_of_service) return "service";
  if (item.camera) return "standing";
  const level = slot >= 0 ? fleet.freshness[slot] : LOST;
  if (level !== FRESH) return FRESHNESS[level];
  if (fleet.flies(slot)) return "air";
  return fleet.grounded(slot) ? "ground" : "fresh";
}

export function nameOf(fleet, { slot, item }) {
  return slot >= 0 ? fleet.names[slot] : (item.register?.shown_name ?? item.now.name);
}

/** What a row is shown as, by its name in KINDS. */
export function kindOf({ item }) {
  return item.camera ? "camera" : (item.register?.kind ?? item.now.kind);
}

/** Kind and freshness by which a row's sign is drawn; a fixed camera is what it is, heard or not. */
export function signOf(fleet, { slot, item }) {
  if (slot >= 0) return [fleet.kind[slot], fleet.freshness[slot], fleet.grounded(slot)];
  return [KINDS.indexOf(item.now.kind), item.camera ? FRESH : LOST, false];
}

export function batteryOf(fleet, { slot, item }) {
  const live = slot >= 0 ? fleet.battery[slot] : NaN;
  return Number.isNaN(live) ? item.battery.percent : live;
}

/** How good a link is: 3 good, 2 fair, 1 poor, 0 not heard lately; null for what has none. */
export function linkLevel(link) {
  if (!link) return null;
  if (link.age > 5) return 0;
  if (link.lost_percent > 10 || link.round_trip > 2) return 1;
  return link.lost_percent > 2 || link.round_trip > 0.7 ? 2 : 3;
}

export function columns({ fleet, app, picked }) {
  return [
    {
      id: "pick",
      label: t("fleet.pick.column"),
      unseen: true,
      width: "44px",
      write: (cell, row) => {
        const box = made(cell, () =>
          h("input", {
            type: "checkbox",
            tabindex: "-1",
            onchange: () => picked.toggle(cell.row.key),
          }),
        );
        cell.row = row;
        box.checked = picked.has(row.key);
        box.setAttribute("aria-label", t("fleet.pick", { name: nameOf(fleet, row) }));
      },
    },
    {
      id: "name",
      label: t("fleet.name"),
      width: "minmax(168px, 1.5fr)",
      sort: (row) => nameOf(fleet, row),
      write: (cell, row) => {
        const parts = made(cell, () => {
          const drawing = glyph();
          const name = h("span", { class: "fleet-name" });
          const second = h("span", { class: "fleet-second data" });
          const all = h("span", { class: "fleet-mark" }, drawing, name, second);
          return Object.assign(all, { parts: { drawing, name, second } });
        }).parts;
        setGlyph(parts.drawing, ...signOf(fleet, row));
        const name = nameOf(fleet, row);
        write(parts.name, name);
        const given = row.item.register?.name;
        write(parts.second, given && given !== name ? given : "");
      },
    },
    { id: "group", label: t("fleet.group"), width: "minmax(116px, 1fr)", ...text((row) => row.item.register?.group, { titled: true }) },
    {
      id: "kind",
      label: t("fleet.kind"),
      width: "minmax(96px, 0.7fr)",
      ...text((row) => t(`kind.${kindOf(row)}`)),
    },
    {
      id: "state",
      label: t("fleet.state"),
      width: "minmax(190px, 1fr)",
      sort: (row) => (row.slot >= 0 ? Math.min(fleet.age(row.slot), 1e12) : null),
      write: (cell, row) => {
        const state = stateOf(fleet, row);
        mark(cell, "state", state);
        const since = row.slot >= 0 ? age(fleet.age(row.slot)) : DASH;
        return since === DASH ? t(`fleet.state.${state}`) : `${t(`fleet.state.${state}`)} · ${since}`;
      },
    },
    {
      id: "battery",
      label: t("fleet.battery"),
      width: "minmax(140px, 0.8fr)",
      sort: (row) => known(batteryOf(fleet, row)) ? batteryOf(fleet, row) : null,
      write: (cell, row) => {
        const parts = made(cell, () => {
          const figure = h("span", { class: "value" });
          const line = spark();
          return Object.assign(h("span", { class: "fleet-battery" }, figure, line), { parts: { figure, line } });
        }).parts;
        const percent = batteryOf(fleet, row);
        write(parts.figure, unit(percent, "%"));
        mark(cell, "low", String(known(percent) && percent <= LOW_BATTERY));
        parts.line.toggleAttribute("hidden", !row.item.battery.trend.length);
        drawSpark(parts.line, row.item.battery.trend);
        const rate = row.item.battery.percent_per_hour;
        cell.title = known(rate) ? t("fleet.perhour", { rate: number(rate, 0) }) : "";
      },
    },
    {
      id: "link",
      label: t("fleet.link"),
      width: "minmax(112px, 0.7fr)",
      sort: ({ item }) => linkLevel(item.link),
      write: (cell, { item }) => {
        const parts = made(cell, () => {
          const bars = h("span", { class: "fleet-bars", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
          const words = h("span");
          return Object.assign(h("span", { class: "fleet-link" }, bars, words), { parts: { bars, words } });
        }).parts;
        const level = linkLevel(item.link);
        parts.bars.hidden = level === null;
        mark(cell, "level", String(level));
        write(parts.words, level === null ? DASH : t(`fleet.link.${level}`));
        cell.title = item.link ? linkWords(item.link) : "";
      },
    },
    {
      id: "firmware",
      label: t("fleet.firmware"),
      width: "minmax(88px, 0.6fr)",
      ...text((row) => row.item.firmware?.version),
    },
    {
      id: "last",
      label: t("fleet.last"),
      width: "minmax(96px, 0.7fr)",
      sort: ({ item }) => (item.flown ? Date.parse(item.flown.last_end) : null),
      write: (_, row) => {
        if (row.slot >= 0 && fleet.flies(row.slot)) return t("fleet.now");
        const { flown } = row.item;
        return flown ? t("fleet.ago", { age: age((app.clock.now() - Date.parse(flown.last_end)) / 1000) }) : DASH;
      },
    },
    {
      id: "due",
      label: t("fleet.due"),
      width: "minmax(148px, 0.8fr)",
      sort: ({ item }) => (known(item.maintenance?.used) ? -item.maintenance.used : null), // most pressing first
      write: (cell, { item: { maintenance } }) => {
        mark(cell, "due", String(isDue(maintenance)));
        return (maintenance && dueWords(maintenance)) ?? DASH;
      },
    },
    {
      id: "serviced",
      label: t("fleet.serviced"),
      width: "minmax(112px, 0.5fr)",
      ...text(({ item: { maintenance } }) => maintenance?.serviced && dayOf(maintenance.serviced, app.zone())),
    },
    {
      id: "hours",
      label: t("fleet.hours"),
      width: "minmax(104px, 0.5fr)",
      sort: ({ item }) => item.maintenance?.hours.since ?? null,
      write: (_, { item: { maintenance } }) => (maintenance ? hoursOf(maintenance.hours.since) : DASH),
    },
    {
      id: "distance",
      label: t("fleet.distance"),
      width: "minmax(104px, 0.5fr)",
      sort: ({ item }) => item.maintenance?.distance?.since ?? null,
      write: (_, { item: { maintenance } }) => (maintenance?.distance ? kilometres(maintenance.distance.since) : DASH),
    },
    {
      id: "alerts",
      label: t("fleet.alerts"),
      width: "minmax(108px, 0.6fr)",
      sort: ({ item }) => (item.alerts.priority ?? 0) * 1000 + item.alerts.count,
      write: (cell, { key, item }) => {
        const link = made(cell, () => h("a", { class: "fleet-alerts", tabindex: "-1" }));
        tellAlerts(link, key, item.alerts);
      },
    },
  ];
}

const SHARED = ["pick", "name", "group", "state", "alerts"];

/** The columns of a table of cameras alone; those of `columns` that cameras have too stand among them. */
export function cameraColumns(shared, { app }) {
  const { pick, name, group, state, alerts } = Object.fromEntries(
    shared.filter(({ id }) => SHARED.includes(id)).map((column) => [column.id, column]),
  );
  const told = (of, write) => ({
    sort: ({ item }) => of(item.camera ?? {}) ?? null,
    write: (cell, { item }) => {
      const words = known(of(item.camera ?? {})) ? write(item.camera) : DASH;
      if (cell.title !== words) cell.title = words; // it may be longer than the cell is wide
      return words;
    },
  });
  const column = (id, width, rest) => ({ id, width, label: t(`camera.${id}`), ...rest });
  return [
    pick,
    name,
    group,
    { ...state, width: "minmax(124px, 0.7fr)" },
    column("event", "minmax(240px, 1.3fr)", told(({ event }) => event?.time, (camera) => eventAgo(camera, app.clock.now()))),
    column("heading", "minmax(132px, 0.7fr)", told(({ heading }) => heading, ({ heading }) => direction(heading))),
    column("across", "minmax(112px, 0.6fr)", told(({ across }) => across, acrossWords)),
    column("reach", "minmax(88px, 0.5fr)", told(({ reach }) => reach, ({ reach }) => metres(reach))),
    column("place", "minmax(190px, 1fr)", told(({ latitude }) => latitude, placeWords)),
    alerts,
  ];
}

export function acrossWords({ across }) {
  return across < 360 ? `${number(across)}°` : t("camera.around");
}

/** Where it stands, in the notation that is chosen at this screen. */
export function placeWords({ longitude, latitude }) {
  const told = written([longitude, latitude]);
  return told[chosenNotation()] ?? told.degrees;
}

/** What it told last, and how long ago. */
export function eventAgo({ event }, now) {
  const seconds = Math.max(0, (now - Date.parse(event.time)) / 1000);
  return `${eventWords(event.kind)} · ${t("fleet.ago", { age: age(seconds) })}`;
}

/** Write how many alerts an asset has into a link to them; with none it leads nowhere. */
export function tellAlerts(link, key, { count, priority }) {
  write(link, count ? `${number(count)} · ${t(`fleet.priority.${PRIORITIES[priority]}`)}` : "0");
  mark(link, "priority", String(priority ?? ""));
  const href = address("alerts", { asset: key });
  if (!count) link.removeAttribute("href");
  else if (link.getAttribute("href") !== href) link.setAttribute("href", href);
}

/** Whether a service is due, of what GET /fleet tells as `maintenance`. */
export function isDue(maintenance) {
  return maintenance !== null && maintenance.used !== null && maintenance.used >= 1;
}

export function hoursOf(n) {
  return t("fleet.h", { n: number(n, n === 0 ? 0 : n < 1 ? 2 : 1) });
}

/** Figure and unit in their own order. */
const isolated = (words) => (rightToLeft ? `\u2066${words}\u2069` : words);

/** Metres as kilometres. */
export function kilometres(metres) {
  return isolated(unit(metres / 1000, "km", metres < 100_000 ? 1 : 0));
}

const digits = (n) => (n < 10 ? 1 : 0);
const AMOUNTS = {
  hours: (n) => t("fleet.h", { n: number(n, digits(n)) }),
  distance: (n) => isolated(unit(n / 1000, "km", digits(n / 1000))),
  days: (n) => t("fleet.days", { n: number(n, digits(n)) }),
};

/** How much is left until the limit that is reached first; null without limits. */
export function dueWords(maintenance) {
  const part = ({ since, every }) => since / every;
  const limited = Object.keys(AMOUNTS).filter((of) => known(maintenance[of]?.left));
  if (!limited.length) return null;
  const first = limited.reduce((one, other) => (part(maintenance[other]) > part(maintenance[one]) ? other : one));
  const { left } = maintenance[first];
  return t(left > 0 ? "fleet.left" : "fleet.overdue", { amount: AMOUNTS[first](Math.abs(left)) });
}

export function linkWords(link) {
  return [
    `${number(link.messages_per_second, 0)} ${t("fleet.persecond")}`,
    t("fleet.lost", { percent: known(link.lost_percent) ? number(link.lost_percent, 1) : DASH }),
    t("fleet.trip", { ms: known(link.round_trip) ? number(link.round_trip * 1000, 0) : DASH }),
  ].join(t("value.comma"));
}

/** What a cell is made of; made when it is first written. */
function made(cell, make) {
  if (!cell.made) {
    cell.made = make();
    cell.append(cell.made);
  }
  return cell.made;
}

/** A column of words; `titled` if they may be longer than it is wide. */
function text(of, { titled = false } = {}) {
  return {
    sort: (row) => of(row) ?? null,
    write: (cell, row) => {
      const words = of(row) ?? DASH;
      if (titled && cell.title !== words) cell.title = words;
      return words;
    },
  };
}

function spark() {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${SPARK.width} ${SPARK.height}`);
  drawing.setAttribute("class", "fleet-spark");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(document.createElementNS(SVG, "path"));
  return drawing;
}

/** Draw percents, the latest at the end; what is unknown is a gap. */
function drawSpark(drawing, percents) {
  const step = SPARK.width / Math.max(1, percents.length - 1);
  let path = "";
  let pen = "M";
  percents.forEach((percent, i) => {
    if (percent === null) {
      pen = "M";
      return;
    }
    const y = SPARK.height - 2 - (percent / 100) * (SPARK.height - 4);
    path += `${pen}${(i * step).toFixed(1)} ${y.toFixed(1)}`;
    if (pen === "M") path += "h0.01"; // a single value is a dot
    pen = "L";
  });
  if (drawing.firstChild.getAttribute("d") !== path) drawing.firstChild.setAttribute("d", path);
}
