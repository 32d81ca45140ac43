import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { cutLinks, sizeLine, sizeOf } from "../../widget/demo/parts.js";

const COUNTED = new URL("../frontdesk/sms/parts/twilio.jsonl", import.meta.url);
const counted = readFileSync(COUNTED, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const partsOf = (text) => sizeOf(text).parts;

describe("the size of a text", () => {
  test("is 160 septets in one part, and 153 in each of several", () => {
    for (const [length, parts] of [[0, 1], [1, 1], [160, 1], [161, 2], [306, 2], [307, 3], [459, 3], [460, 4]]) {
      assert.deepEqual(sizeOf("a".repeat(length)), { encoding: "GSM-7", characters: length, units: length, parts });
    }
  });

  test("is 70 units in one part, and 67 in each of several, as soon as one character needs it", () => {
    for (const [length, parts] of [[1, 1], [70, 1], [71, 2], [134, 2], [135, 3]]) {
      assert.deepEqual(sizeOf("á".repeat(length)), { encoding: "UCS-2", characters: length, units: length, parts });
    }
    assert.equal(partsOf(`it's${"a".repeat(156)}`), 1);
    assert.equal(partsOf(`it’s${"a".repeat(156)}`), 3);
  });

  test("counts two for each character of the extension table, but only among septets", () => {
    for (const character of "^{}\\[~]|€") {
      assert.deepEqual(sizeOf(character), { encoding: "GSM-7", characters: 1, units: 2, parts: 1 });
      assert.equal(sizeOf(`${character}á`).units, 2);
    }
    assert.deepEqual([partsOf("€".repeat(80)), partsOf("€".repeat(81))], [1, 2]);
  });

  test("never parts a character in two", () => {
    const around = (before, wide, after) => partsOf("a".repeat(before) + wide + "a".repeat(after));
    assert.deepEqual([around(151, "€", 153), around(152, "€", 152)], [2, 3]);
    assert.deepEqual([around(65, "😀", 67), around(66, "😀", 66)], [2, 3]);
  });

  test("is what the provider's own calculator finds", () => {
    for (const { text, encoding, parts } of counted) {
      assert.equal(sizeOf(text).encoding, encoding, text);
      // It keeps some emoji of several characters whole, which carriers do not.
      if (encoding === "GSM-7") assert.equal(partsOf(text), parts, text);
    }
  });

  test("is told in characters as people count them", () => {
    assert.equal(sizeLine("a"), "1 character, 1 part");
    assert.equal(sizeLine("a".repeat(214)), "214 characters, 2 parts");
    assert.equal(sizeLine("😀".repeat(36)), "36 characters, 2 parts");
    assert.equal(sizeLine("a".repeat(1_600)), "1,600 characters, 11 parts");
  });
});

describe("the links in a text", () => {
  const origin = "https://clinic.example";

  test("lead to this same origin", () => {
    assert.deepEqual(cutLinks(`Read it here: ${origin}/answer#a.b_c. Thanks`, origin), [
      { text: "Read it here: ", href: null },
      { text: `${origin}/answer#a.b_c`, href: `${origin}/answer#a.b_c` },
      { text: ". Thanks", href: null },
    ]);
    assert.equal(cutLinks(origin, origin)[0].href, origin);
  });

  test("are words where they lead elsewhere, whatever they look like", () => {
    const elsewhere = [
      "https://other.example/",
      "http://clinic.example/",
      `${origin}.evil.example/`,
      `${origin}@evil.example/`,
      `${origin}:8443/`,
      "//clinic.example/",
      ["java", "script:alert(1)"].join(""),
    ];
    for (const text of elsewhere) {
      const pieces = cutLinks(text, origin);
      assert.equal(pieces.map((piece) => piece.text).join(""), text);
      assert.ok(pieces.every((piece) => piece.href === null), text);
    }
  });
});
