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

describe("answers by text", () => {
  /** An api whose front desk answers everything alike, and what it was asked. */
  function apiThat(status, body) {
    const asked = [];
    const fetch = async (url, { method, body: sent, headers }) => {
      asked.push([method, url, sent, headers.Authorization]);
      return new Response(JSON.stringify(body), { status });
    };
    return { api: new Api({ fetch }), asked };
  }
  const visit = { conversationId: "c1", token: "t" };

  test("are asked for, confirmed and stopped at the conversation's own address", async () => {
    const { api, asked } = apiThat(200, { answer_by_text: null });
    await api.sendCode(visit, "602 555 0123", "link");
    await api.giveCode(visit, "123456");
    assert.deepEqual(await api.stopTexts(visit), { answer_by_text: null });
    assert.deepEqual(asked, [
      ["POST", "/api/v1/conversations/c1/phone", '{"phone":"602 555 0123","how":"link"}', "Bearer t"],
      ["POST", "/api/v1/conversations/c1/phone/code", '{"code":"123456"}', "Bearer t"],
      ["DELETE", "/api/v1/conversations/c1/phone", undefined, "Bearer t"],
    ]);
  });

  test("are opened by a link whose token stands in the body, never in the address", async () => {
    const { api, asked } = apiThat(201, { token: "v" });
    assert.deepEqual(await api.useLink("secret", "page"), { token: "v" });
    assert.deepEqual(asked, [["POST", "/api/v1/links", '{"token":"secret","client_id":"page"}', undefined]]);
  });

  test("are refused with the front desk's code", async () => {
    const { api } = apiThat(409, { code: "link_used", error: "for programs" });
    await assert.rejects(api.useLink("secret", "page"), { code: "link_used", status: 409 });
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
