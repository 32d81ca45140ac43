/* The texts on the phone's screen. */
import { cutLinks, sizeLine } from "./parts.js";

const NEAR_END_PX = 80;

/** What stands on the screen: the front desk's texts, and those that it has not numbered yet. */
export class Thread {
  #log = document.getElementById("log");
  #list = document.getElementById("texts");
  #empty = document.getElementById("empty");
  #unnumbered = [];
  #isAtEnd = true;
  #again;

  /** @param {(text: string) => void} again called for a text that is to be sent once more */
  constructor(again) {
    this.#again = again;
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // The box that grows takes its room from the texts.
    new ResizeObserver(() => this.#follow()).observe(this.#log);
  }

  clear() {
    this.#list.replaceChildren();
    this.#unnumbered = [];
    this.#settle();
  }

  /** A text that is on its way; gives its entry. */
  add(text) {
    const entry = { text, node: rowOf({ text, mine: true }), isAnswered: false, isRefused: false };
    entry.node.classList.add("is-leaving");
    noteOf(entry.node).textContent = "Sending…";
    this.#unnumbered.push(entry);
    this.#list.append(entry.node);
    this.#isAtEnd = true;
    this.#settle();
    return entry;
  }

  /** Say that a text did not arrive, and offer to send it again. */
  lose(entry) {
    const button = element("button", "again", "Send it again.");
    button.type = "button";
    button.addEventListener("click", () => {
      this.drop(entry);
      this.#again(entry.text);
    });
    entry.node.classList.remove("is-leaving");
    entry.node.classList.add("is-lost");
    noteOf(entry.node).replaceChildren("Not delivered. ", button);
    this.#settle();
  }

  /** Take a text off the screen. */
  drop(entry) {
    entry.node.remove();
    this.#unnumbered = this.#unnumbered.filter((each) => each !== entry);
    this.#settle();
  }

  /** Show the front desk's texts, oldest first; gives the numbers of those that did not arrive. */
  receive(texts, lost) {
    const lostNow = texts.filter((text) => this.#show(text, lost.includes(text.number)));
    this.#log.setAttribute("aria-busy", "false");
    this.#settle();
    return lostNow.map((text) => text.number);
  }

  #show(text, wasLost) {
    const entry = (text.mine && this.#takeUnnumbered(text.text)) || { text: text.text, node: rowOf(text) };
    // What is moved is read aloud again, so nothing is moved without need.
    if (this.#list.lastElementChild !== entry.node) this.#list.append(entry.node);
    entry.node.dataset.number = text.number;
    entry.node.classList.remove("is-leaving", "is-lost");
    noteOf(entry.node).replaceChildren(timeOf(text.at), text.mine ? "" : ` · ${sizeLine(text.text)}`);
    const isLost = wasLost || entry.isRefused === true;
    if (isLost) this.lose(entry);
    return isLost;
  }

  /** The entry of a text that came back; it may have arrived although its answer never did. */
  #takeUnnumbered(text) {
    const same = this.#unnumbered.filter((each) => each.text === text);
    const answered = (each) => each.isAnswered;
    const entry = same.find(answered) ?? same[0] ?? this.#unnumbered.find(answered);
    this.#unnumbered = this.#unnumbered.filter((each) => each !== entry);
    return entry;
  }

  #scrolled() {
    this.#isAtEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END_PX;
  }

  #settle() {
    this.#empty.hidden = this.#list.childElementCount > 0;
    this.#follow();
  }

  /** Show the newest text, unless somebody has scrolled up to read an older one. */
  #follow() {
    if (this.#isAtEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }
}

function rowOf({ text, mine }) {
  const row = element("li", mine ? "text from-phone" : "text from-clinic");
  const words = element("p", "words");
  words.dir = "auto";
  words.append(...linked(text));
  row.append(element("span", "visually-hidden", mine ? "You: " : "Clinic: "), words, element("p", "note"));
  return row;
}

function linked(text) {
  return cutLinks(text, location.origin).map(({ text: words, href }) => {
    if (!href) return words;
    const link = element("a", "", words);
    return Object.assign(link, { href, target: "_blank", rel: "noopener noreferrer" });
  });
}

function noteOf(row) {
  return row.querySelector(".note");
}

function timeOf(at) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { month: "short", day: "numeric" };
  const time = element("time", "", date.toLocaleString("en-US", { ...day, hour: "numeric", minute: "2-digit" }));
  time.dateTime = at;
  return time;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
