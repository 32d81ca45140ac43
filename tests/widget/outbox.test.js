import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Outbox } from "../../widget/v1/outbox.js";
import { memoryStorage } from "../../widget/v1/session.js";

const DOWN = Object.assign(new Error(), { isTemporary: true, retryAfterMs: 0 });
const REFUSED = Object.assign(new Error(), { sentence: "Too long." });
const OVER = Object.assign(new Error(), { visitIsOver: true });

/** An outbox whose deliveries end as `outcomes` say (an error, or nothing for success). */
function outboxWith({ outcomes = [], storage = memoryStorage() } = {}) {
  const sent = [];
  const log = [];
  let ids = 0;
  const outbox = new Outbox({
    storage,
    conversationId: "c1",
    deliver: async (message) => {
      sent.push(message);
      const outcome = outcomes.shift();
      if (outcome) throw outcome;
      return { id: "m", number: sent.length };
    },
    newId: () => `id-${(ids += 1)}`,
    sleep: async (ms) => void log.push(["wait", ms]),
    on: {
      accepted: (entry) => log.push(["accepted", entry.client_id]),
      delayed: (entry) => log.push(["delayed", entry.client_id]),
      refused: (entry, error) => log.push(["refused", entry.text, error.sentence]),
      visitOver: () => log.push(["visit over"]),
    },
  });
  return { outbox, sent, log, storage };
}

/** Let everything that is under way end. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("the outbox", () => {
  test("sends in the order of writing, one at a time", async () => {
    const { outbox, sent } = outboxWith();
    outbox.add({ text: "one" });
    outbox.add({ text: "two" });
    assert.equal(sent.length, 1);
    await settled();
    assert.deepEqual(sent, [{ client_id: "id-1", text: "one" }, { client_id: "id-2", text: "two" }]);
    assert.deepEqual(outbox.entries, []);
  });

  test("tries again with the same id until it is accepted", async () => {
    const { outbox, sent, log } = outboxWith({ outcomes: [DOWN, DOWN, DOWN] });
    outbox.add({ text: "hello" });
    await settled();
    assert.deepEqual(sent.map((message) => message.client_id), ["id-1", "id-1", "id-1", "id-1"]);
    assert.deepEqual(log.at(-1), ["accepted", "id-1"]);
  });

  test("waits as long as the server asks", async () => {
    const busy = Object.assign(new Error(), { isTemporary: true, retryAfterMs: 9_000 });
    const { outbox, log } = outboxWith({ outcomes: [busy] });
    outbox.add({ text: "hello" });
    await settled();
    assert.deepEqual(log[1], ["wait", 9_000]);
  });

  test("keeps what was not acknowledged over a reload, with its id", async () => {
    const first = outboxWith();
    first.outbox.stop();
    first.outbox.add({ text: "do not lose me" });
    const second = outboxWith({ storage: first.storage });
    assert.deepEqual(second.outbox.entries, [{ client_id: "id-1", text: "do not lose me" }]);
    await second.outbox.flush();
    assert.equal(second.sent[0].client_id, "id-1");
    assert.equal(second.storage.getItem("preconsult.outbox.c1"), null);
  });

  test("gives the text back with the sentence when it is refused, and goes on", async () => {
    const { outbox, log, sent } = outboxWith({ outcomes: [REFUSED] });
    outbox.add({ text: "bad" });
    outbox.add({ text: "good" });
    await settled();
    assert.deepEqual(log, [["refused", "bad", "Too long."], ["accepted", "id-2"]]);
    assert.equal(sent.length, 2);
  });

  test("keeps everything and stops when the visit is over", async () => {
    const { outbox, log, sent } = outboxWith({ outcomes: [OVER] });
    outbox.add({ text: "one" });
    outbox.add({ text: "two" });
    await settled();
    assert.deepEqual(log, [["visit over"]]);
    assert.equal(sent.length, 1);
    assert.deepEqual(outbox.takeBack().map((entry) => entry.text), ["one", "two"]);
  });

  test("sends a choice without the label that is only for the screen", async () => {
    const { outbox, sent } = outboxWith();
    outbox.add({ choice: { number: 4, index: 1 }, label: "Knee" });
    await settled();
    assert.deepEqual(sent, [{ client_id: "id-1", choice: { number: 4, index: 1 } }]);
  });

  test("survives a store that holds something else", () => {
    const storage = memoryStorage();
    storage.setItem("preconsult.outbox.c1", "{not json");
    assert.deepEqual(outboxWith({ storage }).outbox.entries, []);
  });
});
