import { backoff, sleep } from "./backoff.js";
import { Feed } from "./feed.js";
import { Outbox } from "./outbox.js";
import { countUnread, isStaffs, Transcript } from "./transcript.js";
import { words } from "./words.js";

/** A reconnect shorter than this is not worth a word. */
const QUIET_MS = 4_000;
/** Somebody counts as typing this long after the last sign of it, also where the feed is broken. */
const TYPING_MS = 11_000;
/** How often the patient's own typing is told. */
const TYPING_PAUSE_MS = 4_000;
/** An accepted message must come back over the feed within this time. */
const ECHO_MS = 5_000;

/** One visit from its first message to its end: joins store, outbox, feed and screen. */
export class Conversation {
  #api;
  #session;
  #tabStorage;
  #view;
  #host;
  #transcript = new Transcript();
  #visit = null;
  #outbox = null;
  /** What was written before the visit stood. */
  #early = [];
  #feed = null;
  #isConnected = true;
  #typed = 0;
  #typingTimer = 0;
  #hasClinic = false;
  #beginnings = 0;
  /** The newest message that came from the server and not with an acknowledgement. */
  #fed = 0;

  constructor({ api, session, tabStorage, view, host }) {
    this.#api = api;
    this.#session = session;
    this.#tabStorage = tabStorage;
    this.#view = view;
    this.#host = host;
  }

  /** Join the stored visit or open a new one, and stay with it. */
  async begin(notice = "") {
    const beginning = (this.#beginnings += 1);
    this.#leave();
    this.#transcript = new Transcript();
    const { visit, isNew } = await this.#untilDone(() => this.#session.open());
    if (this.#beginnings !== beginning) return;
    this.#visit = visit;
    await this.#untilDone(() => this.#load(isNew));
    if (this.#beginnings !== beginning) return;
    this.#view.notice(notice);
    this.#view.connection();
    this.#startOutbox();
    this.#startFeed();
  }

  /** Leave a visit that has ended for a new one. */
  async restart() {
    this.#session.forget(this.#visit);
    await this.begin();
    this.#view.focusFirst();
  }

  send(text) {
    this.#add({ text });
  }

  /** Choose the suggested answer `index` of `message`. */
  choose(message, index) {
    this.#add({ choice: { number: message.number, index }, label: message.choices[index] });
  }

  /** End the conversation and forget it on this device, also when the clinic cannot be reached. */
  async end() {
    const visit = this.#visit;
    this.#outbox?.takeBack();
    this.#session.forget(visit);
    this.#clear();
    if (visit) await this.#api.end(visit).catch(() => {});
  }

  /** Everything on the screen counts as seen, when the screen is open and looked at. */
  seen() {
    if (!this.#host.isOpen || document.visibilityState === "hidden") return;
    this.#session.seen = this.#transcript.lastNumber;
    this.#host.unread(0);
    this.#tellRead();
  }

  /** The patient is writing: a person who answers, or will, is told of it. */
  typing() {
    const isOfUse = isStaffs(this.#transcript.state);
    if (!this.#visit || !isOfUse || Date.now() - this.#typed < TYPING_PAUSE_MS) return;
    this.#typed = Date.now();
    void this.#api.typing(this.#visit).catch(() => {});
  }

  /** Told once for each message that is not the patient's own; a lost one is told with the next. */
  #tellRead() {
    const { messages, state } = this.#transcript;
    const last = messages.filter((message) => message.author !== "patient").at(-1)?.number ?? 0;
    if (!this.#visit || last <= (state.read?.patient ?? 0)) return;
    state.read = { ...state.read, patient: last };
    void this.#api.read(this.#visit, last).catch(() => {});
  }

  /**
   * Ask the front desk something about answers by text, and show what has changed about them.
   * Nothing else of a state in its answer is taken: the feed may have brought a newer one.
   * @param {(visit: object) => Promise<object>} ask throws what the front desk refuses
   */
  async texts(ask) {
    const visit = this.#visit;
    try {
      const answer = await ask(visit);
      if ("answer_by_text" in answer && this.#visit === visit) this.#textsChanged(answer);
      return answer;
    } catch (error) {
      if (error.visitIsOver && this.#visit === visit) void this.#replaceVisit();
      throw error;
    }
  }

  #textsChanged({ answer_by_text }) {
    this.#transcript.state = { ...this.#transcript.state, answer_by_text };
    this.#view.draw(this.#transcript);
  }

  wake() {
    this.#feed?.wake();
    this.#outbox?.wake();
    if (this.#isConnected) this.#view.connection();
  }

  rest() {
    this.#feed?.rest();
  }

  /** Another tab ended this visit, or joined a newer one. */
  changedElsewhere(visit) {
    if (visit?.conversationId === this.#visit?.conversationId) return;
    if (visit) {
      void this.begin();
      return;
    }
    this.#clear();
  }

  #add(content) {
    if (!this.#outbox) {
      this.#early.push(content);
      this.#transcript.addPending({ ...content, client_id: crypto.randomUUID() });
      this.#view.draw(this.#transcript);
      return;
    }
    const entry = this.#outbox.add({ ...content, created_at: new Date().toISOString() });
    this.#transcript.addPending(entry);
    this.#view.notice();
    this.#view.draw(this.#transcript);
    this.#view.scrollToEnd();
  }

  /** Repeat until it works; a visit that is over is replaced by a new one. */
  async #untilDone(work) {
    for (let failures = 0; ; failures += 1) {
      try {
        if (!this.#hasClinic) await this.#loadClinic();
        return await work();
      } catch (error) {
        if (error.visitIsOver) return this.#replaceVisit();
        this.#view.unreachable();
        await sleep(Math.max(error.retryAfterMs ?? 0, backoff(failures + 1)));
      }
    }
  }

  async #loadClinic() {
    this.#view.clinic = await this.#api.clinic();
    this.#hasClinic = true;
  }

  async #load(announceAll) {
    const { messages, state } = await this.#api.messages(this.#visit, 0);
    this.#transcript.clear();
    this.#transcript.receiveState(state);
    this.#fed = state.last_number;
    const added = this.#transcript.receive(messages);
    this.#view.draw(this.#transcript);
    this.#view.scrollToEnd();
    this.#noticeUnread(announceAll ? added : []);
  }

  async #catchUp() {
    const page = await this.#api.messages(this.#visit, this.#transcript.lastNumber);
    this.#transcript.receiveState(page.state);
    this.#fed = page.state.last_number;
    this.#show(page.messages);
  }

  #startOutbox() {
    const visit = this.#visit;
    this.#outbox = new Outbox({
      storage: this.#tabStorage,
      conversationId: visit.conversationId,
      deliver: ({ created_at, ...message }) => this.#api.send(visit, message),
      newId: () => crypto.randomUUID(),
      sleep,
      on: {
        accepted: (entry, receipt) => this.#accepted(entry, receipt),
        delayed: (entry, error) => this.#delayed(entry, error),
        refused: (entry, error) => this.#refused(entry, error),
        visitOver: () => void this.#replaceVisit(),
      },
    });
    this.#outbox.entries.forEach((entry) => this.#transcript.addPending(entry));
    this.#view.draw(this.#transcript);
    void this.#outbox.flush();
    this.#early.splice(0).forEach((content) => this.#add(content));
  }

  #accepted(entry, { id, number, advice }) {
    this.#status(entry, "sent");
    if (advice) this.#advised({ ...entry, id, number }, advice);
    const feed = this.#feed;
    setTimeout(() => this.#fed < number && feed?.restart(), ECHO_MS);
  }

  /** Advice came with the acknowledgement: it does not wait for the feed, which may be broken. */
  #advised(entry, advice) {
    const isNext = this.#transcript.lastNumber >= entry.number - 1;
    if (isNext) this.#show([asStored(entry, advice), advice]);
    else void this.#catchUp().catch(() => this.#view.notice(advice.text));
  }

  #delayed(entry, error) {
    this.#status(entry, "delayed");
    // The front desk cannot keep the message, but it has read it: advice does not wait.
    if (error.code === "emergency") this.#view.notice(error.sentence);
  }

