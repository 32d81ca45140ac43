import { fill, words } from "./words.js";

/** Split an assistant's text into the answer and its source (the last line `Source: …`). */
export function splitSource(text) {
  const match = /\n+Source: ([^\n]+)\s*$/.exec(text);
  return match ? { body: text.slice(0, match.index), source: match[1].trim() } : { body: text, source: null };
}

/**
 * Cut `text` into `{text, tel}` pieces, so that the clinic's own numbers become links.
 * Only these numbers: a number that a patient wrote stays text.
 * @param {{display: string, tel: string}[]} numbers
 */
export function cutPhones(text, numbers) {
  const known = numbers.filter((number) => number.display);
  if (!known.length) return [{ text, tel: null }];
  const pattern = known.map((number) => escape(number.display)).join("|");
  return text
    .split(new RegExp(`(?<![\\d+])(${pattern})(?!\\d)`))
    .filter((piece) => piece !== "")
    .map((piece) => ({ text: piece, tel: known.find((number) => number.display === piece)?.tel ?? null }));
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Characters as the server counts them: code points, not UTF-16 units. */
export function lengthOf(text) {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

export function authorOf(message) {
  if (message.author !== "staff") return words.author[message.author] ?? words.author.notice;
  return message.name ? fill(words.author.staff, { name: message.name }) : words.author.staffUnnamed;
}

export function timeOf(date) {
  return date.toLocaleTimeString(words.locale, { hour: "numeric", minute: "2-digit" });
}

/** "Today", "Yesterday" or the date, in the reader's own zone. */
export function dayOf(date, now) {
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
  if (days === 0) return words.message.today;
  if (days === 1) return words.message.yesterday;
  return date.toLocaleDateString(words.locale, { weekday: "long", month: "long", day: "numeric" });
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

/** "Monday at 8:30 AM" as the clinic's own wall clock shows it, from an ISO time with its offset. */
export function clinicTime(iso) {
  const wall = new Date(`${iso.slice(0, 16)}:00Z`);
  const day = wall.toLocaleDateString(words.locale, { weekday: "long", timeZone: "UTC" });
  const time = wall.toLocaleTimeString(words.locale, { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
  return fill(words.owner.opening, { day, time });
}

/** Who answers, in one line. `clinic` may still be unknown (null). */
export function ownerLine(state, clinic) {
  if (state.ended) return words.owner.ended;
  if (state.owner === "staff") {
    return state.staff_name ? fill(words.owner.staff, { name: state.staff_name }) : words.owner.staffUnnamed;
  }
  if (!state.waiting) return words.owner.assistant;
  if (!clinic || clinic.open_now || !clinic.next_opening) return words.owner.waiting;
  return fill(words.owner.waitingClosed, { opening: clinicTime(clinic.next_opening) });
}

/** Who is writing at the moment; empty when nobody is. */
export function writerLine(state) {
  if (state.thinking) return words.message.thinking;
  if (!state.typing?.includes("staff")) return "";
  return state.staff_name ? fill(words.message.typing, { name: state.staff_name }) : words.message.typingUnnamed;
}

/** One message as it is read aloud. */
export function spoken(message) {
  const said = fill(words.message.announce, { author: authorOf(message), text: message.text });
  if (!message.choices?.length) return said;
  return `${said} ${fill(words.message.announceChoices, { choices: message.choices.join(", ") })}`;
}
