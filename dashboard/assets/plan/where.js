// What is flown over: the tools that draw it, what is drawn, and where drones take off.

import { h, write } from "../dom.js";
import { t } from "../words.js";
import { estimate } from "./estimate.js";
import { beside, bounds, outside } from "./geometry.js";
import { choosePart, readFile, writeCoordinates } from "./import.js";
import { drawnName, toolsOf } from "./kinds.js";
import { SizeStrip, sizeOf } from "./size_strip.js";

const OFF_AREA = 200; // metres that drones start outside a crowd or a structure
const OFF_BORDER = 500; // metres that drones start on our side of a border

export class Where {
  /**
   * `asked()` tells what is being planned: { kind, values, drones }; `problem(error)` is told what went
   * wrong with a file. `strip` is where the size stands over the map.
   */
  constructor({ drawing, view, strip, asked, problem }) {
    Object.assign(this, { drawing, view, asked, problem, size: new SizeStrip(strip) });
    this.ownHome = null; // where drones start as long as nobody says otherwise
    this.tools = h("div", { class: "plan-tools", role: "group", "aria-label": t("plan.draw.tools") });
    this.note = h("p", { class: "plan-note", role: "status" });
    this.home = h("button", { type: "button", class: "button", onclick: () => drawing.begin("point", "home") }, t("plan.home.move"));
    drawing.addEventListener("tool", () => this.show());
    drawing.addEventListener("moved", () => this.showSize());
  }

  /** The name of the shape that the plan is drawn as. */
  get name() {
    const { kind, values } = this.asked();
    return drawnName(kind, values);
  }

  /** What is drawn of it, or undefined. */
  get shape() {
    return this.drawing.shapes[this.name];
  }

  /** What can be seen of what is drawn: drones of the fleet start where they are. */
  get shownNames() {
    return this.asked().drones.mode === "fleet" ? [this.name] : [this.name, "home"];
  }

  /** Show what is drawn here; where nothing is, draw the usual shape: nobody has to look for the tool. */
  begin() {
    const { drawing, name } = this;
    drawing.shown = this.shownNames;
    drawing.draw();
    if (!this.shape) drawing.begin(toolsOf(name)[0], name);
    this.show();
  }

  /** Make the tools for what is drawn now. */
  write() {
    const { drawing, name } = this;
    const tool = (one) => h("button", { type: "button", class: "button", "data-tool": one, "aria-pressed": "false", onclick: () => drawing.begin(one, name) }, t(`plan.tool.${one}`));
    const button = (word, onclick) => h("button", { type: "button", class: "button quiet", onclick }, t(word));
    this.buttons = toolsOf(name).map(tool);
    this.undo = button("plan.undo", () => drawing.undo());
    this.done = button("plan.draw.done", () => drawing.finish());
    this.tools.replaceChildren(
      ...this.buttons,
      h("span", { class: "break" }),
      this.done,
      this.undo,
      button("plan.coordinates", () => this.coordinates()),
      button("plan.import.area", () => this.importShape()),
    );
    this.show();
  }

  show() {
    if (!this.buttons) return;
    const { drawing, name } = this;
    for (const button of this.buttons) {
      const now = drawing.tool === button.dataset.tool && drawing.name === name;
      button.setAttribute("aria-pressed", String(now));
    }
    this.undo.disabled = !drawing.canUndo;
    this.done.hidden = !drawing.tool;
    this.done.disabled = !drawing.enough;
    this.home.hidden = this.asked().drones.mode === "fleet";
    this.home.setAttribute("aria-pressed", String(drawing.tool !== null && drawing.name === "home"));
    write(this.note, this.words());
    this.showSize();
  }

  /** How large what is drawn is, also while it is drawn. */
  showSize() {
    const { drawing, name } = this;
    const { kind, values, drones } = this.asked();
    const now = drawing.shown.includes(name) ? drawing.now(name) : null;
    const shape = now && now.form !== "point" ? now : null;
    const found = shape && drones.kinds.length ? estimate(kind, values, shape, drones.rowsNow, drones.kinds) : null;
    this.size.show({ doing: drawing.tool ? this.toolWords() : "", shape, found });
  }

  toolWords() {
    const { drawing } = this;
    return t(drawing.name === "home" ? "plan.draw.home" : `plan.draw.${drawing.tool}`);
  }

  words() {
    const { drawing, shape } = this;
    if (drawing.tool) return this.toolWords();
    if (!shape) return t("plan.draw.nothing");
    if (shape.form === "point") return t("plan.drawn.point");
    return t("plan.drawn", { size: sizeOf(shape), corners: shape.places.length });
  }

  /** Where drones start follows what is drawn, until somebody moves it. */
  placeHome() {
    if (!this.shape) return;
    const home = this.drawing.shapes.home?.places[0];
    if (home && home !== this.ownHome) return;
    this.ownHome = this.firstHome(this.shape.places);
    this.drawing.set("home", { form: "point", places: [this.ownHome] }, { silent: true });
    this.drawing.past.pop();
  }

  /** At the first corner, or off what drones must keep away from. */
  firstHome(places) {
    const { kind, values } = this.asked();
    if (kind === "border") return beside(places, values.side, OFF_BORDER);
    if (kind === "crowd" || kind === "orbit") return outside(places, OFF_AREA);
    return places[0];
  }

  async coordinates() {
    const { name } = this;
    const shape = await writeCoordinates(this.drawing.shapes[name], toolsOf(name)[0]);
    if (shape) this.put(name, shape);
  }

  async importShape() {
    try {
      const found = await readFile();
      if (!found) return;
      const { name } = this;
      const shape = await choosePart(found, { area: "area", datum: "point" }[name] ?? "line");
      if (shape) this.put(name, shape);
    } catch (error) {
      this.problem(error);
    }
  }

  put(name, shape) {
    this.drawing.cancel();
    this.drawing.set(name, shape);
    this.view.fit(bounds(shape.places));
  }
}
