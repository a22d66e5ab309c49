// Waits for a newer version of the figures than the page shows, then has the page drawn anew. See lib/web/live.py.

const RETRY = [500, 1000, 2000, 5000, 15000, 30000]; // milliseconds until a lost connection is tried again
const LOOK = 250; // milliseconds between looks whether the page may be drawn now
const GIVE_UP = 10000; // milliseconds after which a rerun that was asked for counts as lost
const CALM = 2; // times that drawing took for which a page then rests: it is to be read, not only drawn
const TURNS = 500; // milliseconds that Streamlit's own theme gets to follow the system
const POLL = 15000; // milliseconds between questions where no websocket comes through
const REFUSED = 4403; // not allowed to look, or no longer
const FINAL = new Set([REFUSED, 4429]); // closed for good; the other: too many tabs

let live; // one for this browser tab

class Live {
  constructor(account) {
    this.account = account;
    this.newest = null;
    this.shown = null;
    this.asked = null;
    this.drawing = null;
    this.rest = 0;
    this.lost = 0;
    this.look = this.look.bind(this);
    this.dusk = matchMedia("(prefers-color-scheme: dark)");
    this.turned = this.turned.bind(this);
    document.addEventListener("visibilitychange", this.look);
    this.dusk.addEventListener("change", this.turned);
    this.connect();
  }

  get address() {
    return `${location.host}/session/live?account=${encodeURIComponent(this.account)}`;
  }

  connect() {
    this.socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${this.address}`);
    this.socket.onmessage = (event) => {
      this.lost = 0;
      this.heard(JSON.parse(event.data).version);
    };
    this.socket.onclose = (event) => {
      if (this.ended) return;
      if (event.code === REFUSED) this.tell?.("refused"); // drawn anew, the page says why
      if (FINAL.has(event.code)) return;
      this.lost += 1;
      if (this.lost > 3) this.ask();
      const wait = RETRY[Math.min(this.lost, RETRY.length) - 1];
      this.later = setTimeout(() => this.connect(), wait);
    };
  }

  async ask() {
    if (this.ended || document.hidden || Date.now() - (this.last ?? 0) < POLL) return;
    this.last = Date.now();
    try {
      const answer = await fetch(`${location.protocol}//${this.address}`);
      if (answer.ok) this.heard((await answer.json()).version);
    } catch {
      // the server is away: the next attempt comes with the next connection
    }
  }

  heard(version) {
    this.newest = version;
    this.look();
  }

  drawn(version, tell) {
    this.shown = version;
    this.tell = tell;
    if (this.asked !== null && version !== this.before) {
      this.drawing = this.asked;
      this.asked = null;
    }
    this.look();
  }

  look() {
    clearTimeout(this.looking);
    if (this.ended) return;
    const now = Date.now();
    const waiting = this.asked !== null && now - this.asked < GIVE_UP;
    if (!working() && !waiting) this.settled(now);
    if (this.drawing === null && (this.newest === null || this.newest === this.shown)) return;
    this.looking = setTimeout(this.look, LOOK);
    if (waiting || this.drawing !== null || now < this.rest || document.hidden || busy() || working()) return;
    this.asked = now;
    this.before = this.shown;
    quiet(true);
    this.tell(this.newest);
  }

  // The page stands, drawn to its end. Never is it asked for again before: that would break the drawing off.
  settled(now) {
    quiet(false);
    if (this.drawing !== null) this.rest = now + CALM * (now - this.drawing);
    this.drawing = null;
  }

  // The system went light or dark: what the server draws, charts above all, is still in the other mode's colours.
  turned() {
    clearTimeout(this.turning);
    if (this.ended) return;
    this.turning = setTimeout(() => (busy() ? this.turned() : this.tell?.(`dark ${this.dusk.matches}`)), TURNS);
  }

  end() {
    this.ended = true;
    quiet(false);
    clearTimeout(this.turning);
    this.dusk.removeEventListener("change", this.turned);
    clearTimeout(this.later);
    clearTimeout(this.looking);
    document.removeEventListener("visibilitychange", this.look);
    this.socket.close();
  }
}

// Whether somebody is in the middle of something that a new drawing would take away.
function busy() {
  return document.querySelector('[role="dialog"], [role="listbox"], [data-baseweb="calendar"]') !== null;
}

// Whether the server is drawing this page, whoever asked for it.
function working() {
  return document.querySelector("[data-test-script-state=running], [data-test-script-state=rerunRequested]") !== null;
}

// While a page follows its account by itself, what it shows stays as bright as it is: nobody waits for anything.
function quiet(on) {
  document.body.classList.toggle("pl-following", on);
}

export default function ({ data, setTriggerValue }) {
  clearTimeout(live?.leaving);
  if (live && live.account !== data.account) {
    live.end();
    live = undefined;
  }
  live ??= new Live(data.account);
  live.drawn(data.version, (version) => setTriggerValue("changed", version));
  return () => {
    const left = live;
    if (left) {
      left.leaving = setTimeout(() => {
        left.end();
        if (live === left) live = undefined;
      }, 2000);
    }
  };
}
