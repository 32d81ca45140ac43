import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { sentenceFor } from "../../widget/v1/api.js";
import { words } from "../../widget/v1/words.js";

describe("what a patient reads of a refusal", () => {
  test("is the widget's own sentence for its code", () => {
    const body = { code: "too_many", error: "for programs" };
    assert.equal(sentenceFor(429, body), words.errors.byCode.too_many);
  });

  test("is the front desk's own words when they are emergency advice", () => {
    assert.equal(sentenceFor(503, { code: "emergency", error: "Call 911 now." }), "Call 911 now.");
  });

  test("is a plain sentence for what the widget does not know", () => {
    assert.equal(sentenceFor(422, { code: "toString", error: "x" }), words.errors.refused);
    assert.equal(sentenceFor(500, {}), words.errors.server);
  });
});
