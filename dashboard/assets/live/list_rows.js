// The rows of the list of assets: an asset, or the head of a group of them.

import { h, mark, write } from "../dom.js";
import { CAR, DRONE, FRESHNESS, KINDS, LATE, LOST, OFFICER, UNKNOWN } from "../fleet.js";
import { DASH, age, known, metres, number, speed } from "../format.js";
import { glyph, setGlyph } from "../glyphs.js";
import { t } from "../words.js";

export const ROW = 52; // CSS pixels; the style sheet says the same
export const HEAD = 34;
const MOVING = new Set([CAR, OFFICER, UNKNOWN]);

/** A row that can show either; `onChoose(entry)` when it is clicked. */
export function makeRow(onChoose) {
  const row = {
    entry: null,
    title: h("span", { class: "group-name", dir: "auto" }),
    worst: h("span", { class: "group-worst" }),
    count: h("span", { class: "group-count" }),
    glyph: glyph(),
    name: h("span", { class: "name" }),
    data: h("span", { class: "data" }),
    age: h("span", { class: "age" }),
    battery: h("span", { class: "battery" }),
    charge: h("span", { class: "charge" }),
  };
  row.asset = [
    row.glyph,
    h("div", { class: "who" }, row.name, row.data),
    h("div", { class: "how" }, row.age, h("span", { class: "cell" }, row.charge, row.battery)),
  ];
  row.group = [row.title, row.worst, row.count];
  row.element = h("div", { onclick: () => onChoose(row.entry) });
  return row;
}

/** Show a group in a row, `reached` by the keys or not. Its id if it is. */
export function fillGroup(row, { freshness }, group, reached) {
  const { element } = row;
  const { label, slots, open, place, among } = group;
  become(row, "row-group", row.group);
  row.entry = group;
  element.id = `row-group-${place}`;
  element.toggleAttribute("data-reached", reached);
  tell(element, { level: 1, expanded: open, selected: reached, posinset: place, setsize: among });
  element.setAttribute("role", "treeitem");
  const count = (level) => slots.reduce((sum, slot) => sum + (freshness[slot] === level), 0);
  const [level, some] = [LOST, LATE].map((each) => [each, count(each)]).find(([, n]) => n) ?? [];
  mark(row.worst, "freshness", some ? FRESHNESS[level] : "");
  write(row.title, label);
  write(row.worst, some ? t(`list.group.${FRESHNESS[level]}`, { count: number(some) }) : "");
  write(row.count, number(slots.length));
  return reached ? element.id : null;
}

/** Show an asset in a row; `place` is which of how many. Its id if it is selected. */
export function fillAsset(row, fleet, slot, { selected, inGroup, place: [place, among] }) {
  const { element } = row;
  const level = fleet.freshness[slot];
  const kind = fleet.kind[slot];
  become(row, "row", row.asset);
  row.entry = slot;
  element.id = `row-${slot}`;
  element.setAttribute("role", inGroup ? "treeitem" : "option");
  tell(element, { level: inGroup ? 2 : null, selected, posinset: place, setsize: among });
  mark(element, "freshness", FRESHNESS[level]);
  setGlyph(row.glyph, kind, level, fleet.grounded(slot));
  write(row.name, fleet.names[slot]);
  write(row.data, summary(fleet, slot));
  const seconds = fleet.age(slot);
  write(row.age, seconds === Infinity ? t("list.noposition") : age(seconds));
  const charge = fleet.battery[slot];
  row.battery.parentElement.hidden = !known(charge);
  if (known(charge)) {
    write(row.battery, `${number(charge)}%`);
    row.charge.style.setProperty("--level", `${charge}%`);
    mark(row.battery.parentElement, "low", String(fleet.isLow(slot)));
  }
  return selected ? element.id : null;
}

/** Have a row be of another kind than before, with these children. */
function become({ element }, kind, children) {
  if (element.className === kind) return;
  element.className = kind;
  element.replaceChildren(...children);
  for (const name of ["aria-expanded", "data-reached", "data-freshness"]) element.removeAttribute(name);
}

/** Set attributes of ARIA; null takes one away. */
function tell(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(`aria-${name}`);
    else element.setAttribute(`aria-${name}`, String(value));
  }
}

function summary(fleet, slot) {
  const kind = fleet.kind[slot];
  if (kind !== DRONE) {
    const does = MOVING.has(kind) ? speed(fleet.speed[slot], kind) : t(`kind.${KINDS[kind]}`);
    return `${does} · ${fleet.identities[slot].split(":")[0]}`;
  }
  const parts = [fleet.modeOf(slot) ?? DASH];
  if (fleet.grounded(slot)) parts.push(t("list.ground"));
  else parts.push(metres(fleet.height[slot]), speed(fleet.speed[slot], kind));
  return parts.join(" · ");
}
