// What the panels of an alert, of a contact and of a camera have in common.

import { h, write } from "../dom.js";
import { t } from "../words.js";

/** A section over the map's right edge; `head` and `body` are to be filled. `kind` is its class. */
export function panelFrame(root, { id, kind, label, onClose, onPlace }) {
  const title = h("h2", {});
  const sub = h("div", { class: "sub" });
  const icon = h("span", { class: "panel-icon" });
  const body = h("div", { class: "watch-body" });
  const button = (name, sign, onclick) =>
    h("button", { type: "button", class: "icon", title: t(name), "aria-label": t(name), onclick }, sign);
  const section = h(
    "section",
    { class: `panel watch-panel ${kind}`, id, "aria-label": label, hidden: true },
    h(
      "div",
      { class: "panel-head" },
      icon,
      h("div", { class: "title" }, title, sub),
      button("watch.place", "◎", onPlace),
      button("watch.close", "✕", onClose),
    ),
    body,
  );
  root.append(section);
  return { section, title, sub, icon, body };
}

/** A row of a label and its value. */
export function fact(label, value) {
  return h("div", { class: "fact" }, h("span", { class: "label" }, label), h("span", { class: "value" }, value));
}

/** Show facts, [label, value] each; those without a value are left out. */
export function showFacts(root, all) {
  const shown = all.filter(([, value]) => value);
  const said = shown.map(([label]) => label).join();
  if (root.dataset.rows !== said) {
    root.dataset.rows = said;
    root.replaceChildren(...shown.map(([label]) => fact(label, "")));
  }
  shown.forEach(([, value], i) => write(root.children[i].lastChild, value));
}

export function heading(words) {
  return h("h3", {}, words);
}

/** Sentences, each an item of a list. */
export function showList(root, sentences) {
  const said = sentences.join("\n");
  if (root.dataset.said === said) return;
  root.dataset.said = said;
  root.replaceChildren(...sentences.map((each) => h("li", {}, each)));
}
