import { lengthOf } from "./text.js";
import { plural, words } from "./words.js";

/** The longest message, in characters, that the front desk accepts. */
export const MAX_LENGTH = 4_000;
const WARN_FROM = 3_600;

/** The box to write in. It keeps every text that was not handed on. */
export class Composer {
  #form;
  #box;
  #note;
  #send;

  /**
   * @param {(text: string) => void} onSend
   * @param {() => void} [onTyping] something was typed that has not been sent
   */
  constructor(form, onSend, onTyping = () => {}) {
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#note = form.querySelector(".length-note");
    this.#send = form.querySelector(".send");
    this.#box.addEventListener("input", () => {
      this.#refresh();
      if (this.#box.value.trim()) onTyping();
    });
    this.#box.addEventListener("keydown", (event) => this.#keydown(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(onSend);
    });
    this.#refresh();
  }

  set enabled(enabled) {
    this.#form.hidden = !enabled;
  }

  focus() {
    this.#box.focus();
  }

  /** Put texts that could not be sent back in front of what is in the box. */
  giveBack(texts) {
    this.#box.value = [...texts, this.#box.value].filter((text) => text.trim()).join("\n");
    this.#refresh();
  }

  #submit(onSend) {
    const text = this.#box.value.trim();
    if (!text || lengthOf(text) > MAX_LENGTH) {
      this.focus();
      return;
    }
    // Emptied before anything else happens, so a second Enter has nothing to send.
    this.#box.value = "";
    this.#refresh();
    onSend(text);
  }

  #keydown(event) {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #refresh() {
    const left = MAX_LENGTH - lengthOf(this.#box.value.trim());
    this.#note.textContent = lengthNote(left);
    this.#note.classList.toggle("is-over", left < 0);
    this.#box.setAttribute("aria-invalid", String(left < 0));
    this.#send.classList.toggle("is-ready", left >= 0 && left < MAX_LENGTH);
    this.#grow();
  }

  #grow() {
    this.#box.style.setProperty("height", "auto");
    this.#box.style.setProperty("height", `${this.#box.scrollHeight + 2}px`);
  }
}

function lengthNote(left) {
  if (left < 0) return plural(words.composer.over, -left);
  return MAX_LENGTH - left >= WARN_FROM ? plural(words.composer.left, left) : "";
}
