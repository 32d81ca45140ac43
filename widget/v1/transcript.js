/**
 * What the screen shows, as plain values: the conversation's messages by their number, each once
 * and in order, then the patient's own messages that are still on their way.
 */
export class Transcript {
  #byNumber = new Map();
  #pending = [];
  state = {
    owner: "assistant",
    staff_name: null,
    thinking: false,
    waiting: false,
    ended: false,
    last_number: 0,
    typing: [],
    read: { patient: 0, staff: 0 },
    answer_by_text: null,
  };

  /** The number of the newest message here; 0 when there is none. */
  get lastNumber() {
    return Math.max(0, ...this.#byNumber.keys());
  }

  /** The messages in order. */
  get messages() {
    return [...this.#byNumber.values()].sort((one, other) => one.number - other.number);
  }

  /** The patient's messages that have not come back over the feed: `{client_id, text, status}`. */
  get pending() {
    return [...this.#pending];
  }

  /**
   * Take in messages from the feed or a fetch, in any order and as often as they come.
   * @returns {object[]} those that were new, in order
   */
  receive(messages) {
    const added = messages.filter((message) => !this.#byNumber.has(message.number));
    messages.forEach((message) => this.#byNumber.set(message.number, message));
    const known = new Set(messages.map((message) => message.client_id).filter(Boolean));
    this.#pending = this.#pending.filter((entry) => !known.has(entry.client_id));
    return added.sort((one, other) => one.number - other.number);
  }

  /** Take in a state, unless it is older than what is known. */
  receiveState(state) {
    if (state.last_number >= this.state.last_number) this.state = state;
  }

  /** Nobody is typing any longer, as far as is known. */
  forgetTyping() {
    this.state = { ...this.state, typing: [] };
  }

  /** Show a message that is being sent; `status` is `sending`, `delayed` or `sent`. */
  addPending(entry, status = "sending") {
    const known = this.messages.some((message) => message.client_id === entry.client_id);
    if (!known) this.#pending.push({ ...entry, text: entry.text ?? entry.label, status });
  }

  setPendingStatus(clientId, status) {
    this.#pending = this.#pending.map((entry) =>
      entry.client_id === clientId ? { ...entry, status } : entry,
    );
  }

  dropPending(clientId) {
    this.#pending = this.#pending.filter((entry) => entry.client_id !== clientId);
  }

  clear() {
    this.#byNumber.clear();
    this.#pending = [];
    this.state = { ...this.state, thinking: false, waiting: false, last_number: 0 };
  }

  /**
   * How the suggested answers of a message stand: `open` (can be chosen), `chosen` with the index,
   * or `closed` (the patient wrote something else).
   */
  choicesOf(message) {
    if (!message.choices?.length) return { status: "none" };
    if (Number.isInteger(message.chosen)) return { status: "chosen", index: message.chosen };
    const answer = this.#answerTo(message);
    if (!answer) return { status: this.#canChoose(message) ? "open" : "closed" };
    const isChoice = answer.choice?.number === message.number;
    return isChoice ? { status: "chosen", index: answer.choice.index } : { status: "closed" };
  }

  /** Suggestions are the assistant's: once a person has stepped in, nobody waits for a choice. */
  #canChoose(message) {
    const isStaffs = (other) => other.author === "staff" && other.number > message.number;
    return !this.state.ended && this.state.owner === "assistant" && !this.messages.some(isStaffs);
  }

  /** The patient's first message after `message`, also one that is still on its way. */
  #answerTo(message) {
    const later = (other) => other.author === "patient" && other.number > message.number;
    return this.messages.find(later) ?? this.#pending[0];
  }
}

/** How many of `messages` after number `seen` were not written by the patient. */
export function countUnread(messages, seen) {
  return messages.filter((message) => message.number > seen && message.author !== "patient").length;
}

/** A person answers, or is waited for. */
export function isStaffs(state) {
  return state.owner !== "assistant" || state.waiting;
}
