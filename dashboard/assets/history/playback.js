// Plays a window of the past: loads it, turns map, lists and time line to the moment, and says which asset,
// contact or event is meant.

import { h } from "../dom.js";
import { t } from "../words.js";
import { dayAndTime } from "../zones.js";
import { Beside } from "./beside.js";
import { Card } from "./card.js";
import { resolve } from "./choice.js";
import { Clips } from "./clips.js";
import { ContactCard } from "./contact_card.js";
import { EventList } from "./event_list.js";
import { words } from "./items.js";
import { LoadNotes } from "./load_notes.js";
import { PastMap } from "./past_map.js";
import { Player } from "./player.js";
import { PlayerBar } from "./player_bar.js";
import { POINTS_MOST, Recording, STEPS, suitingStep } from "./recording.js";
import { StandingList } from "./standing_list.js";
import { States } from "./states.js";
import { TimeLine } from "./time_line.js";
import { iso } from "./times.js";

const STATES_MOST = 100; // assets of which all states are asked for while the time runs
const LEAP = 5000; // ms of an arrow key

export class Playback {
  /** `onMoment()` when what the address tells has changed; `onStep(seconds)` when
   * another step is chosen. */
  constructor(root, app, { onMoment, onStep }) {
    Object.assign(this, { app, onMoment, onStep });
    this.recording = null;
    this.selectedKey = null;
    this.contactId = null; // of the selected contact
    this.names = new Map();
    this.away = false; // whether states could not be had
    this.player = new Player();
    const zone = () => app.look.zone;
    const stage = h("section", { class: "stage", "aria-label": t("map.label") });
    const side = h("aside", { class: "past-side", "aria-label": t("history.side") });
    const foot = h("div", { class: "past-foot" });
    this.notes = new LoadNotes(root);
    this.element = h("div", { class: "past-playback" }, stage, side, foot);
    root.append(this.element);
    this.map = new PastMap(stage, app, {
      onPick: (slot) => this.select(slot),
      onContact: (id) => this.selectContact(id),
      onAlert: (alert) => this.toAlert(alert),
    });
    this.beside = new Beside(this.map, () => {
      this.line.showContacts(this.map.contacts.bars());
      this.turn();
    });
    this.card = new Card(side, this.map.fleet, {
      onClose: () => this.select(-1),
      onCentre: () => this.centre(),
    });
    this.contactCard = new ContactCard(side, this.map.contacts, {
      onClose: () => this.selectContact(null),
      onPlace: ({ longitude, latitude }) => this.map.fly([longitude, latitude]),
      onFind: (there) => there && this.seek(there[0]),
      zone,
    });
    this.standing = new StandingList(side, this.map.alerts, this.player, { onChoose: (alert) => this.toAlert(alert) });
    const jump = (item) => this.jump(item);
    this.list = new EventList(side, this.player, { onItem: jump, zone });
    this.bar = new PlayerBar(foot, this.player, { onStep: (by) => this.step(by), zone });
    this.line = new TimeLine(foot, this.player, {
      onSeek: (time) => this.seek(time),
      onItem: jump,
      onContact: ({ id, from }, time) => {
        this.player.pause();
        this.seek(Math.max(time, from));
        this.selectContact(id);
      },
      zone,
    });
    this.clips = new Clips(this.bar.element, app, { link: () => this.link(), layers: this.map.layers });
    this.states = new States(
      app.api,
      (picture) => this.takeStates(picture),
      (problem) => this.tellStates(problem),
    );
    this.player.addEventListener("time", () => this.turn());
    this.player.addEventListener("state", () => {
      if (!this.player.playing) this.turn();
    });
    this.element.hidden = true;
  }

  /** Load what is chosen and show it from `at` on. `list` are the API's assets. */
  async open(choice, list) {
    const [key, contact] = [this.selectedKey, this.contactId];
    this.close();
    const { from, to, at, step } = choice;
    const { assets, query } = resolve(choice, list);
    const seconds = (to - from) / 1000;
    const suiting = suitingStep(seconds, assets.length);
    if (query === undefined) return this.notes.tell(t("history.toomany"));
    if (!assets.length) return this.notes.tell(t("history.noassets"));
    if (suiting === null) return this.notes.tell(t("history.toolong"));
    if (step !== null && (seconds * assets.length) / step > POINTS_MOST) {
      return this.notes.tell(t("history.toomuch", { step }), {
        words: t("history.step.take", { step: suiting }),
        action: () => this.onStep(suiting),
      });
    }
    const recording = new Recording({ from, to, step: step ?? suiting, assets, query });
    this.recording = recording;
    this.query = query;
    this.names = new Map(assets.map(({ key, name }) => [key, name]));
    this.element.hidden = false;
    this.map.awake(true);
    this.select(-1); // its slot is another one's now
    this.map.take(recording);
    recording.addEventListener("progress", () => this.progress(recording));
    this.clips.offer(recording);
    this.player.open(from, to, Number.isNaN(at) ? from : at);
    this.choose(key);
    this.selectContact(contact);
    await Promise.all([this.load(recording), this.loadBeside(recording)]);
  }

  /** Show nothing any more. */
  close() {
    this.recording?.stop();
    this.recording = null;
    this.player.pause();
    this.states.forget();
    this.beside.clear();
    this.line.showContacts([]);
    this.notes.clear();
    this.element.hidden = true;
  }

  async load(recording) {
    this.progress(recording);
    try {
      await recording.load(this.app.api);
    } catch (error) {
      if (recording !== this.recording || recording.stopped.signal.aborted) return;
      if (error.name !== "ApiProblem") throw error;
      // The server says no more steps than this: a longer one has fewer.
      const longer = error.status === 422 ? STEPS.find((step) => step > recording.step) : undefined;
      this.notes.tell(t("history.failed", { reason: error.detail }), {
        words: longer ? t("history.step.take", { step: longer }) : t("history.again"),
        action: longer ? () => this.onStep(longer) : () => this.load(recording),
      });
      return;
    }
    this.progress(recording);
  }

