import { authorOf, cutPhones, dayOf, splitSource, timeOf } from "./text.js";
import { fill, words } from "./words.js";

/** Draws the transcript. Text goes in as text, never as HTML. */
export class MessageList {
  #list;
  #nodes = new Map();
  #onChoice;
  /** The clinic's numbers, `{display, tel}`, that become links. */
  phones = [];
  emergencyNumber = "";

  /**
   * @param {HTMLElement} list
   * @param {(message: object, index: number) => void} onChoice a suggested answer was chosen
   */
  constructor(list, onChoice) {
    this.#list = list;
    this.#onChoice = onChoice;
  }

  /** Bring the screen up to the transcript; what has not changed is not touched. */
  draw(transcript, now = new Date()) {
    const kept = new Set();
    let before = null;
    for (const item of itemsOf(transcript, now)) {
      const node = this.#nodeFor(item);
      const expected = before ? before.nextSibling : this.#list.firstChild;
      if (expected !== node) this.#list.insertBefore(node, expected);
      kept.add(item.key);
      before = node;
    }
    for (const [key, { node }] of this.#nodes) {
      if (kept.has(key)) continue;
      node.remove();
      this.#nodes.delete(key);
    }
  }

  /** The drawn node of message `number`, if there is one. */
  nodeOf(number) {
    return this.#list.querySelector(`[data-number="${Number(number)}"]`);
  }

  #nodeFor(item) {
    const known = this.#nodes.get(item.key);
    if (known?.signature === item.signature) return known.node;
    const node = known?.node ?? element("li");
    const hadFocus = known && node.contains(document.activeElement);
    this.#fill(node, item);
    if (hadFocus) node.querySelector("[tabindex]")?.focus();
    this.#nodes.set(item.key, { node, signature: item.signature });
    return node;
  }

  #fill(node, item) {
    if (item.day) {
      node.className = "day";
      node.replaceChildren(element("span", "", item.day));
      return;
    }
    const { message, choices, startsRun, status } = item;
    node.className = `message from-${message.author} kind-${message.kind ?? "text"}`;
    node.classList.toggle("starts-run", startsRun);
    if (message.number) node.dataset.number = message.number;
    node.replaceChildren(
      this.#byline(message, startsRun),
      this.#bubble(message),
      ...this.#choices(message, choices),
      ...statusLine(status),
    );
  }

  #byline(message, visible) {
    const line = element("p", visible ? "byline" : "byline visually-hidden", authorOf(message));
    const time = element("time", "", timeOf(new Date(message.created_at)));
    time.dateTime = message.created_at;
    line.append(" ", time);
    return line;
  }

  #bubble(message) {
    const bubble = element("div", "bubble");
    if (message.kind === "emergency") {
      bubble.append(element("p", "emergency-heading", words.emergency.heading));
    }
    const { body, source } =
      message.author === "assistant" ? splitSource(message.text) : { body: message.text, source: null };
    bubble.append(this.#text(body, message.author));
    if (source) bubble.append(element("p", "source", fill(words.message.source, { source })));
    if (message.kind === "emergency") bubble.append(this.#emergencyLink());
    return bubble;
  }

  #text(body, author) {
    const paragraph = element("p", "text");
    paragraph.dir = "auto";
    for (const piece of cutPhones(body, author === "patient" ? [] : this.phones)) {
      paragraph.append(piece.tel ? telLink(piece.tel, piece.text) : piece.text);
    }
    return paragraph;
  }

  #emergencyLink() {
    const label = fill(words.emergency.button, { emergency_number: this.emergencyNumber });
    const link = telLink(this.emergencyNumber, label);
    link.className = "emergency-call";
    return link;
  }

  #choices(message, { status, index }) {
    if (status === "chosen") return [chosenLine(message.choices[index])];
    if (status !== "open") return [];
    const group = element("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", words.message.choices);
    message.choices.forEach((label, place) => {
      const button = element("button", "choice", label);
      button.type = "button";
      button.addEventListener("click", () => this.#onChoice(message, place));
      group.append(button);
    });
    return [group];
  }
}

/** Days, messages and pending messages in order, each with a key and a signature of its look. */
function itemsOf(transcript, now) {
  const items = [];
  let day = null;
  let previous = null;
  for (const message of [...transcript.messages, ...transcript.pending.map((entry) => asMessage(entry, now))]) {
    const name = dayOf(new Date(message.created_at), now);
    if (name !== day) items.push({ key: `day ${message.number ?? "now"}`, day: name, signature: name });
    const startsRun = name !== day || startsNewRun(previous, message);
    const choices = message.number ? transcript.choicesOf(message) : { status: "none" };
    const signature = JSON.stringify([message, choices, startsRun]);
    const key = message.client_id ?? message.number;
    items.push({ key, message, choices, startsRun, status: message.status, signature });
    day = name;
    previous = message;
  }
  return items;
}

function asMessage(entry, now) {
  return { ...entry, author: "patient", kind: "text", created_at: entry.created_at ?? now.toISOString() };
}

const RUN_MS = 5 * 60_000;

function startsNewRun(previous, message) {
  if (!previous || previous.author !== message.author || previous.name !== message.name) return true;
  return Date.parse(message.created_at) - Date.parse(previous.created_at) > RUN_MS;
}

function statusLine(status) {
  if (status === "delayed") return [element("p", "status", words.message.waiting)];
  return status === "sending" ? [element("p", "status is-late", words.message.sending)] : [];
}

function chosenLine(label) {
  const line = element("p", "chosen", fill(words.message.chosen, { choice: label }));
  // It takes the focus of the button that it replaces, so that keyboard users keep their place.
  line.tabIndex = -1;
  return line;
}

function telLink(number, label) {
  const link = element("a", "", label);
  link.href = `tel:${number}`;
  return link;
}

export function element(name, className = "", text = "") {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
