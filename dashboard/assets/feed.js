// Keeps the socket to /live. Silence is noticed, and it connects again by itself for ever.

import { t } from "./words.js";

const FIRST_DELAY = 250; // ms until the first new try; each next one waits twice as long
const LONGEST_DELAY = 4000;
const ATTEMPT_LIMIT = 3000; // ms for one try
const SILENCE_LIMIT = 2000; // ms without a frame: the server sends one every 500
const LOOK_PERIOD = 250;

/** `state` is "connecting" at first, then "live" or "offline"; dispatches `state` when it changes. */
export class Feed extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.takers = new Map();
    this.state = "connecting";
    this.connections = 0;
    this.lastFrame = performance.now();
    this.reason = "";
    this.tries = 0;
    this.watched = null;
    this.socket = null;
    this.looked = performance.now();
  }

  /** Call `take` with each text message of this type, or with each buffer (type "binary"). */
  on(type, take) {
    if (!this.takers.has(type)) this.takers.set(type, []);
    this.takers.get(type).push(take);
  }

  /** Connect, and stay connected. */
  start() {
    this.connect();
    setInterval(() => this.look(), LOOK_PERIOD);
  }

  hand(type, message) {
    for (const take of this.takers.get(type) ?? []) take(message);
  }

  /** Milliseconds since the server was last heard. */
  get silence() {
    return performance.now() - this.lastFrame;
  }

  /** Ask for the details of one asset, or of none (null). */
  watch(key) {
    this.watched = key;
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ watch: key }));
    }
  }

  connect() {
    this.tries += 1;
    this.began = performance.now();
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (this.socket === socket && this.watched !== null) this.watch(this.watched);
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.take(event.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.lose(event.reason);
    };
  }

  take(data) {
    if (typeof data === "string") {
      const message = JSON.parse(data);
      this.hand(message.type, message);
      return;
    }
    this.lastFrame = performance.now();
    if (this.state !== "live") {
      this.connections += 1;
      this.tries = 0;
      this.become("live", "");
    }
    this.hand("binary", data);
  }

  look() {
    // A page that was itself busy or asleep has messages waiting: it must take them before it
    // may call the server silent.
    const late = performance.now() - this.looked > LOOK_PERIOD * 3;
    this.looked = performance.now();
    if (!this.socket || late) return;
    const connecting = this.socket.readyState === WebSocket.CONNECTING;
    const waited = performance.now() - Math.max(this.lastFrame, this.began);
    if (waited > (connecting ? ATTEMPT_LIMIT : SILENCE_LIMIT)) this.lose(t("link.silent"));
  }

  lose(reason) {
    const { socket } = this;
    this.socket = null;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
    this.become("offline", reason);
    const delay = Math.min(FIRST_DELAY * 2 ** Math.min(this.tries, 8), LONGEST_DELAY);
    setTimeout(() => this.connect(), delay * (0.75 + Math.random() / 2));
  }

  become(state, reason) {
    this.reason = reason;
    if (state !== this.state) {
      this.state = state;
      this.dispatchEvent(new Event("state"));
    }
  }
}
