import { words } from "./words.js";

/**
 * The token behind the `#` of a link that was texted, or an empty text. Messaging apps add the
 * full stop or the blank that follows a link; neither is of a token.
 */
export function tokenOf(hash) {
  return /^#([\w-]{1,100})/.exec(hash)?.[1] ?? "";
}

/** Take the token, and take it off the address bar: no history and no screenshot keeps it. */
export function takeToken({ location, history }) {
  const token = tokenOf(location.hash);
  history.replaceState(null, "", location.pathname);
  return token;
}

/**
 * A link that was texted, and what has become of it: `ready`, `opening`, `used` (or too old),
 * `incomplete`, or `noMemory` where the browser would forget the visit on the way to the chat.
 * It works once, so it is used only when its reader presses the button: phones and mail scanners
 * open links by themselves.
 */
export class AnswerLink {
  #token;
  #useLink;
  #session;
  #enter;
  #changed;
  #status;
  #error = "";

  /**
   * @param {object} parts
   * @param {string} parts.token
   * @param {(token: string) => Promise<object>} parts.useLink gives a visit
   * @param {Session} parts.session
   * @param {boolean} parts.keepsVisits whether the session's storage outlives the page
   * @param {() => void} parts.enter go to the chat
   * @param {() => void} parts.changed another screen
   */
  constructor({ token, useLink, session, keepsVisits, enter, changed }) {
    this.#token = token;
    this.#useLink = useLink;
    this.#session = session;
    this.#enter = enter;
    this.#changed = changed;
    this.#status = !token ? "incomplete" : keepsVisits ? "ready" : "noMemory";
  }

  /** `sentence` says how it stands, `error` what went wrong; `canRead` and `canEnter` are buttons. */
  get screen() {
    const status = this.#status;
    const canRead = ["ready", "opening"].includes(status);
    const canEnter = !canRead && this.#session.current() !== null;
    return { status, sentence: sentenceFor(status, canEnter), error: this.#error, canRead, canEnter };
  }

  /** Trade the token for a visit, once, and go to the chat. */
  async read() {
    if (this.#status !== "ready") return;
    this.#set("opening");
    try {
      await this.#session.adopt(await this.#useLink(this.#token));
      this.#token = "";
      this.#enter();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The chat that this browser has open already. */
  enter() {
    if (this.screen.canEnter) this.#enter();
  }

  #failed({ code, status, sentence }) {
    if (code === "link_used") return this.#set("used");
    const isOurs = status === 0 || status >= 500;
    this.#set("ready", isOurs ? sentence : words.answer.failed);
  }

  #set(status, error = "") {
    this.#status = status;
    this.#error = error;
    this.#changed();
  }
}

function sentenceFor(status, canEnter) {
  if (status === "opening") return words.answer.ready;
  return status === "used" && canEnter ? words.answer.usedHere : words.answer[status];
}
