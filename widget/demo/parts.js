/* What a text is made of: the parts that carriers bill, and the addresses in it. */

// 3GPP TS 23.038, 6.2.1: the default alphabet, and its extension table, whose characters count two.
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENSION = new Set("\f^{}\\[~]|€");
const ADDRESS = /(https?:\/\/[^\s<>"“”]*[^\s<>"“”()[\].,;:!?'’…])/i;

/**
 * What carriers count for a text: `units` are septets (GSM-7) or UTF-16 code units (UCS-2).
 * A part holds 160 septets or 70 units; each of several 153 or 67, and none ends inside a character.
 */
export function sizeOf(text) {
  const characters = [...text];
  if (characters.every((each) => BASIC.has(each) || EXTENSION.has(each))) {
    return counted("GSM-7", characters.map((each) => (EXTENSION.has(each) ? 2 : 1)), 160, 153);
  }
  return counted("UCS-2", characters.map((each) => each.length), 70, 67);
}

function counted(encoding, widths, alone, each) {
  const size = { encoding, characters: widths.length, units: widths.reduce((sum, width) => sum + width, 0), parts: 1 };
  if (size.units <= alone) return size;
  let free = each;
  for (const width of widths) {
    if (width > free) {
      size.parts += 1;
      free = each;
    }
    free -= width;
  }
  return size;
}

/** "214 characters, 2 parts". */
export function sizeLine(text) {
  const { characters, parts } = sizeOf(text);
  return `${count(characters, "character")}, ${count(parts, "part")}`;
}

function count(number, noun) {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Cut a text into `{text, href}` pieces; only an address of `origin` itself has an `href`, else null. */
export function cutLinks(text, origin) {
  return text
    .split(ADDRESS)
    .map((piece, at) => ({ text: piece, href: at % 2 && isOf(piece, origin) ? piece : null }))
    .filter((piece) => piece.text !== "");
}

function isOf(address, origin) {
  return address === origin || address.startsWith(`${origin}/`);
}
