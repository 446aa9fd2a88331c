// Fields made of a JSON Schema. A field that is left empty is left out: the planner has a default.

import { h } from "../dom.js";
import { t, told } from "../words.js";
import { fromLocal, toLocal } from "../zones.js";

// How people say it, as a share of the planner's unit.
const SCALES = { begin: 60, last: 60, revisit: 60, sidelap: 0.01, frontlap: 0.01, see: 0.01 };

const CHANCES = [0.9, 0.6, 0.3]; // of detection, in words; others can be had by the API

let ids = 0;

/**
 * A field of `schema` (one property): its element holds label and input. `value` is what it begins
 * with, `zone` that of times, `options` what a choice has where the schema does not say: values, or
 * { value, label }. `read()`
 * gives the value, undefined where there is none.
 */
export class Field {
  constructor(name, schema, { defs, value, zone, options, path = name, changed }) {
    this.name = name;
    this.path = path;
    this.zone = zone;
    this.scale = SCALES[name] ?? 1;
    const plain = resolve(schema, defs);
    this.schema = plain;
    this.element =
      plain.type === "object"
        ? this.group(plain, { defs, value, zone, changed })
        : this.row(plain, value, options, changed);
  }

  group(plain, { defs, value, zone, changed }) {
    this.parts = Object.entries(plain.properties).map(
      ([name, schema]) =>
        new Field(name, schema, {
          defs,
          value: value?.[name],
          zone,
          path: `${this.path}.${name}`,
          changed,
          options: undefined,
        }),
    );
    this.required = plain.required ?? [];
    return h(
      "fieldset",
      { class: "plan-group" },
      h("legend", {}, words(this.path)),
      ...this.parts.map(({ element }) => element),
    );
  }

  row(plain, value, options, changed) {
    ids += 1;
    const id = `plan-field-${ids}`;
    this.input = this.control(plain, value, options, { id, name: this.path });
    this.input.addEventListener(this.input.type === "text" || this.input.type === "number" ? "input" : "change", changed);
    const label = h("label", { for: id }, words(this.path));
    const hint = told(`plan.hint.${this.path}`, "");
    return h(
      "div",
      { class: this.input.type === "checkbox" ? "plan-field check" : "plan-field" },
      label,
      this.input,
      ...(hint ? [h("span", { class: "hint" }, hint)] : []),
    );
  }

  control(plain, value, options, same) {
    const begin = value ?? plain.default;
    const chances = this.name === "detection" ? CHANCES : undefined;
    const choices = options ?? chances ?? plain.enum;
    if (choices) {
      const empty = options ? [h("option", { value: "" }, told(`plan.none.${this.name}`, t("plan.default")))] : [];
      const word = (one) => told(`plan.choice.${this.name}.${one}`, String(one));
      const option = (one) => h("option", { value: one.value ?? one }, one.label ?? word(one));
      const select = h("select", same, ...empty, ...choices.map(option));
      if (begin !== undefined && begin !== null) select.value = begin;
      return select;
    }
    if (plain.type === "boolean") {
      const box = h("input", { ...same, type: "checkbox" });
      box.checked = Boolean(begin);
      return box;
    }
    if (plain.format === "date-time") {
      return h("input", { ...same, type: "datetime-local", value: begin ? toLocal(begin, this.zone) : "" });
    }
    if (plain.type === "number" || plain.type === "integer") {
      const scaled = (number) => (number === undefined ? undefined : number / this.scale);
      const known = begin !== undefined && begin !== null;
      return h("input", {
        ...same,
        type: "number",
        value: known ? Number(scaled(begin).toFixed(6)) : "",
        min: scaled(plain.minimum ?? plain.exclusiveMinimum),
        max: scaled(plain.maximum),
        step: plain.type === "integer" ? 1 : "any",
        placeholder: known ? null : t("plan.default"),
      });
    }
    return h("input", { ...same, type: "text", value: begin ?? "", maxlength: plain.maxLength, autocomplete: "off" });
  }

  /** Whether something is written in it that cannot be, or lacks. */
  get wrong() {
    if (this.parts) {
      return this.parts.some(
        (part) => part.wrong || (this.required.includes(part.name) && part.read() === undefined),
      );
    }
    return !this.input.checkValidity();
  }

  read() {
    if (this.parts) {
      const told = this.parts.map((part) => [part.name, part.read()]);
      const some = told.filter(([, value]) => value !== undefined);
      return some.length ? Object.fromEntries(some) : undefined;
    }
    const { input, schema } = this;
    if (input.type === "checkbox") return input.checked;
    if (input.value === "") return undefined;
    if (schema.format === "date-time") return fromLocal(input.value, this.zone);
    if (schema.type === "array") return input.value.split(/[,\s]+/).filter(Boolean).map(Number);
    if (schema.type === "number") return Number((Number(input.value) * this.scale).toFixed(9));
    if (schema.type === "integer") return Number(input.value);
    return input.value.trim();
  }
}

/** A property without references and without the null that it may be. */
function resolve(schema, defs) {
  const { $ref, anyOf, ...rest } = schema;
  if ($ref) return { ...defs[$ref.split("/").at(-1)], ...rest };
  if (!anyOf) return schema;
  const [first] = anyOf.filter(({ type }) => type !== "null");
  return { ...resolve(first, defs), ...rest };
}

const words = (path) => told(`plan.field.${path}`, path);
