/**
 * The visit of this browser: its token and conversation, in the storage of the frame's own origin,
 * so that a reload or a second tab finds the same conversation. No message is ever stored here.
 */
const VISIT_KEY = "preconsult.visit";
const SEEN_KEY = "preconsult.seen";
const LOCK = "preconsult.visit";

export class Session {
  #storage;
  #locks;
  #openVisit;
  #now;

  /**
   * @param {object} parts
   * @param {Storage} parts.storage
   * @param {() => Promise<{token: string, expires_at: string, conversation: {id: string}}>} parts.openVisit
   * @param {LockManager} [parts.locks] keeps two tabs from opening two visits at once
   * @param {() => number} [parts.now] ms since the epoch
   */
  constructor({ storage, openVisit, locks, now = Date.now }) {
    this.#storage = storage;
    this.#openVisit = openVisit;
    this.#locks = locks;
    this.#now = now;
  }

  /** The stored visit `{token, conversationId, expiresAt}`, or null when none is valid. */
  current() {
    const visit = decode(this.#storage.getItem(VISIT_KEY));
    if (!visit) return null;
    if (Date.parse(visit.expiresAt) > this.#now()) return visit;
    this.forget();
    return null;
  }

  /** The stored visit, else a new one; `isNew` tells which. */
  async open() {
    return this.#exclusively(async () => {
      const stored = this.current();
      if (stored) return { visit: stored, isNew: false };
      return { visit: this.#keep(await this.#openVisit()), isNew: true };
    });
  }

  /** Take a visit that was opened elsewhere, by a link for example, in the place of the stored one. */
  async adopt(answer) {
    return this.#exclusively(async () => {
      if (this.current()?.conversationId !== answer.conversation.id) this.forget();
      return this.#keep(answer);
    });
  }

  /** Forget the visit, unless another tab has already put a newer one in its place. */
  forget(visit = null) {
    const stored = decode(this.#storage.getItem(VISIT_KEY));
    if (visit && stored && stored.conversationId !== visit.conversationId) return;
    this.#storage.removeItem(VISIT_KEY);
    this.#storage.removeItem(SEEN_KEY);
  }

  /** The number of the newest message that was on an open screen. */
  get seen() {
    return Number(this.#storage.getItem(SEEN_KEY)) || 0;
  }

  set seen(number) {
    if (number > this.seen) this.#storage.setItem(SEEN_KEY, String(number));
  }

  /** Call `listener(visit | null)` when another tab opens or forgets a visit. */
  onChangeElsewhere(target, listener) {
    target.addEventListener("storage", (event) => {
      if (event.key === VISIT_KEY || event.key === null) listener(this.current());
    });
  }

  #keep(answer) {
    const visit = {
      token: answer.token,
      conversationId: answer.conversation.id,
      expiresAt: answer.expires_at,
    };
    this.#storage.setItem(VISIT_KEY, JSON.stringify(visit));
    return visit;
  }

  async #exclusively(work) {
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
      return work();
    };
    try {
      return await (this.#locks ? this.#locks.request(LOCK, begin) : begin());
    } catch (error) {
      if (hasBegun) throw error;
      // Browsers that forbid a frame its storage forbid it locks too; then no tab shares a visit.
      return work();
    }
  }
}

/** A browser store that works, or one in memory where the browser forbids it (private frames). */
export function workingStorage(open) {
  try {
    const storage = open();
    storage.setItem("preconsult.probe", "1");
    storage.removeItem("preconsult.probe");
    return storage;
  } catch {
    return memoryStorage();
  }
}

export function memoryStorage() {
  const values = new Map();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, String(value)),
    removeItem: (key) => void values.delete(key),
  };
}

function decode(text) {
  try {
    const visit = JSON.parse(text);
    const whole = visit?.token && visit.conversationId && !Number.isNaN(Date.parse(visit.expiresAt));
    return whole ? visit : null;
  } catch {
    return null;
  }
}
