// The questions by which the register is changed; what was changed can be taken back.

import { ApiProblem } from "../api.js";
import { KINDS } from "../fleet.js";
import { t } from "../words.js";
import { fromLocal, toLocal } from "../zones.js";

const TEXTS = ["call_sign", "name", "group", "note"];
const SERVICED = new Set(["drone", "car"]);
const AHEAD = 5 * 60_000; // ms; dashboard/api/register.py says the same

// Least and most of each number that is said of a camera.
const CAMERA = {
  across: [0.1, 360],
  upwards: [0.1, 179],
  pitch: [-90, 90],
  heading: [0, 360],
  reach: [1, 20000],
  latitude: [-90, 90],
  longitude: [-180, 180],
};

/** Ask for what is to be said of an asset, and change it. */
export async function edit(app, assets, key, name) {
  const before = assets.all.get(key)?.register;
  if (!before) return;
  const longest = { call_sign: 24, name: 60, group: 60, note: 1000 };
  const answer = await app.ask({
    title: t("fleet.edit.title", { name }),
    fields: [
      ...TEXTS.map((field) => ({
        name: field,
        label: t(`fleet.field.${field}`),
        type: field === "note" ? "textarea" : "text",
        value: before[field],
        longest: longest[field],
        hint: hint(field, assets),
      })),
      {
        name: "shown_kind",
        label: t("fleet.field.shown_kind"),
        type: "select",
        value: before.shown_kind ?? "",
        options: [
          { value: "", label: t("fleet.kind.told", { kind: t(`kind.${before.told_kind}`) }) },
          ...KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) })),
        ],
      },
      ...(SERVICED.has(before.kind) ? [maintenance(before)] : []),
      {
        name: "out_of_service",
        label: t("fleet.field.out_of_service"),
        type: "checkbox",
        value: before.out_of_service,
      },
    ],
    action: t("fleet.edit.keep"),
  });
  if (answer === null) return;
  const wanted = Object.fromEntries(
    Object.entries(answer).map(([field, value]) => [field, value === "" ? null : value]),
  );
  const fields = Object.fromEntries(
    Object.entries(wanted).filter(([field, value]) => value !== before[field]),
  );
  if (Object.keys(fields).length) await change(app, assets, key, fields);
}

/** Ask for what is to be said of an asset's camera, and change it. */
export async function editCamera(app, assets, key, name) {
  const entry = assets.all.get(key)?.register;
  if (!entry) return;
  const before = entry.camera ?? {};
  let models = [];
  await attempt(app, async () => {
    const { kinds } = await app.api.get("/drones");
    models = [...new Set(kinds.flatMap(({ cameras }) => cameras.map((camera) => camera.name)))].sort();
  });
  if (before.model && !models.includes(before.model)) models.push(before.model);
  const answer = await app.ask({
    title: t("fleet.camera.title", { name }),
    words: t("fleet.camera.words"),
    fields: [
      {
        name: "model",
        label: t("fleet.camera.model"),
        type: "select",
        value: before.model ?? "",
        options: [{ value: "", label: t("fleet.camera.nomodel") }, ...models.map((value) => ({ value, label: value }))],
      },
      ...Object.entries(CAMERA).map(([field, [min, max]]) => ({
        name: field,
        label: t(`fleet.camera.${field}`),
        type: "number",
        step: "any",
        min,
        max,
        value: before[field],
      })),
    ],
    action: t("fleet.edit.keep"),
  });
  if (answer === null) return;
  const said = ["model", ...Object.keys(CAMERA)].filter((field) => known(answer[field]));
  if (said.every((field) => answer[field] === before[field]) && said.length === Object.values(before).filter(known).length)
    return;
  const camera = said.length ? Object.fromEntries(said.map((field) => [field, answer[field]])) : null;
  await change(app, assets, key, { camera });
}

function known(value) {
  return value !== null && value !== undefined && value !== "";
}

function maintenance({ maintenance_hours: value }) {
  return {
    name: "maintenance_hours",
    label: t("fleet.field.maintenance_hours"),
    type: "number",
    min: 0.1,
    max: 100000,
    step: "any",
    value,
    hint: t("fleet.hint.maintenance_hours"),
  };
}

/** Ask when an asset was serviced, and what it ran since then that was not counted. */
export async function service(app, assets, key, name) {
  const before = assets.all.get(key)?.register;
  if (!before) return;
  const zone = app.zone();
  const now = app.clock.now();
  const amount = (field, max) => ({
    name: field,
    label: t(`fleet.field.${field}`),
    type: "number",
    min: 0,
    max,
    step: "any",
    hint: t(`fleet.hint.${field}`),
  });
  const answer = await app.ask({
    title: t("fleet.service.title", { name }),
    words: t("fleet.service.words", { zone }),
    fields: [
      {
        name: "time",
        label: t("fleet.field.maintained_time"),
        type: "datetime-local",
        required: true,
        max: toLocal(now + AHEAD, zone),
        value: toLocal(now, zone),
      },
      amount("uncounted_hours", 100_000),
      ...(before.told_kind === "drone" ? [] : [amount("uncounted_distance", 10_000_000)]),
    ],
    action: t("fleet.edit.keep"),
  });
  if (answer === null) return;
  const { time, uncounted_hours, uncounted_distance } = answer;
  await change(app, assets, key, {
    maintained_time: fromLocal(time, zone),
    uncounted_hours,
    uncounted_distance: known(uncounted_distance) ? uncounted_distance * 1000 : null,
  });
}

async function change(app, assets, key, fields) {
  const who = await app.operator();
  if (!who) return;
  const before = assets.all.get(key).register;
  await attempt(app, async () => {
    const entry = await assets.change(key, fields, who);
    const back = Object.fromEntries(Object.keys(fields).map((field) => [field, before[field]]));
    app.say(t("fleet.changed", { name: entry.shown_name }), {
      undo: () =>
        attempt(app, async () => {
          await assets.change(key, back, who);
          app.say(t("fleet.undone"));
        }),
    });
  });
}

/** Ask for a group and put assets into it. True if it was done. */
export async function regroup(app, assets, keys) {
  const answer = await app.ask({
    title: t("fleet.regroup.title", { count: keys.length }),
    fields: [
      {
        name: "group",
        label: t("fleet.field.group"),
        longest: 60,
        hint: [hint("group", assets), t("fleet.hint.nogroup")].filter(Boolean).join(" "),
      },
    ],
    action: t("fleet.edit.keep"),
  });
  const who = answer && (await app.operator());
  if (!who) return false;
  const before = new Map();
  for (const key of keys) {
    const group = assets.all.get(key)?.register?.group ?? null;
    before.set(group, [...(before.get(group) ?? []), key]);
  }
  return attempt(app, async () => {
    await assets.group(keys, answer.group || null, who);
    const told = answer.group ? "fleet.regrouped" : "fleet.ungrouped";
    app.say(t(told, { count: keys.length, group: answer.group }), {
      undo: () =>
        attempt(app, async () => {
          for (const [group, some] of before) await assets.group(some, group, who);
          app.say(t("fleet.undone"));
        }),
    });
  });
}

function hint(field, assets) {
  if (field === "call_sign") return t("fleet.hint.call_sign");
  const groups = field === "group" ? assets.groups().slice(0, 8) : [];
  return groups.length ? t("fleet.hint.groups", { groups: groups.join(t("value.comma")) }) : "";
}

async function attempt(app, action) {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const words = error.status === 412 ? t("fleet.meanwhile") : t("fleet.refused", { reason: error.detail });
    app.say(words, { kind: "problem" });
    return false;
  }
}