  /** Geofences, contacts and alerts: what of them cannot be had is said, and the rest is played. */
  async loadBeside(recording) {
    this.notes.clearLacks();
    try {
      await this.beside.load(this.app.api, recording.stopped.signal, recording);
    } catch (error) {
      if (recording !== this.recording || recording.stopped.signal.aborted) return;
      if (error.name !== "ApiProblem") throw error;
      this.notes.tellLacks(t("history.beside.failed", { reason: error.detail }), () => this.loadBeside(recording));
      return;
    }
    const names = [...this.beside.truncated].map((name) => t(`history.layer.${name}`));
    if (names.length && recording === this.recording)
      this.notes.tellLacks(t("history.beside.truncated", { what: names.join(t("value.comma")) }));
  }

  progress(recording) {
    if (recording !== this.recording) return;
    this.player.limit = recording.loadedTo;
    this.list.show(recording.items, this.names, recording.truncated, recording.itemsDone);
    this.line.show(recording.items, this.names, recording.loadedTo);
    this.turn();
    this.notes.showProgress(recording);
  }

  /** Show the moment that the player stands at. */
  turn() {
    const { recording, player } = this;
    if (!recording) return;
    this.map.turn(player.time);
    this.line.turn();
    this.list.follow();
    this.standing.turn();
    this.wantStates();
    this.card.turn();
    this.bar.turn();
    if (!player.playing) this.onMoment();
  }

  wantStates() {
    const { recording, player } = this;
    if (!recording || (player.time >= recording.loadedTo && !recording.done)) return;
    const all = !player.playing || recording.assets.length <= STATES_MOST;
    if (all) this.states.want(player.time, this.query);
    else if (this.selectedKey) this.states.want(player.time, this.selectedKey);
  }

  takeStates(picture) {
    this.map.fleet.takeStates(picture);
    this.away = false;
    this.card.tellAway("");
    this.card.turn();
    this.map.layer.invalidate();
  }

  /** Tracks go on without states; what they tell of is unknown then, and asked for again. */
  tellStates(problem) {
    this.away = true;
    this.card.tellAway(t("history.nostates", { reason: problem.detail ?? problem.message }));
  }

  /** Each second while the page is shown. */
  refresh() {
    if (this.away) this.wantStates();
  }

  seek(time) {
    this.player.seek(time);
  }

  leap(by) {
    this.seek(this.player.time + by * LEAP);
  }

  /** To the event before or after this moment. */
  step(by) {
    const item = this.list.beside(by);
    if (item) this.jump(item);
    else this.bar.say(t("history.nomore"));
  }

  jump(item) {
    this.player.pause();
    this.seek(item.at);
    this.bar.say(`${dayAndTime(item.at, this.app.look.zone)} ${words(item, this.names)}`);
    const slot = item.assets.length ? (this.map.fleet.slotOf.get(item.assets[0]) ?? -1) : -1;
    if (slot < 0) return;
    this.select(slot);
    this.map.view.reveal(slot, { left: 0, right: 0 });
  }

  /** To where an alert was raised, and the moment; before the window lies its beginning. */
  toAlert(alert) {
    this.player.pause();
    this.standing.select(alert.key);
    this.seek(Date.parse(alert.raised_time ?? alert.time));
    this.map.contacts.turn(this.player.time); // the map itself is in no hurry
    const contact = this.map.contacts.named(alert.key.split("/"));
    const slot = alert.assets.map((key) => this.map.fleet.slotOf.get(key) ?? -1).find((each) => each >= 0) ?? -1;
    if (slot >= 0) this.select(slot);
    else if (contact) this.selectContact(contact.id);
    const place = this.map.places.of(alert);
    if (place) this.map.fly(place);
    else this.bar.say(t("history.standing.noplace"));
  }

  /** Select a contact by its key; null for none. */
  selectContact(id) {
    this.contactId = id;
    this.contactCard.open(id);
    this.map.contactLayers?.select(id);
    if (id !== null && this.map.layer.selected >= 0) this.select(-1);
    else this.onMoment();
  }

  /** Select by key; null for none. */
  choose(key) {
    const slot = this.map.fleet.slotOf.get(key) ?? -1;
    if (slot !== this.map.layer.selected) this.select(slot);
  }

  select(slot) {
    const { fleet, layer } = this.map;
    this.selectedKey = slot >= 0 ? fleet.keys[slot] : null;
    layer.select(slot);
    this.card.open(slot);
    if (slot >= 0 && this.contactId !== null) this.selectContact(null);
    this.onMoment();
    if (slot >= 0) this.wantStates();
  }

  /** The address of what is shown now, also while it plays. */
  link() {
    const url = new URL(location.href);
    url.searchParams.set("at", iso(Math.floor(this.player.time / 1000) * 1000));
    if (this.selectedKey) url.searchParams.set("asset", this.selectedKey);
    else url.searchParams.delete("asset");
    if (this.contactId) url.searchParams.set("contact", this.contactId);
    else url.searchParams.delete("contact");
    return url.href;
  }

  centre() {
    const contact = this.map.contacts.get(this.contactId);
    if (contact) this.map.fly([contact.longitude, contact.latitude]);
    else this.map.view.centre(this.map.layer.selected, { left: 0, right: 0 });
  }

  /** Theme or zone have become others. */
  restyle() {
    this.map.recolour();
    if (!this.recording) return;
    this.list.arrange();
    this.line.draw();
    this.line.track.removeAttribute("aria-valuenow");
    this.turn();
  }
}
