import { Composer } from "./composer.js";
import { element, MessageList } from "./messages.js";
import { ownerLine, spoken, writerLine } from "./text.js";
import { isStaffs } from "./transcript.js";
import { fill, words } from "./words.js";

/** An announcement stays this long: some screen readers miss shorter ones. */
const ANNOUNCED_MS = 1_500;
const NEAR_END_PX = 80;

/** The frame's screen. It draws what it is told and reports what the patient does. */
export class View {
  #on;
  #clinic = null;
  #messages;
  #byText = null;
  #isLoading = false;
  #phone = "";
  #state = {};
  composer;

  /**
   * @param {object} on `send(text)`, `typing()`, `choose(message, index)`, `end()`, `restart()`,
   *   `close()`, and `byText`, which is what `ByText` asks
   */
  constructor(on) {
    this.#on = on;
    this.#fillWords();
    this.#messages = new MessageList(part("messages"), (message, index) => on.choose(message, index));
    this.composer = new Composer(part("composer"), (text) => on.send(text), () => on.typing());
    this.composer.enabled = true;
    this.#listen();
  }

  set isEmbedded(isEmbedded) {
    part("close").hidden = !isEmbedded;
  }

  /** A number to call while the clinic's own settings have not arrived. */
  set phone(phone) {
    this.#phone = phone;
  }

