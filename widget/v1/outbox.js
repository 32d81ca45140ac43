import { backoff } from "./backoff.js";

/**
 * Messages on their way to the front desk. Each gets its id once and keeps it through every retry
 * and reload, so the front desk can tell a repeat from a new message; its text stays in the tab's
 * session storage until it is acknowledged. They leave one at a time, in the order of writing.
 */
export class Outbox {
  #storage;
  #key;
  #deliver;
  #newId;
  #sleep;
  #on;
  #entries;
  #running = false;
  #stopped = false;
  #wake = () => {};

  /**
   * @param {object} parts
   * @param {Storage} parts.storage
   * @param {string} parts.conversationId
   * @param {(message: object) => Promise<{id: string, number: number}>} parts.deliver
   *   throws an error with `isTemporary`, `visitIsOver`, `sentence` and `retryAfterMs`
   * @param {() => string} parts.newId a random UUID
   * @param {(ms: number, onWake: (wake: () => void) => void) => Promise<void>} parts.sleep
   * @param {object} parts.on `accepted(entry, receipt)`, `delayed(entry, error)`,
   *   `refused(entry, error)`, `visitOver()`
   */
  constructor({ storage, conversationId, deliver, newId, sleep, on }) {
    this.#storage = storage;
    this.#key = `preconsult.outbox.${conversationId}`;
    this.#deliver = deliver;
    this.#newId = newId;
    this.#sleep = sleep;
    this.#on = on;
    this.#entries = decode(storage.getItem(this.#key));
  }

  /** What has not been acknowledged yet, oldest first. */
  get entries() {
    return [...this.#entries];
  }

  /** Keep a message and start sending. `content` is `{text}` or `{choice, label}`. */
  add(content) {
    const entry = { client_id: this.#newId(), ...content };
    this.#entries.push(entry);
    this.#save();
    void this.flush();
    return entry;
  }

  /** Send what is waiting; returns when nothing is left or it was stopped. */
  async flush() {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    let failures = 0;
    while (this.#entries.length && !this.#stopped) {
      const waitMs = await this.#attempt(this.#entries[0], failures);
      failures = waitMs === null ? 0 : failures + 1;
      if (waitMs !== null) await this.#sleep(waitMs, (wake) => (this.#wake = wake));
    }
    this.#running = false;
  }

  /** Try again now: the network may be back. */
  wake() {
    this.#wake();
  }

  /** Stop for good and give back what was not acknowledged. */
  takeBack() {
    const left = this.entries;
    this.#stopped = true;
    this.#entries = [];
    this.#save();
    this.#wake();
    return left;
  }

  /** Stop for good, but leave the texts in the tab's storage for the next page. */
  stop() {
    this.#stopped = true;
    this.#wake();
  }

  /** One delivery. Returns null when the entry is done with, else the ms to wait. */
  async #attempt(entry, failures) {
    try {
      const { label, ...message } = entry;
      const receipt = await this.#deliver(message);
      this.#done(entry);
      this.#on.accepted(entry, receipt);
      return null;
    } catch (error) {
      return this.#failed(entry, error, failures);
    }
  }

  #failed(entry, error, failures) {
    if (this.#stopped) return null;
    if (error.visitIsOver) {
      this.#stopped = true;
      this.#on.visitOver();
      return null;
    }
    if (error.isTemporary) {
      this.#on.delayed(entry, error);
      return Math.max(error.retryAfterMs, backoff(failures));
    }
    this.#done(entry);
    this.#on.refused(entry, error);
    return null;
  }

  #done(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#save();
  }

  #save() {
    if (this.#entries.length) this.#storage.setItem(this.#key, JSON.stringify(this.#entries));
    else this.#storage.removeItem(this.#key);
  }
}

function decode(text) {
  try {
    const entries = JSON.parse(text);
    return Array.isArray(entries) ? entries.filter((entry) => entry?.client_id) : [];
  } catch {
    return [];
  }
}
