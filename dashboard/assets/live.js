// The live page: the map, the list of all assets beside it, the panel of the selected one. It goes
// on taking what the server sends while another page is shown, and draws nothing then.

import { tellDash } from "./dash.js";
import { write } from "./dom.js";
import { AssetLayer } from "./layer.js";
import { List } from "./list.js";
import { FenceNames } from "./live/fence_names.js";
import { Latency, countOnTask } from "./live/kpis.js";
import { Tools } from "./live/tools.js";
import { MapView } from "./map.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { offerSupport } from "./support.js";
import { Ways } from "./ways.js";
import { Watch } from "./watch/watch.js";
import { offerWindows } from "./windows.js";
import { rightToLeft, t } from "./words.js";
import { MARKS, eachPoint, readFrame } from "./wire.js";

const STALE_AFTER = 900; // ms after which what is shown is painted again

export class LivePage {
  constructor(root, app) {
    const element = (id) => document.getElementById(id);
    const { fleet, feed, keys, look } = app;
    this.app = app;
    this.shown = false;
    this.selectedKey = app.router.page === "live" ? (app.router.params.asset ?? null) : null;
    this.linked = this.selectedKey !== null; // centre on it once its place is known
    this.before = null; // the tally that was shown last
    this.painted = 0;
    this.theme = look.theme;
    this.ways = new Ways(fleet);
    this.layer = new AssetLayer(fleet, this.ways);
    this.section = element("panel");
    this.overlay = new Overlay(element("overlay"), {
      onZoom: (step) => this.view.zoomBy(step),
      onHome: () => this.view.home(),
    });
    this.view = new MapView(element("map"), this.layer, {
      pick: (slot, point) => {
        if (this.tools.take(point) || this.open(slot)) return;
        // A second click means what lies beneath: a camera stands where its post does.
        const beneath = slot < 0 || slot === this.layer.selected;
        if (!beneath || !this.watch.chosen.pick(point)) this.select(slot);
      },
      hover: (slot) => this.layer.hover(slot),
      note: (text) => this.overlay.note(text),
    });
    this.list = new List(element("list"), fleet, {
      onChoose: (slot) => {
        this.select(slot);
        this.view.reveal(slot, this.padding());
      },
      onMatches: (matches) => this.layer.show(matches),
      onFilter: (filter) => {
        app.header.showChosen(filter);
        if (this.shown) this.tellAddress();
      },
    });
    this.panel = new Panel(this.section, element("panel-live"), fleet, {
      onClose: () => this.select(-1),
      onCentre: () => this.view.centre(this.layer.selected, this.padding()),
    });
    this.watch = new Watch(app, {
      root,
      view: this.view,
      layer: this.layer,
      overlay: element("overlay"),
      column: element("list"),
      selectAsset: (key) => {
        const slot = fleet.slotOf.get(key) ?? -1;
        if (slot < 0 && app.cameras.get(key)) {
          this.watch.chosen.showCamera(key);
          return;
        }
        this.select(slot);
        if (slot >= 0) this.view.reveal(slot, this.padding());
      },
      leaveAsset: () => {
        if (this.layer.selected >= 0) this.select(-1);
      },
      cameraChosen: () => this.tools?.selected(),
      covered: () => this.padding(),
      tellAddress: () => {
        if (this.shown) this.tellAddress();
      },
    });
    this.fenceNames = new FenceNames(app.fences, this.watch.layers);
    this.latency = new Latency(fleet);
    if (this.view.labels) {
      this.view.labels.names = this.fenceNames;
      this.view.labels.obstacles = (camera, width) => this.watch.map.contactBoxes(camera, width);
    }
    this.tools = new Tools(app, {
      view: this.view,
      layer: this.layer,
      overlay: element("overlay"),
      list: this.list,
      watch: this.watch,
      ways: this.ways,
      fenceNames: this.fenceNames,
      covered: () => this.padding(),
    });
    app.alerts.addEventListener("change", () => {
      this.layer.spread.alerting = app.alerts.alertingAssets();
      this.layer.invalidate();
    });
    app.cameras.addEventListener("change", () => this.reselect());
    element("stage").setAttribute("aria-label", t("map.label"));
    write(element("history-heading"), t("panel.history"));
    offerWindows(element("windows"));
    write(element("texts-heading"), t("panel.texts"));

    feed.on("binary", (buffer) => this.takeFrame(buffer));
    feed.on("hello", (message) => {
      fleet.greet(message);
      this.ways.window = message.trail;
      this.ways.clear();
    });
    feed.on("assets", (message) => {
      fleet.describe(message.assets);
      fleet.refresh();
      this.list.arrange();
      this.reselect();
    });
    feed.on("modes", (message) => {
      fleet.modes = message.modes;
    });
    feed.on("detail", (message) => this.panel.take(message));
    feed.addEventListener("state", () => this.tellDash());
    look.addEventListener("change", () => {
      if (look.theme !== this.theme) {
        this.fenceNames.recolour();
        this.tools.recolour();
        this.view.recolour();
        this.watch.map.recolour();
      }
      this.theme = look.theme;
      this.tellDash();
    });
    this.tellDash();

    keys.add("/", "keys.search", () => this.list.seekFocus(), "live");
    const centre = () => this.watch.chosen.centre() || this.view.centre(this.layer.selected, this.padding());
    keys.add("c", "keys.centre", centre, "live");
    keys.add("Escape", "keys.escape", () => this.leave(), "live");
    offerSupport({
      container: element("map"),
      feed,
      fleet,
      layer: this.layer,
      view: this.view,
      selected: () => this.selectedKey,
      watch: this.watch,
      tools: this.tools,
    });
  }