  /** The clinic as `GET /api/v1/clinic` describes it. */
  set clinic(clinic) {
    this.#clinic = clinic;
    this.#phone = clinic.phone_display;
    this.#messages.emergencyNumber = clinic.emergency_number;
    this.#messages.phones = [
      { display: clinic.phone_display, tel: clinic.phone },
      { display: clinic.emergency_number, tel: clinic.emergency_number },
    ];
    part("title").textContent = clinic.wording.chat_title;
    document.title = clinic.wording.chat_title;
    part("privacy").textContent = clinic.wording.privacy_note ?? "";
    this.#drawEmergencyStrip(clinic.emergency_number);
  }

  /** Show the transcript. `added` are the messages that are new on this screen. */
  draw(transcript, added = []) {
    // Advice takes the room that it needs; what was typed for a text stays.
    if (added.some((message) => message.kind === "emergency")) this.#byText?.close();
    const follow = isNearEnd();
    this.#messages.draw(transcript);
    this.#drawState(transcript.state);
    if (added.length) this.#showNew(follow, added);
    else if (follow) this.scrollToEnd();
  }

  /** Read messages aloud; an emergency interrupts. */
  announce(messages) {
    for (const message of messages.filter((each) => each.author !== "patient")) {
      const region = part(message.kind === "emergency" ? "announcer-now" : "announcer");
      const line = element("p", "", spoken(message));
      region.append(line);
      setTimeout(() => line.remove(), ANNOUNCED_MS);
    }
  }

  /** A sentence about the patient's message or visit, above the box; none takes it away. */
  notice(text = "") {
    part("notice").textContent = text;
  }

  /** A sentence about the connection; none takes it away. */
  connection(text = "") {
    part("connection").textContent = text;
  }

  unreachable() {
    const { unreachable, unreachableNoPhone } = words.connection;
    this.connection(this.#phone ? fill(unreachable, { phone: this.#phone }) : unreachableNoPhone);
  }

  /** The chat is over on this device; only a new one can be started. */
  cleared(text) {
    part("messages").replaceChildren();
    this.#drawState({ ended: true });
    part("ended-text").textContent = text;
  }

  /** Forget what was typed for a conversation that is left. */
  forget() {
    this.#byText?.forget();
  }

  scrollToEnd() {
    const log = part("log");
    log.scrollTop = log.scrollHeight;
    part("newer").hidden = true;
  }

  /** Where the focus goes when the patient opens the chat: the box, or on phones the messages,
   * because a keyboard would cover them. */
  focusFirst() {
    const touch = window.matchMedia("(pointer: coarse)").matches;
    if (touch || part("composer").hidden) part("log").focus({ preventScroll: true });
    else this.composer.focus();
  }

  #drawState(state) {
    this.#state = state;
    part("owner").textContent = ownerLine(state, this.#clinic);
    part("owner").dataset.owner = state.ended ? "ended" : state.waiting ? "waiting" : state.owner;
    const writer = writerLine(state);
    part("thinking").hidden = !writer || state.ended === true;
    part("thinking-text").textContent = writer;
    part("end").hidden = state.ended === true;
    part("ended").hidden = !state.ended;
    part("ended-text").textContent = this.#clinic?.wording.conversation_ended ?? words.owner.ended;
    this.composer.enabled = !state.ended;
    this.#drawByText(state);
  }

  /** Most chats never need it, so it is loaded when one does. */
  #drawByText(state) {
    const texting = this.#clinic?.texting === true;
    if (this.#byText) this.#byText.update(state, texting);
    else if (texting && !state.ended && (isStaffs(state) || state.answer_by_text)) void this.#loadByText();
  }

  async #loadByText() {
    if (this.#isLoading) return;
    this.#isLoading = true;
    // Where it cannot be loaded nothing is offered; the next drawing tries again.
    const module = await import("./by-text-panel.js").catch(() => null);
    this.#isLoading = false;
    if (!module) return;
    const on = { around: (change) => this.#keepEnd(change), left: () => this.focusFirst() };
    this.#byText = new module.ByTextPanel(this.#on.byText, on);
    this.#drawByText(this.#state);
  }

  /** Make a change that may take room from the messages; who is at their end stays there. */
  #keepEnd(change) {
    const follow = isNearEnd();
    change();
    if (follow) this.scrollToEnd();
  }

  /** Follow new messages only for those who are at the end, and never past the first new one. */
  #showNew(follow, added) {
    if (!follow && added.every((message) => message.author !== "patient")) {
      part("newer").hidden = false;
      return;
    }
    this.scrollToEnd();
    const first = this.#messages.nodeOf(added[0].number);
    if (first && added.length < 10) part("log").scrollTop = Math.min(part("log").scrollTop, first.offsetTop - 12);
  }

  #drawEmergencyStrip(number) {
    const link = element("a", "", fill(words.emergency.call, { emergency_number: number }));
    link.href = `tel:${number}`;
    part("emergency").replaceChildren(words.emergency.strip, " ", link);
  }

  #fillWords() {
    for (const node of document.querySelectorAll("[data-words]")) {
      const [group, key] = node.dataset.words.split(".");
      const attribute = node.dataset.wordsInto;
      if (attribute) node.setAttribute(attribute, words[group][key]);
      else node.textContent = words[group][key];
    }
  }

  #listen() {
    part("close").addEventListener("click", () => this.#on.close());
    part("end").addEventListener("click", () => this.#askToEnd());
    part("restart").addEventListener("click", () => this.#on.restart());
    part("newer").addEventListener("click", () => this.scrollToEnd());
    part("log").addEventListener("scroll", () => this.#hideNewerAtEnd(), { passive: true });
    part("end-dialog").addEventListener("close", () => this.#endDialogClosed());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !part("end-dialog").open) this.#escape();
    });
  }

  #escape() {
    if (this.#byText?.isOpen) this.#byText.close();
    else this.#on.close();
  }

  #askToEnd() {
    part("end-dialog").showModal();
    part("end-cancel").focus();
  }

  #endDialogClosed() {
    const confirmed = part("end-dialog").returnValue === "end";
    part("end-dialog").returnValue = "";
    if (!confirmed) return;
    this.#on.end();
    part("restart").focus();
  }

  #hideNewerAtEnd() {
    if (isNearEnd()) part("newer").hidden = true;
  }
}

function isNearEnd() {
  const log = part("log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
}

function part(id) {
  return document.getElementById(id);
}
