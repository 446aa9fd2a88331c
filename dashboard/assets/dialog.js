// Questions that stand before the page. The browser's own <dialog> holds the focus inside, closes
// with Escape and gives the focus back.

import { h } from "./dom.js";
import { t } from "./words.js";

/**
 * Ask for values. A field is { name, label, type, required, options, value, longest, hint }: `type`
 * is an <input>'s, or "textarea", or "select" with options [{ value, label }]. Resolves to
 * { name: value } (numbers of number fields, booleans of checkboxes), or null if it is put away.
 */
export function ask({ title, words = "", fields, action, danger = false }) {
  const controls = fields.map((field) => ({ ...field, element: control(field) }));
  return open({
    title,
    words,
    danger,
    action,
    content: controls.map(row),
    first: controls[0]?.element,
    read: () => Object.fromEntries(controls.map(({ name, element }) => [name, read(element)])),
  });
}

/** Ask whether to do it. Resolves to true or false. */
export async function confirm({ title, words = "", action = t("dialog.ok"), danger = false }) {
  return (await open({ title, words, action, danger, content: [], read: () => true })) === true;
}

/** Show something to be read and closed again; `more` is what else may be done: { words, act }. */
export function inform({ title, content, more = null }) {
  return open({ title, words: "", content, more, read: () => null });
}

function open({ title, words, content, action, danger, first, more, read: answer }) {
  return new Promise((resolve) => {
    const close = (value) => {
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const send = action
      ? h("button", { type: "submit", class: danger ? "button danger" : "button main" }, action)
      : null;
    const leave = h(
      "button",
      { type: "button", class: "button", onclick: () => close(null) },
      t(action ? "dialog.cancel" : "dialog.close"),
    );
    const leaveFor = () => {
      close(null);
      more.act();
    };
    const other = more
      ? [h("button", { type: "button", class: "button", onclick: leaveFor }, more.words)]
      : [];
    const dialog = h(
      "dialog",
      {
        class: "dialog",
        "aria-labelledby": "dialog-title",
        oncancel: (event) => {
          event.preventDefault();
          close(null);
        },
      },
      h(
        "form",
        {
          novalidate: true,
          onsubmit: (event) => {
            event.preventDefault();
            if (complete(dialog)) close(answer());
          },
        },
        h("h2", { id: "dialog-title" }, title),
        ...(words ? [h("p", { class: "dialog-words" }, words)] : []),
        ...content,
        h("div", { class: "dialog-foot" }, ...other, leave, ...(send ? [send] : [])),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
    // What cannot be taken back is not done by an Enter that was meant for something else.
    (first ?? (danger ? leave : (send ?? leave))).focus({ preventScroll: !first });
  });
}

let controls = 0;

function control({ name, type = "text", required, options, value, longest, min, max, step }) {
  controls += 1;
  const same = { id: `field-${controls}`, name, required, "aria-describedby": `wrong-${controls}` };
  if (type === "textarea") return h("textarea", { ...same, rows: 3, maxlength: longest }, value ?? "");
  if (type === "select") {
    const element = h(
      "select",
      same,
      ...options.map((option) => h("option", { value: option.value }, option.label)),
    );
    if (value !== undefined && value !== null) element.value = value;
    return element;
  }
  const element = h("input", { ...same, type, maxlength: longest, min, max, step, autocomplete: "off" });
  if (type === "checkbox") element.checked = Boolean(value);
  else element.value = value ?? "";
  return element;
}

function row({ label, hint, element }) {
  return h(
    "div",
    { class: element.type === "checkbox" ? "dialog-row check" : "dialog-row" },
    h("label", { for: element.id }, label),
    element,
    ...(hint ? [h("span", { class: "hint" }, hint)] : []),
    h("span", { class: "wrong", id: element.getAttribute("aria-describedby"), role: "alert" }),
  );
}

function read(element) {
  if (element.type === "checkbox") return element.checked;
  if (element.type === "number") return element.value === "" ? null : element.valueAsNumber;
  return element.value.trim();
}

/** Whether every field holds what it must; says beside the field what it lacks. */
function complete(dialog) {
  const fields = [...dialog.querySelectorAll("input, select, textarea")];
  let firstWrong = null;
  for (const field of fields) {
    const blank = field.required && field.type !== "checkbox" && field.value.trim() === "";
    const wrong = blank || !field.checkValidity();
    const words = dialog.querySelector(`#${field.getAttribute("aria-describedby")}`);
    words.textContent = wrong ? (blank ? t("dialog.missing") : field.validationMessage) : "";
    field.setAttribute("aria-invalid", String(wrong));
    if (wrong) firstWrong ??= field;
  }
  firstWrong?.focus();
  return firstWrong === null;
}
