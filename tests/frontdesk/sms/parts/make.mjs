// Makes twilio.jsonl: 1,000 texts, and what Twilio's own calculator counts for each.
//
//   npm install --prefix /tmp/segcalc sms-segments-calculator@1.3.0
//   node tests/frontdesk/sms/parts/make.mjs /tmp/segcalc/node_modules/sms-segments-calculator \
//     > tests/frontdesk/sms/parts/twilio.jsonl
//
// Made with sms-segments-calculator 1.3.0, which splits characters with grapheme-splitter 1.0.4.
// Smart encoding, which would change the text before it is counted, is off. The texts come from a
// seed, so the same version writes the same file. Each is made as long as one, two or three parts
// hold, give or take a few units; what stands in it is mixed by its recipe. The lines are ASCII.

import { createRequire } from "node:module";
import { resolve } from "node:path";

const VERSION = "1.3.0";
const TEXTS = 1000;
const SEED = 23038;

const folder = resolve(process.argv[2] ?? "");
const require = createRequire(import.meta.url);
const { version } = require(resolve(folder, "package.json"));
const { SegmentedMessage } = require(folder);
if (version !== VERSION) {
  throw new Error(`Found version ${version}, not ${VERSION}; its counts may differ.`);
}

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION = "\f^{}\\[~]|€";
const WORDS =
  "the clinic opens at nine and your visit is on Monday please call us if you cannot come " +
  "la cita es el lunes a las nueve llame si no puede venir gracias por su mensaje";
const ACCENTS = "áíóúÁÍÓÚçêîôõãâ";
const TYPED = "“”‘’–—…•\u00a0½™×°→«»`";
const CJK = "診療予約明日午前九時您好请问几点开门한국어안녕하세요ありがとう。、！？";
const EMOJI = ["😀", "👍", "🎉", "📅", "💉", "🙏", "🦴", "𝒜", "𠮷"];
const LARGE = [
  "👩‍⚕️", "👨‍👩‍👧‍👦", "🏳️‍🌈", "❤️‍🔥", "👩🏽‍🦽", // joined
  "🇲🇽", "🇺🇸", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", // flags
  "👍🏽", "🙏🏿", "🤟🏻", // skin tones
  "1️⃣", "☎️", "✔️", // keycap, variation selector
  "e\u0301", "n\u0303", "o\u0308\u0304", "नि", "각", // combining sequences
]; // prettier-ignore

// mulberry32, by Tommy Ettinger, in the public domain.
let state = SEED;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

const below = (bound) => Math.floor(random() * bound);
const one = (choices) => choices[below(choices.length)];
const words = WORDS.split(" ");
const typed = [...TYPED];
const cjk = [...CJK];
const accents = [...ACCENTS];
const word = () => `${one(words)} `;

// Each gives the next piece of a text; `isGsm` says in which units its length is counted.
const RECIPES = [
  { isGsm: true, next: word },
  { isGsm: true, next: () => one(BASIC) },
  { isGsm: true, next: () => (below(3) ? one(words) : one(EXTENSION)) },
  { isGsm: true, next: () => one(EXTENSION) },
  { isGsm: true, next: () => (below(20) ? one(BASIC) : "\r\n") },
  { isGsm: false, next: () => (below(4) ? word() : one(accents)) },
  { isGsm: false, next: () => (below(6) ? word() : one(typed)) },
  { isGsm: false, next: () => (below(3) ? one(words) : one(EXTENSION)), once: "’" },
  { isGsm: false, next: word, once: "”" },
  { isGsm: false, next: () => (below(3) ? word() : one(EMOJI)) },
  { isGsm: false, next: () => one(EMOJI) },
  { isGsm: false, next: () => (below(4) ? word() : one(LARGE)) },
  { isGsm: false, next: () => one(below(2) ? LARGE : EMOJI) },
  { isGsm: false, next: () => one(cjk) },
  { isGsm: false, next: () => one([word, () => one(cjk), () => one(EMOJI), () => one(BASIC)])() },
];
const LENGTHS = { true: [10, 160, 153 * 2, 153 * 3], false: [10, 70, 67 * 2, 67 * 3] };

const units = (text, isGsm) =>
  text.length + (isGsm ? [...text].filter((char) => EXTENSION.includes(char)).length : 0);

function write({ isGsm, next, once = "" }) {
  const length = one(LENGTHS[isGsm]) + below(9) - 4;
  let text = "";
  while (units(text + once, isGsm) < length) {
    const piece = next();
    const isTooWide = units(text + once + piece, isGsm) > length;
    text += isTooWide ? "a" : piece;
  }
  if (!once) {
    return text;
  }
  const chars = [...text];
  chars.splice(below(chars.length + 1), 0, once);
  return chars.join("");
}

const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
const ascii = (json) => json.replace(/[\u007f-\uffff]/g, escaped);

const texts = new Set([""]);
for (let made = 0; texts.size < TEXTS; made += 1) {
  texts.add(write(RECIPES[made % RECIPES.length]));
}
for (const text of texts) {
  const counted = new SegmentedMessage(text, "auto", false);
  const line = { text, encoding: counted.encodingName, parts: counted.segmentsCount };
  process.stdout.write(`${ascii(JSON.stringify(line))}\n`);
}