  #refused(entry, error) {
    this.#transcript.dropPending(entry.client_id);
    if (entry.text) this.#view.composer.giveBack([entry.text]);
    this.#view.draw(this.#transcript);
    this.#view.notice(error.sentence);
  }

  #status(entry, status) {
    this.#transcript.setPendingStatus(entry.client_id, status);
    this.#view.draw(this.#transcript);
  }

  #startFeed() {
    this.#feed = new Feed({
      open: (signal) => this.#api.feed(this.#visit, this.#transcript.lastNumber, signal),
      catchUp: () => this.#catchUp(),
      sleep,
      on: {
        event: (event) => this.#received(event),
        connected: (isConnected) => this.#connected(isConnected),
        visitOver: () => void this.#replaceVisit(),
      },
    });
    void this.#feed.run();
  }

  #received({ event, data }) {
    if (event === "reset") {
      void this.#load(false).catch(() => this.#feed?.restart());
      return;
    }
    const value = JSON.parse(data);
    if (event === "state") this.#stateChanged(value);
    this.#fed = Math.max(this.#fed, value.last_number ?? value.number);
    this.#show(event === "message" ? [value] : []);
  }

  #stateChanged(state) {
    this.#transcript.receiveState(state);
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => {
      this.#transcript.forgetTyping();
      this.#view.draw(this.#transcript);
    }, TYPING_MS);
  }

  #show(messages) {
    const added = this.#transcript.receive(messages);
    this.#view.draw(this.#transcript, added);
    this.#noticeUnread(added);
  }

  #noticeUnread(added) {
    if (this.#host.isOpen) {
      this.#view.announce(added);
      this.seen();
      return;
    }
    this.#host.unread(countUnread(this.#transcript.messages, this.#session.seen));
  }

  #connected(isConnected) {
    this.#isConnected = isConnected;
    if (isConnected) {
      this.#view.connection();
      return;
    }
    const feed = this.#feed;
    setTimeout(() => {
      if (this.#isConnected || this.#feed !== feed || !feed) return;
      this.#view.connection(navigator.onLine ? words.connection.reconnecting : words.connection.offline);
    }, QUIET_MS);
  }

  /** The front desk no longer knows this visit: start a new one and keep what was typed. */
  async #replaceVisit() {
    const left = [...(this.#outbox?.takeBack() ?? []), ...this.#early.splice(0)];
    this.#session.forget(this.#visit);
    // It may be an emergency: what was written goes into the new visit without being asked for again.
    this.#early.push(...left.filter((entry) => entry.text).map(({ text }) => ({ text })));
    await this.begin(words.connection.expired);
  }

  #clear() {
    this.#beginnings += 1;
    this.#leave();
    this.#visit = null;
    this.#transcript = new Transcript();
    this.#view.draw(this.#transcript);
    this.#view.notice();
    this.#view.cleared(words.end.cleared);
  }

  #leave() {
    this.#feed?.stop();
    this.#outbox?.stop();
    this.#view.forget();
    clearTimeout(this.#typingTimer);
    this.#feed = null;
    this.#outbox = null;
    this.#fed = 0;
    this.#isConnected = true;
  }
}

/** The patient's message as the feed will bring it, from what was sent and acknowledged. */
function asStored({ id, number, client_id, text, label }, { created_at }) {
  return { id, number, client_id, text: text ?? label, author: "patient", kind: "text", choices: [], created_at };
}
