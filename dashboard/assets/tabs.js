// Tabs of a page: one of several parts is shown, chosen by mouse, arrow keys or the address.

import { h } from "./dom.js";

export class Tabs {
  /** `tabs` are [{ id, label }]; `onChoose(id)` is called when a person chooses one. */
  constructor(root, { name, label, tabs, onChoose }) {
    this.onChoose = onChoose;
    this.buttons = new Map();
    this.panels = new Map();
    for (const { id, label: words } of tabs) {
      const panel = h("div", {
        class: "tab-panel",
        role: "tabpanel",
        id: `${name}-panel-${id}`,
        "aria-labelledby": `${name}-tab-${id}`,
        hidden: true,
      });
      const button = h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `${name}-tab-${id}`,
          "aria-controls": panel.id,
          "data-tab": id,
          onclick: () => onChoose(id),
        },
        h("span", {}, words),
      );
      this.buttons.set(id, button);
      this.panels.set(id, panel);
    }
    this.list = h(
      "div",
      { class: "tabs", role: "tablist", "aria-label": label, onkeydown: (event) => this.key(event) },
      ...this.buttons.values(),
    );
    root.append(this.list, ...this.panels.values());
  }

  panel(id) {
    return this.panels.get(id);
  }

  has(id) {
    return this.panels.has(id);
  }

  show(chosen) {
    for (const [id, button] of this.buttons) {
      const is = id === chosen;
      button.setAttribute("aria-selected", String(is));
      button.tabIndex = is ? 0 : -1;
      this.panels.get(id).hidden = !is;
    }
  }

  key(event) {
    const forward = getComputedStyle(this.list).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    if (event.key !== forward && event.key !== backward) return;
    event.preventDefault();
    const ids = [...this.buttons.keys()];
    const at = ids.findIndex((id) => this.buttons.get(id) === document.activeElement);
    const next = ids[(at + (event.key === forward ? 1 : -1) + ids.length) % ids.length];
    this.buttons.get(next).focus();
    this.onChoose(next);
  }
}