  /** `asset` is the key of the one that is selected, a fixed camera's too; `kind`, `freshness`, `state` narrow the list. */
  show(params) {
    const { fleet } = this.app;
    const coming = !this.shown;
    this.list.narrow(params);
    this.watch.chosen.show(params);
    const key = params.asset ?? null;
    if (key !== this.selectedKey) {
      const slot = fleet.slotOf.get(key) ?? -1;
      if (key === null || slot >= 0) this.select(slot);
      else this.selectedKey = key;
      this.linked = key !== null;
      this.reselect();
    }
    this.shown = true;
    if (!coming) return;
    this.layer.awake = true;
    this.list.arrange();
    this.paint();
  }

  hide() {
    this.shown = false;
    this.layer.awake = false;
  }

  /** Ages grow without frames too. With them all is painted already. */
  refresh() {
    if (performance.now() - this.painted > STALE_AFTER) this.paint();
  }

  /** List, panel and map as they are now. */
  paint() {
    const { list } = this;
    const { tally } = this.app.fleet;
    if (!this.shown || !tally) return;
    this.painted = performance.now();
    list.showTally(tally);
    const { before } = this;
    this.before = tally;
    const changed = before?.byFreshness.some((count, level) => count !== tally.byFreshness[level]);
    if (list.followsState || (changed && list.followsFreshness)) list.arrange();
    else list.paint();
    this.panel.refresh();
    this.layer.invalidate();
  }

  /** Say over the map whether it is live. */
  showLink() {
    this.overlay.showLink(this.app.feed, this.app.fleet, this.app.look.zone);
  }

  everySecond() {
    this.watch.everySecond();
    this.app.header.setTask(countOnTask(this.app.fleet));
    if (this.shown) this.tools.everySecond();
  }

  /** Show what a mark stands for, if it stands for others too. */
  open(slot) {
    if (this.layer.spread.count(slot) === 1) return false;
    this.view.approach(slot, this.padding());
    return true;
  }

  takeFrame(buffer) {
    const { fleet, feed, header } = this.app;
    const frame = readFrame(buffer);
    if (frame.kind === MARKS) {
      fleet.update(frame, (slot) => {
        this.ways.follow(slot);
        if (!frame.whole) this.latency.observe(slot);
      });
      if (frame.count) {
        this.layer.moved();
        fleet.refresh();
        this.paint();
      }
      if (frame.whole) this.list.arrange();
      if (this.linked) this.reselect();
      this.tools.moved();
      header.showLink(feed.state, feed.silence, this.latency.median);
    } else {
      eachPoint(frame, (slot, longitude, latitude, time) => {
        this.ways.restore(slot, longitude, latitude, time);
      });
    }
  }

  /** Select by slot; -1 for none. */
  select(slot) {
    const { fleet, feed } = this.app;
    this.layer.select(slot);
    this.selectedKey = slot >= 0 ? fleet.keys[slot] : null;
    this.linked = false;
    if (slot >= 0) {
      this.watch.chosen.close();
      this.panel.open(slot);
    } else this.panel.close();
    this.list.select(slot);
    this.tools.selected();
    feed.watch(this.selectedKey);
    this.tellDash();
    if (this.shown) this.tellAddress();
  }

  /** Slots change when the server starts anew, keys don't. */
  reselect() {
    const slot = this.app.fleet.slotOf.get(this.selectedKey) ?? -1;
    if (slot < 0) {
      this.selectCamera();
      return;
    }
    const follow = this.linked;
    if (slot !== this.layer.selected || this.panel.key !== this.selectedKey) this.select(slot);
    this.linked = follow && !this.layer.place(slot);
    if (follow && !this.linked) this.view.centre(slot, this.padding());
  }

  /** What a link named as an asset is a fixed camera. */
  selectCamera() {
    const key = this.selectedKey;
    if (!this.app.cameras.get(key)) return;
    this.selectedKey = null;
    this.linked = false;
    this.watch.chosen.showCamera(key);
  }

  /** What is selected and shown, as the page's address. */
  tellAddress() {
    const params = {
      ...this.list.filterParams(),
      asset: this.selectedKey,
      ...this.watch.params(),
    };
    this.app.router.go("live", params, { replace: true });
  }

  /** What is selected, for the callbacks; they are not asked while there is no server. */
  tellDash() {
    const { feed, language, look } = this.app;
    const { theme, zone } = look;
    tellDash("look", { data: { language, theme, zone } });
    tellDash("selection", { data: this.selectedKey });
    tellDash("history-tick", { disabled: this.selectedKey === null || feed.state !== "live" });
  }

  leave() {
    if (!this.list.leaveSearch() && !this.tools.leave() && !this.watch.chosen.close() && this.layer.selected >= 0)
      this.select(-1);
    document.activeElement?.blur();
  }

  /** CSS pixels of the map that the panel covers: on the right, on the left of an Urdu page. */
  padding() {
    const width = this.section.hidden ? this.watch.chosen.width : this.section.offsetWidth;
    return rightToLeft ? { left: width, right: 0 } : { left: 0, right: width };
  }
}
