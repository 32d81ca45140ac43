import { isStaffs } from "./transcript.js";
import { words } from "./words.js";

/** Shorter than this is no phone number anywhere; what else is one, the front desk knows. */
const FEWEST_DIGITS = 3;
/** Refusals of what stands in the field; others would come whatever stands there. */
const OF_THE_FIELD = ["no_phone_number", "phone_abroad", "our_own_number", "no_code", "wrong_code"];
const NO_STATE = { ended: true };
const NO_ERROR = { error: "", isFieldWrong: false };

/**
 * Whether, and how far, the patient has asked for answers by text. What stands on the screen:
 *
 *     nothing ◀─ nobody is waited for ─▶ offer ── open ──▶ phone ── a code was sent ──▶ code
 *                                         ▲ ▲               │ ▲                         │ │ │
 *                                         │ └─── cancel ────┴─┼─────────────────────────┘ │ │
 *                                         │                   └────── other number ───────┘ │
 *                                         └──────── stop ──────── on ◀── the right code ────┘
 *
 * `on` comes with the conversation's state, so it is the same after a reload and in another tab. An
 * answer to a question of a panel that has been forgotten meanwhile is not used.
 */
export class ByText {
  #ask;
  #changed;
  #state = NO_STATE;
  #texting = false;
  #panel = blank();

  /**
   * @param {object} ask `sendCode(phone, how)` gives `{phone_display, good_for_minutes}`;
   *   `giveCode(code)` and `stop()` lead to a new state. All throw errors with `code` and `sentence`
   * @param {(change: {byPatient: boolean}) => void} changed another screen; `byPatient` where it
   *   follows from what the patient did here, so that the focus may go with it
   */
  constructor(ask, changed) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /**
   * What to show: `shows` is `nothing`, `offer`, `phone`, `code` or `on`; `running` the request
   * that is under way (`send`, `again`, `confirm`, `stop`) or null; `codes` how many were sent;
   * `phone`, `how` and `code` what stands in the fields; `isAwaited` that no answer has come yet.
   */
  get screen() {
    const { isOpen, step, wanted, ...rest } = this.#panel;
    const digits = this.#state.answer_by_text?.ends_with ?? "";
    return { ...rest, shows: this.#shows(), digits, isAwaited: Boolean(this.#state.waiting) };
  }

  /** The panel is open: Escape closes it and nothing else. */
  get isOpen() {
    return ["phone", "code"].includes(this.#shows());
  }

  /** How the conversation stands, and whether the clinic texts at all. */
  update(state, texting) {
    const { running } = this.#panel;
    const [was, is] = [isOn(this.#state), isOn(state)];
    this.#state = state;
    this.#texting = texting;
    if (was !== is || state.ended) this.#panel = blank();
    this.#changed({ byPatient: was !== is && ["confirm", "stop"].includes(running) });
  }

  open() {
    this.#set({ isOpen: true });
  }

  /** Something was typed or chosen: `{phone}`, `{how}` (`link` or `full`) or `{code}`. */
  type(typed) {
    if (!this.#panel.running) Object.assign(this.#panel, typed);
  }

  /** Out of sight; what was typed stays. */
  close() {
    this.#set({ isOpen: false });
  }

  /** Out of sight, and what was typed is forgotten. */
  cancel() {
    if (!this.#panel.running) this.#set(blank());
  }

  /** The conversation is another one, or none; nothing is shown before its state comes. */
  forget() {
    this.#state = NO_STATE;
    this.#panel = blank();
    this.#changed({ byPatient: false });
  }

  sendCode() {
    const { phone, how } = this.#panel;
    if (digitsOf(phone).length < FEWEST_DIGITS) return this.#refuse("no_phone_number");
    return this.#send("send", { phone: phone.trim(), how });
  }

  /** Once more to the same number. */
  sendAgain() {
    return this.#send("again", this.#panel.wanted);
  }

  otherNumber() {
    if (!this.#panel.running) this.#set({ step: "phone", ...NO_ERROR });
  }

  giveCode() {
    const code = this.#panel.code.trim();
    if (!digitsOf(code)) return this.#refuse("no_code");
    return this.#run("confirm", () => this.#ask.giveCode(code), blank);
  }

  stop() {
    return this.#run("stop", () => this.#ask.stop(), blank);
  }

  #shows() {
    if (!this.#texting || this.#state.ended) return "nothing";
    if (isOn(this.#state)) return "on";
    if (this.#panel.isOpen) return this.#panel.step;
    return isStaffs(this.#state) ? "offer" : "nothing";
  }

  #send(name, wanted) {
    const codes = this.#panel.codes + 1;
    const ask = () => this.#ask.sendCode(wanted.phone, wanted.how);
    return this.#run(name, ask, ({ phone_display: sentTo, good_for_minutes: minutes }) => {
      return { step: "code", code: "", wanted, codes, sentTo, minutes };
    });
  }

  /** One request at a time; `after` makes what changes with its answer. */
  async #run(name, ask, after) {
    const panel = this.#panel;
    if (panel.running) return;
    Object.assign(panel, { running: name, ...NO_ERROR });
    this.#changed({ byPatient: false });
    const outcome = await ask().then(after, refused);
    if (this.#panel === panel) this.#set({ ...outcome, running: null });
  }

  #refuse(code) {
    if (!this.#panel.running) this.#set(refused({ code }));
  }

  #set(change) {
    Object.assign(this.#panel, change);
    this.#changed({ byPatient: true });
  }
}

function blank() {
  const typed = { phone: "", how: "link", code: "" };
  const sent = { wanted: null, codes: 0, sentTo: "", minutes: 0 };
  return { isOpen: false, step: "phone", running: null, ...typed, ...sent, ...NO_ERROR };
}

function isOn(state) {
  return Boolean(state.answer_by_text);
}

function digitsOf(text) {
  return text.replace(/\D/g, "");
}

function refused({ code, sentence }) {
  const { errors } = words.byText;
  const own = Object.hasOwn(errors, code ?? "") ? errors[code] : null;
  return { error: own ?? sentence ?? words.errors.server, isFieldWrong: OF_THE_FIELD.includes(code) };
}
