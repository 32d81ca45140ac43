import { ByText } from "./by-text.js";
import { fill, words } from "./words.js";

/** The line above the box that offers answers by text, and the panel that it opens. */
export class ByTextPanel {
  #root = part("by-text");
  #flow;
  #around;
  #left;
  #shown;

  /**
   * @param {object} ask see `ByText`
   * @param {object} on `around(change)` makes a change that takes room from the messages; `left()`
   *   the focus has nowhere to go here
   */
  constructor(ask, { around, left }) {
    this.#around = around;
    this.#left = left;
    this.#flow = new ByText(ask, (change) => this.#draw(change));
    this.#shown = this.#flow.screen;
    this.#listen();
  }

  get isOpen() {
    return this.#flow.isOpen;
  }

  update(state, texting) {
    this.#flow.update(state, texting);
  }

  close() {
    if (this.isOpen) this.#flow.close();
  }

  forget() {
    this.#flow.forget();
  }

  #listen() {
    onSubmit("by-text-phone", () => this.#flow.sendCode());
    onSubmit("by-text-code", () => this.#flow.giveCode());
    onClick("by-text-open", () => this.#flow.open());
    onClick("by-text-again", () => this.#flow.sendAgain());
    onClick("by-text-other", () => this.#flow.otherNumber());
    onClick("by-text-stop", () => this.#flow.stop());
    for (const button of this.#root.querySelectorAll(".by-text-cancel")) {
      button.addEventListener("click", () => this.#flow.cancel());
    }
    this.#root.addEventListener("input", (event) => this.#typed(event.target));
  }

  #typed({ name, value }) {
    this.#flow.type({ [name]: value });
    // What is chosen while a request runs is not part of it, and must not look as if it were.
    this.#draw({ byPatient: false });
  }

  #draw({ byPatient }) {
    const { screen } = this.#flow;
    const before = this.#shown;
    const mayMove = byPatient && this.#hasFocus();
    this.#shown = screen;
    this.#around(() => {
      this.#show(screen);
      this.#say(screen);
    });
    if (mayMove) this.#moveFocus(before, screen);
  }

  #show({ shows, phone, how, code, running, isFieldWrong }) {
    this.#root.hidden = shows === "nothing";
    for (const name of ["offer", "phone", "code", "on"]) part(`by-text-${name}`).hidden = shows !== name;
    part("by-text-panel").hidden = !this.isOpen;
    fillField("by-text-number", phone, running, isFieldWrong && shows === "phone");
    fillField("by-text-digits", code, running, isFieldWrong && shows === "code");
    part(`by-text-how-${how}`).checked = true;
    for (const button of this.#root.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", String(Boolean(running)));
    }
  }

  #say({ shows, running, error, digits, isAwaited, ...sent }) {
    const { send, sending, again, confirm, confirming, stop, stopping, on, onLater } = words.byText;
    const runs = { send: sending, again: sending, confirm: confirming, stop: stopping };
    say("by-text-send", running === "send" ? sending : send);
    say("by-text-again", running === "again" ? sending : again);
    say("by-text-confirm", running === "confirm" ? confirming : confirm);
    say("by-text-stop", running === "stop" ? stopping : stop);
    say("by-text-status", runs[running] ?? "");
    say("by-text-sent", sentLine(sent));
    say("by-text-on-text", fill(isAwaited ? on : onLater, { digits }));
    for (const name of ["phone", "code", "on"]) say(`by-text-${name}-error`, shows === name ? error : "");
  }

  /** The focus is here, or nowhere (some browsers give a button that is pressed none). */
  #hasFocus() {
    const active = document.activeElement;
    return !active || active === document.body || this.#root.contains(active);
  }

  #moveFocus(before, { shows, codes, isFieldWrong }) {
    const isNew = shows !== before.shows || codes !== before.codes;
    if (!isNew && !isFieldWrong) return;
    if (isNew) part("by-text-panel").scrollTop = 0;
    const target = targetFor(shows, isFieldWrong);
    if (!target) return this.#left();
    target.focus();
    if (target.value) target.select();
  }
}

/** On phones the panel is read first: a keyboard would cover it. */
function targetFor(shows, isFieldWrong) {
  const isTouch = window.matchMedia("(pointer: coarse)").matches;
  if (shows === "phone") return part(isTouch && !isFieldWrong ? "by-text-title" : "by-text-number");
  // Not the button to stop: a second press on the one before it would come to lie there.
  return { offer: part("by-text-open"), code: part("by-text-digits"), on: part("by-text-on-text") }[shows];
}

function sentLine({ codes, sentTo, minutes }) {
  const line = codes > 1 ? words.byText.sentAgain : words.byText.sent;
  return codes ? fill(line, { phone: sentTo, minutes }) : "";
}

function fillField(id, value, running, isWrong) {
  const field = part(id);
  if (field.value !== value) field.value = value;
  field.readOnly = Boolean(running);
  field.setAttribute("aria-invalid", String(isWrong));
}

/** Only a text that has changed is written: some screen readers read what is written again. */
function say(id, text) {
  const node = part(id);
  if (node.textContent !== text) node.textContent = text;
}

function onClick(id, act) {
  part(id).addEventListener("click", () => act());
}

function onSubmit(id, act) {
  part(id).addEventListener("submit", (event) => {
    event.preventDefault();
    void act();
  });
}

function part(id) {
  return document.getElementById(id);
}
