import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ByText } from "../../widget/v1/by-text.js";
import { words } from "../../widget/v1/words.js";

const { errors } = words.byText;
const WAITING = { owner: "assistant", waiting: true, ended: false, answer_by_text: null };
const ON = { ...WAITING, answer_by_text: { how: "link", ends_with: "42" } };
const SENT = { phone_display: "(602) 555-0123", good_for_minutes: 10 };
const refusal = (code, sentence = "for others") => Object.assign(new Error(), { code, sentence });

/** A patient who waits; what is asked ends as `outcomes` say (a value, or an error to throw). */
function asking({ outcomes = [], state = WAITING, texting = true } = {}) {
  const asked = [];
  const changes = [];
  const answer = async (...what) => {
    asked.push(what);
    const outcome = outcomes.shift() ?? SENT;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const ask = {
    sendCode: (phone, how) => answer("send", phone, how),
    giveCode: (code) => answer("give", code),
    stop: () => answer("stop"),
  };
  const flow = new ByText(ask, ({ byPatient }) => changes.push([flow?.screen.shows, byPatient]));
  flow.update(state, texting);
  return { flow, asked, changes };
}

/** The same patient, with a code on its way to their phone. */
async function withCode(parts) {
  const all = asking(parts);
  all.flow.open();
  all.flow.type({ phone: " 602 555 0123 " });
  await all.flow.sendCode();
  return all;
}

describe("the offer of an answer by text", () => {
  test("stands where a person will answer, and nowhere else", () => {
    const shown = (state, texting = true) => asking({ state: { ...WAITING, waiting: false, ...state }, texting }).flow.screen.shows;
    assert.equal(shown({}), "nothing");
    assert.equal(shown({ waiting: true }), "offer");
    assert.equal(shown({ owner: "queue" }), "offer");
    assert.equal(shown({ owner: "staff" }), "offer");
    assert.equal(shown({ waiting: true, ended: true }), "nothing");
    assert.equal(shown({ waiting: true }, false), "nothing");
  });

  test("stays away while the state of the conversation is not known", () => {
    const flow = new ByText({}, () => {});
    assert.equal(flow.screen.shows, "nothing");
    flow.update({ ended: true }, false);
    assert.equal(flow.screen.shows, "nothing");
  });

  test("opens a panel that stays open when nobody is waited for any longer", () => {
    const { flow } = asking();
    flow.open();
    flow.update({ ...WAITING, waiting: false }, true);
    assert.deepEqual([flow.screen.shows, flow.isOpen], ["phone", true]);
    flow.cancel();
    assert.deepEqual([flow.screen.shows, flow.isOpen], ["nothing", false]);
  });

  test("asks for a link unless the patient wants the whole answer", () => {
    assert.equal(asking().flow.screen.how, "link");
  });
});

describe("the phone number", () => {
  test("is sent as it was typed, with the choice", async () => {
    const { flow, asked } = asking();
    flow.open();
    flow.type({ phone: " 602 555 0123 " });
    flow.type({ how: "full" });
    await flow.sendCode();
    assert.deepEqual(asked, [["send", "602 555 0123", "full"]]);
    const { shows, sentTo, minutes, codes } = flow.screen;
    assert.deepEqual([shows, sentTo, minutes, codes], ["code", "(602) 555-0123", 10, 1]);
  });

  test("is asked for again, without a request, where there is none", async () => {
    const { flow, asked } = asking();
    flow.open();
    for (const phone of ["", "  ", "call me", "12"]) {
      flow.type({ phone });
      await flow.sendCode();
      assert.deepEqual([flow.screen.error, flow.screen.isFieldWrong], [errors.no_phone_number, true]);
    }
    assert.deepEqual(asked, []);
  });

  test("stays in its field when it is refused, and the next try takes the error away", async () => {
    const { flow } = await withCode({ outcomes: [refusal("phone_abroad")] });
    assert.deepEqual(
      [flow.screen.shows, flow.screen.phone, flow.screen.error, flow.screen.isFieldWrong],
      ["phone", " 602 555 0123 ", errors.phone_abroad, true],
    );
    const running = flow.sendCode();
    assert.deepEqual([flow.screen.error, flow.screen.running], ["", "send"]);
    await running;
    assert.deepEqual([flow.screen.shows, flow.screen.error, flow.screen.running], ["code", "", null]);
  });

  test("stays in its field when the network fails, and is not called wrong", async () => {
    const { flow } = await withCode({ outcomes: [refusal("network", "The connection was lost.")] });
    const { shows, phone, error, isFieldWrong } = flow.screen;
    assert.deepEqual([shows, phone, error, isFieldWrong], ["phone", " 602 555 0123 ", "The connection was lost.", false]);
  });

  test("is refused in words of its own where it was asked for too often", async () => {
    const { flow } = await withCode({ outcomes: [refusal("too_many", "wait a moment")] });
    assert.deepEqual([flow.screen.error, flow.screen.isFieldWrong], [errors.too_many, false]);
  });

  test("has a sentence for each refusal, also for one that nobody foresaw", async () => {
    for (const code of ["no_phone_number", "phone_abroad", "our_own_number", "too_many", "no_texts"]) {
      assert.equal((await withCode({ outcomes: [refusal(code)] })).flow.screen.error, errors[code]);
    }
    assert.equal((await withCode({ outcomes: [new TypeError("bug")] })).flow.screen.error, words.errors.server);
    assert.equal((await withCode({ outcomes: [refusal("toString")] })).flow.screen.error, "for others");
  });
});

describe("the code", () => {
  test("is given back, and the panel closes with the state that comes", async () => {
    const { flow, asked, changes } = await withCode();
    flow.type({ code: " 123 456 " });
    const running = flow.giveCode();
    assert.equal(flow.screen.running, "confirm");
    flow.update(ON, true);
    await running;
    assert.deepEqual(asked.at(-1), ["give", "123 456"]);
    assert.deepEqual(changes.at(-1), ["on", true]);
    const { shows, digits, phone, code, running: left } = flow.screen;
    assert.deepEqual([shows, digits, phone, code, left], ["on", "42", "", "", null]);
  });

  test("stays in its field when it is wrong", async () => {
    const { flow } = await withCode({ outcomes: [SENT, refusal("wrong_code")] });
    flow.type({ code: "111111" });
    await flow.giveCode();
    const { shows, code, error, isFieldWrong } = flow.screen;
    assert.deepEqual([shows, code, error, isFieldWrong], ["code", "111111", errors.wrong_code, true]);
  });

  test("is asked for, without a request, where there is none", async () => {
    const { flow, asked } = await withCode();
    flow.type({ code: " ? " });
    await flow.giveCode();
    assert.deepEqual([flow.screen.error, flow.screen.isFieldWrong, asked.length], [errors.no_code, true, 1]);
  });

  test("is sent again to the same number in the same way, and the old one leaves its field", async () => {
    const { flow, asked } = await withCode();
    flow.type({ code: "111111", phone: "another" });
    await flow.sendAgain();
    assert.deepEqual(asked.at(-1), ["send", "602 555 0123", "link"]);
    assert.deepEqual([flow.screen.shows, flow.screen.code, flow.screen.codes], ["code", "", 2]);
  });

  test("keeps what was typed when a new one is refused", async () => {
    const { flow } = await withCode({ outcomes: [SENT, refusal("too_many")] });
    flow.type({ code: "111111" });
    await flow.sendAgain();
    assert.deepEqual([flow.screen.shows, flow.screen.code, flow.screen.error], ["code", "111111", errors.too_many]);
  });

  test("can go to another number, which starts from the one that was typed", async () => {
    const { flow } = await withCode();
    await flow.giveCode();
    flow.otherNumber();
    const { shows, phone, error } = flow.screen;
    assert.deepEqual([shows, phone, error], ["phone", " 602 555 0123 ", ""]);
  });
});

describe("while a request runs", () => {
  test("a second press does nothing", async () => {
    const { flow, asked } = asking();
    flow.open();
    flow.type({ phone: "6025550123" });
    const both = [flow.sendCode(), flow.sendCode()];
    flow.cancel();
    flow.type({ phone: "other", how: "full" });
    assert.deepEqual([flow.screen.shows, flow.screen.phone, flow.screen.how], ["phone", "6025550123", "link"]);
    await Promise.all(both);
    assert.equal(asked.length, 1);
    flow.type({ code: "123456" });
    await Promise.all([flow.giveCode(), flow.giveCode(), flow.sendAgain()]);
    assert.equal(asked.length, 2);
  });

  test("Escape closes the panel, and its answer is there when it is opened again", async () => {
    const { flow, changes } = asking();
    flow.open();
    flow.type({ phone: "6025550123" });
    const running = flow.sendCode();
    flow.close();
    assert.equal(flow.screen.shows, "offer");
    await running;
    assert.deepEqual(changes.at(-1), ["offer", true]);
    flow.open();
    assert.equal(flow.screen.shows, "code");
  });

  test("an answer for a conversation that was left is not used", async () => {
    const { flow } = asking();
    flow.open();
    flow.type({ phone: "6025550123" });
    const running = flow.sendCode();
    flow.forget();
    await running;
    flow.open();
    assert.equal(flow.screen.shows, "nothing");
    flow.update(WAITING, true);
    const { shows, phone, running: left } = flow.screen;
    assert.deepEqual([shows, phone, left], ["phone", "", null]);
  });
});

describe("what was typed", () => {
  test("is there again after Escape", async () => {
    const { flow } = await withCode();
    flow.type({ code: "12" });
    flow.close();
    flow.open();
    assert.deepEqual([flow.screen.shows, flow.screen.code], ["code", "12"]);
  });

  test("is forgotten when the patient cancels, the chat ends, or another tab was faster", async () => {
    const ways = [
      (flow) => flow.cancel(),
      (flow) => flow.update({ ...WAITING, ended: true }, true),
      (flow) => flow.update(ON, true),
      (flow) => flow.forget(),
    ];
    for (const leave of ways) {
      const { flow } = await withCode();
      flow.type({ code: "12" });
      leave(flow);
      const { phone, how, code, sentTo } = flow.screen;
      assert.deepEqual([phone, how, code, sentTo, flow.isOpen], ["", "link", "", "", false]);
    }
  });

  test("stays while messages and states come in", async () => {
    const { flow } = await withCode();
    flow.type({ code: "12" });
    flow.update({ ...WAITING, owner: "staff", typing: ["staff"] }, true);
    assert.deepEqual([flow.screen.shows, flow.screen.code], ["code", "12"]);
  });
});

describe("answers that are texted", () => {
  test("are told after a reload and in another tab, and no focus moves", () => {
    const { flow, changes } = asking({ state: ON });
    const { shows, digits, isAwaited } = flow.screen;
    assert.deepEqual([shows, digits, isAwaited], ["on", "42", true]);
    assert.deepEqual(changes, [["on", false]]);
  });

  test("can be stopped after the answer too, where nothing is offered any longer", async () => {
    const { flow, asked, changes } = asking({ state: { ...ON, waiting: false } });
    assert.deepEqual([flow.screen.shows, flow.screen.isAwaited], ["on", false]);
    const running = flow.stop();
    assert.equal(flow.screen.running, "stop");
    flow.update({ ...WAITING, waiting: false }, true);
    await running;
    assert.deepEqual(asked, [["stop"]]);
    assert.deepEqual(changes.at(-1), ["nothing", true]);
    assert.equal(flow.screen.running, null);
  });

  test("go on when stopping them fails, and it says so", async () => {
    const { flow } = asking({ state: ON, outcomes: [refusal("network", "The connection was lost.")] });
    await flow.stop();
    const { shows, error, running } = flow.screen;
    assert.deepEqual([shows, error, running], ["on", "The connection was lost.", null]);
  });

  test("are offered again when the phone stopped them", () => {
    const { flow, changes } = asking({ state: ON });
    flow.update(WAITING, true);
    assert.deepEqual(changes.at(-1), ["offer", false]);
  });
});
