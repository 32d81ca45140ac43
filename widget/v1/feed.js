import { backoff } from "./backoff.js";

/** The server's heartbeat comes every 15 s; a stream silent for this long is dead. */
const SILENCE_MS = 35_000;
/** After a sleep of the machine, a stream silent for this long is not trusted. */
const DOUBTFUL_MS = 20_000;
/** While resting nothing happens until `wake`; any long time would do. */
const REST_MS = 3_600_000;

/** Reads server-sent events out of pieces of text that may break anywhere (WHATWG HTML 9.2.6). */
export class FeedParser {
  #rest = "";
  #event = blank();

  /** @returns {{event: string, id: string | null, data: string}[]} the events that are complete */
  push(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter((event) => event !== null);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#event.data.push(value);
    else if (field === "event") this.#event.event = value;
    else if (field === "id") this.#event.id = value;
    return null;
  }

  #dispatch() {
    const { event, id, data } = this.#event;
    this.#event = blank();
    return data.length ? { event, id, data: data.join("\n") } : null;
  }
}

function blank() {
  return { event: "message", id: null, data: [] };
}

/**
 * The live feed of one conversation. It resumes after the last message that the screen has, gives
 * up a silent stream, waits longer after each failure, and asks once over plain HTTP before each
 * new attempt, so that messages arrive even where a proxy swallows streams.
 */
export class Feed {
  #open;
  #catchUp;
  #sleep;
  #now;
  #on;
  #stopped = false;
  #resting = false;
  #lastBytes = 0;
  #abort = new AbortController();
  #wake = () => {};

  /**
   * @param {object} parts
   * @param {(signal: AbortSignal) => Promise<Response>} parts.open
   * @param {() => Promise<void>} parts.catchUp fetch what is missing over plain HTTP
   * @param {(ms: number, onWake: (wake: () => void) => void) => Promise<void>} parts.sleep
   * @param {object} parts.on `event({event, id, data})`, `connected(boolean)`, `visitOver()`
   * @param {() => number} [parts.now] ms
   */
  constructor({ open, catchUp, sleep, on, now = Date.now }) {
    this.#open = open;
    this.#catchUp = catchUp;
    this.#sleep = sleep;
    this.#on = on;
    this.#now = now;
  }

  /** Run until `stop`. */
  async run() {
    let failures = 0;
    while (!this.#stopped) {
      const heard = await this.#attempt(() => this.#listen());
      failures = heard ? 0 : failures + 1;
      if (!this.#stopped && !this.#resting) this.#on.connected(false);
      await this.#pause(backoff(failures));
      while (this.#resting && !this.#stopped) await this.#pause(REST_MS);
      if (!this.#stopped) await this.#attempt(this.#catchUp);
    }
  }

  stop() {
    this.#stopped = true;
    this.#abort.abort();
    this.#wake();
  }

  /** Let go of the stream while nobody looks: browsers allow only six at once to one server. */
  rest() {
    this.#resting = true;
    this.#abort.abort();
  }

  /** The page is looked at again or the network is back: do not wait any longer. */
  wake() {
    this.#resting = false;
    if (this.#now() - this.#lastBytes > DOUBTFUL_MS) this.#abort.abort();
    this.#wake();
  }

  /** Distrust the stream: what must have come over it did not. */
  restart() {
    this.#abort.abort();
    this.#wake();
  }

  async #pause(ms) {
    if (!this.#stopped) await this.#sleep(ms, (wake) => (this.#wake = wake));
  }

  async #attempt(work) {
    try {
      return await work();
    } catch (error) {
      if (error?.visitIsOver && !this.#stopped) {
        this.stop();
        this.#on.visitOver();
      }
      return false;
    }
  }

  /** One stream, until it ends. Returns whether anything was heard over it. */
  async #listen() {
    this.#abort = new AbortController();
    this.#lastBytes = this.#now();
    const watchdog = setInterval(() => this.#watch(), 1_000);
    let heard = false;
    try {
      const response = await this.#open(this.#abort.signal);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new FeedParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.#abort.signal.aborted) return heard;
        this.#lastBytes = this.#now();
        if (!heard) this.#on.connected(true);
        heard = true;
        parser.push(value).forEach((event) => this.#on.event(event));
      }
    } catch (error) {
      if (error?.visitIsOver) throw error;
      return heard;
    } finally {
      clearInterval(watchdog);
    }
  }

  #watch() {
    if (this.#now() - this.#lastBytes > SILENCE_MS) this.#abort.abort();
  }
}
