import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Api, sentenceFor } from "../../widget/v1/api.js";
import { words } from "../../widget/v1/words.js";

describe("what needs no answer", () => {
  test("is told to the conversation's own address", async () => {
    const asked = [];
    const fetch = async (url, { method, body, headers }) => {
      asked.push([method, url, body, headers.Authorization]);
      return new Response(null, { status: 204 });
    };
    const api = new Api({ fetch });
    const visit = { conversationId: "c1", token: "t" };
    assert.equal(await api.read(visit, 7), null);
    assert.equal(await api.typing(visit), null);
    assert.deepEqual(asked, [
      ["POST", "/api/v1/conversations/c1/read", '{"number":7}', "Bearer t"],
      ["POST", "/api/v1/conversations/c1/typing", "{}", "Bearer t"],
    ]);
  });
});

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
