// What an officer does on the map of the live page: follow, range rings, measure, places and their
// coordinates, search; and what is drawn for it. Without a map only the search is left.

import { ClockNote } from "./clock_note.js";
import { EdgeArrows } from "./edge_arrows.js";
import { Finder } from "./finder.js";
import { Follow } from "./follow.js";
import { FootprintLayers } from "./footprint_layers.js";
import { Measure } from "./measure.js";
import { MissionWays } from "./missions.js";
import { Options } from "./options.js";
import { PlaceBox } from "./place_box.js";
import { Rings } from "./rings.js";
import { Routes } from "./routes.js";
import { SettingsBox } from "./settings_box.js";
import { Sketch } from "./sketch.js";
import { Toolbar } from "./toolbar.js";
import { Vectors } from "./vectors.js";

export class Tools {
  /** `page` is the live page: { view, layer, overlay, list, watch, ways, covered(), reveal(slot) }. */
  constructor(app, page) {
    const { alerts, contacts, fences, fleet, keys } = app;
    const { overlay, watch } = page;
    this.app = app;
    this.page = page;
    this.map = page.view.map;
    this.options = new Options();
    this.rings = new Rings(fleet, this.options);
    this.clockNote = new ClockNote(overlay, app.clock);
    this.settings = new SettingsBox(watch.map.menu.element, this.options, contacts);
    this.finder = new Finder(page.list, {
      alerts,
      fences,
      cameras: app.cameras,
      on: {
        place: (place, name) => this.goTo(place, name),
        fence: ({ geometry, properties }) => this.goTo(page.fenceNames.placeOf(geometry), properties.name),
        alert: (alert) => watch.chosen.jump(alert),
        camera: ({ key }) => watch.chosen.showCamera(key),
        cameras: (q) => app.router.go("fleet", { kind: "camera", q }),
      },
    });
    this.takeOptions();
    this.options.addEventListener("change", () => this.takeOptions());
    if (this.map) this.join(overlay);
    keys.add("f", "tool.follow", () => this.toggleFollow(), "live");
    keys.add("r", "tool.rings", () => this.toggleRings(), "live");
    keys.add("m", "tool.measure", () => this.toggleMeasure(), "live");
    keys.add("p", "tool.place", () => this.pinMiddle(), "live");
  }

  join(overlay) {
    const { app, map, page } = this;
    const { layer, watch } = page;
    const redraw = () => layer.invalidate();
    this.toolbar = new Toolbar(overlay, {
      follow: () => this.toggleFollow(),
      rings: () => this.toggleRings(),
      measure: () => this.toggleMeasure(),
      place: () => this.pinMiddle(),
    });
    this.follow = new Follow(map, layer, page.covered, (on) => this.toolbar.show("follow", on));
    this.measure = new Measure(overlay, map, () => {
      this.toolbar.show("measure", this.measure.on);
      redraw();
    });
    this.placeBox = new PlaceBox(overlay, map, {
      rings: (place) => this.ringsAround(place),
      measure: (place) => this.measure.begin(place),
      say: app.say,
      change: () => {
        this.toolbar.show("place", this.placeBox.place !== null);
        redraw();
      },
    });
    this.routes = new Routes(app, layer, watch.layers);
    this.missions = new MissionWays(app.missions, layer, watch.layers, this.routes, app.clock);
    this.footprints = new FootprintLayers(map, app.footprints, {
      layer,
      layers: watch.layers,
      clock: app.clock,
      camera: () => watch.chosen.cameraKey,
    });
    this.arrows = new EdgeArrows(overlay, {
      alerts: app.alerts,
      places: watch.places,
      layer,
      covered: page.covered,
      onChoose: (alert) => watch.chosen.jump(alert),
    });
    const painters = [this.missions, this.routes, new Vectors(layer, watch.layers), this.rings, this.measure, this.placeBox];
    this.sketch = new Sketch(map.getContainer(), layer, painters);
    map.on("render", () => {
      this.sketch.draw(map);
      this.arrows.draw();
    });
    map.on("move", () => this.placeBox.under ?? this.placeBox.point(null));
    watch.layers.addEventListener("change", () => this.takeOptions());
  }

  /** A click on the map at a point; true if a tool has taken it. */
  take(point) {
    return this.measure?.take(this.map.unproject(point).toArray()) ?? false;
  }

  /** After each frame of the feed. */
  moved() {
    this.follow?.step();
  }

  everySecond() {
    this.clockNote.show(this.app.feed.state === "live");
    this.settings.refresh(this.app.clock.now());
    this.routes?.refresh();
    this.footprints?.draw();
  }

  /** Another asset or camera is selected, or none. */
  selected() {
    this.footprints?.draw();
  }

  recolour() {
    this.sketch?.recolour();
    this.footprints?.recolour();
  }

  /** End what is under way, the last begun first. True if there was anything. */
  leave() {
    const { follow, measure, placeBox, rings } = this;
    if (!this.map) return false;
    if (measure.end() || placeBox.close()) return true;
    if (follow.on) {
      follow.stop();
      return true;
    }
    if (!rings.shown) return false;
    this.clearRings();
    return true;
  }

  toggleFollow() {
    if (!this.follow) return;
    if (this.page.layer.selected < 0) this.app.say(this.app.t("tool.follow.none"), { kind: "warning" });
    else this.follow.toggle();
  }

  toggleRings() {
    const { rings, page, placeBox } = this;
    if (!this.map) return;
    const { fleet, selected } = page.layer;
    const key = selected >= 0 ? fleet.keys[selected] : null;
    if (rings.shown && (key === null || rings.key === key)) this.clearRings();
    else if (key !== null) {
      rings.aroundAsset(key);
      this.showRings();
    } else this.ringsAround(placeBox.place ?? this.map.getCenter().toArray());
  }

  ringsAround(place) {
    this.rings.aroundPlace(place);
    this.showRings();
  }

  clearRings() {
    this.rings.clear();
    this.showRings();
  }

  showRings() {
    this.toolbar.show("rings", this.rings.shown);
    this.page.layer.invalidate();
  }

  toggleMeasure() {
    if (!this.map) return;
    if (!this.measure.end()) this.measure.begin();
  }

  /** The keyboard's way to the coordinates of a place: that of the middle of the map. */
  pinMiddle() {
    if (this.map && !this.placeBox.close()) this.placeBox.open(this.map.getCenter().toArray());
  }

  goTo(place, name) {
    this.placeBox?.open(place, name);
    this.page.watch.map.fly(place);
  }

  takeOptions() {
    const { layer, ways, watch } = this.page;
    ways.shown = watch.layers.shows("own-trails") ? this.options.trail : 0;
    layer.glide.wanted = this.options.smooth;
    layer.invalidate();
  }
}
