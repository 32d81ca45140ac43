import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { countUnread, isStaffs, Transcript } from "../../widget/v1/transcript.js";

const say = (number, author = "assistant", more = {}) => ({ number, author, text: `m${number}`, client_id: null, ...more });
const numbers = (messages) => messages.map((message) => message.number);

describe("the transcript", () => {
  test("keeps each message once and in order, however they come", () => {
    const transcript = new Transcript();
    assert.deepEqual(numbers(transcript.receive([say(3), say(1)])), [1, 3]);
    assert.deepEqual(numbers(transcript.receive([say(1), say(2), say(3)])), [2]);
    assert.deepEqual(numbers(transcript.messages), [1, 2, 3]);
    assert.equal(transcript.lastNumber, 3);
  });

  test("is the same for every order of arrival", () => {
    const all = [1, 2, 3, 4].map((number) => say(number));
    for (const order of permutations(all)) {
      const transcript = new Transcript();
      order.forEach((message) => transcript.receive([message]));
      assert.deepEqual(numbers(transcript.messages), [1, 2, 3, 4]);
    }
  });

  test("replaces a message that was on its way by the one that came back", () => {
    const transcript = new Transcript();
    transcript.addPending({ client_id: "a", text: "hi" });
    transcript.setPendingStatus("a", "delayed");
    assert.deepEqual(transcript.pending, [{ client_id: "a", text: "hi", status: "delayed" }]);
    transcript.receive([say(2, "patient", { client_id: "a" })]);
    assert.deepEqual(transcript.pending, []);
  });

  test("does not show a message as on its way that is already there", () => {
    const transcript = new Transcript();
    transcript.receive([say(2, "patient", { client_id: "a" })]);
    transcript.addPending({ client_id: "a", text: "hi" });
    assert.deepEqual(transcript.pending, []);
  });

  test("ignores a state that is older than the one it has", () => {
    const transcript = new Transcript();
    transcript.receiveState({ owner: "staff", last_number: 5 });
    transcript.receiveState({ owner: "assistant", last_number: 4 });
    assert.equal(transcript.state.owner, "staff");
  });
});

describe("suggested answers", () => {
  const offer = say(1, "assistant", { choices: ["Knee", "Neck"], chosen: null });

  test("are open until the patient writes", () => {
    const transcript = new Transcript();
    transcript.receive([offer, say(2)]);
    assert.deepEqual(transcript.choicesOf(offer), { status: "open" });
    transcript.receive([say(3, "patient")]);
    assert.deepEqual(transcript.choicesOf(offer), { status: "closed" });
  });

  test("are closed while a person answers, and stay so after one has written", () => {
    const transcript = new Transcript();
    transcript.receive([offer]);
    transcript.receiveState({ owner: "staff", last_number: 1 });
    assert.deepEqual(transcript.choicesOf(offer), { status: "closed" });
    transcript.receive([say(2, "staff")]);
    transcript.receiveState({ owner: "assistant", last_number: 2 });
    assert.deepEqual(transcript.choicesOf(offer), { status: "closed" });
  });

  test("show the chosen one while it is on its way, and after", () => {
    const transcript = new Transcript();
    transcript.receive([offer]);
    transcript.addPending({ client_id: "a", choice: { number: 1, index: 1 }, label: "Neck" });
    assert.deepEqual(transcript.choicesOf(offer), { status: "chosen", index: 1 });
    assert.equal(transcript.pending[0].text, "Neck");
    transcript.receive([say(2, "patient", { client_id: "a", choice: { number: 1, index: 1 } })]);
    assert.deepEqual(transcript.choicesOf(offer), { status: "chosen", index: 1 });
    assert.deepEqual(transcript.choicesOf({ ...offer, chosen: 0 }), { status: "chosen", index: 0 });
  });

  test("are none where none were offered", () => {
    assert.deepEqual(new Transcript().choicesOf(say(1)), { status: "none" });
  });
});

test("unread are the messages of others after the last one seen", () => {
  assert.equal(countUnread([say(1), say(2, "patient"), say(3, "staff"), say(4)], 1), 2);
});

test("a conversation is the staff's when one of them answers or is waited for", () => {
  const state = { owner: "assistant", waiting: false };
  assert.equal(isStaffs(state), false);
  const others = [{ waiting: true }, { owner: "queue" }, { owner: "staff" }];
  assert.ok(others.every((other) => isStaffs({ ...state, ...other })));
});

function permutations(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, place) =>
    permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]),
  );
}
