import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { AnswerLink, takeToken, tokenOf } from "../../widget/v1/answer-link.js";
import { memoryStorage, Session } from "../../widget/v1/session.js";
import { words } from "../../widget/v1/words.js";

const VISIT = { token: "new", expires_at: "2126-03-03T10:00:00Z", conversation: { id: "c1" } };
const refusal = (code, status, sentence) => Object.assign(new Error(), { code, status, sentence });
const USED = refusal("link_used", 409);

/** Somebody who tapped a link; using it ends as `outcomes` say. */
async function tapped({ outcomes = [], token = "t1", keepsVisits = true, stored = null } = {}) {
  const session = new Session({ storage: memoryStorage() });
  if (stored) await session.adopt(stored);
  const log = [];
  const link = new AnswerLink({
    token,
    useLink: async (used) => {
      log.push(`use ${used}`);
      const outcome = outcomes.shift() ?? VISIT;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    session,
    keepsVisits,
    enter: () => log.push("enter"),
    changed: () => log.push(link.screen.status),
  });
  return { link, log, session };
}

describe("the token of a link", () => {
  test("is what stands behind the #, without what a messaging app adds", () => {
    assert.equal(tokenOf("#aZ09_-x"), "aZ09_-x");
    assert.equal(tokenOf("#abc."), "abc");
    assert.equal(tokenOf("#abc%20Text"), "abc");
    for (const hash of ["", "#", "#.", "#%20abc"]) assert.equal(tokenOf(hash), "");
  });

  test("is taken off the address", () => {
    const addresses = [];
    const window = {
      location: { hash: "#secret", pathname: "/answer" },
      history: { replaceState: (_state, _title, url) => addresses.push(url) },
    };
    assert.equal(takeToken(window), "secret");
    assert.deepEqual(addresses, ["/answer"]);
  });
});

describe("a link to an answer", () => {
  test("is not used before its reader presses the button", async () => {
    const { link, log } = await tapped();
    const { status, canRead, canEnter } = link.screen;
    assert.deepEqual([status, canRead, canEnter, log], ["ready", true, false, []]);
  });

  test("is used once, however often the button is pressed, and opens the chat", async () => {
    const { link, log, session } = await tapped();
    await Promise.all([link.read(), link.read()]);
    await link.read();
    assert.deepEqual(log, ["opening", "use t1", "enter"]);
    assert.deepEqual([session.current().token, session.current().conversationId], ["new", "c1"]);
  });

  test("that is used leads to the chat that this browser has open", async () => {
    const { link, log } = await tapped({ outcomes: [USED], stored: VISIT });
    await link.read();
    const { sentence, canRead, canEnter } = link.screen;
    assert.deepEqual([sentence, canRead, canEnter], [words.answer.usedHere, false, true]);
    link.enter();
    assert.equal(log.at(-1), "enter");
  });

  test("that is used leads nowhere in a browser that has no chat", async () => {
    const { link, log } = await tapped({ outcomes: [USED] });
    await link.read();
    const { sentence, canRead, canEnter } = link.screen;
    assert.deepEqual([sentence, canRead, canEnter], [words.answer.used, false, false]);
    link.enter();
    await link.read();
    assert.deepEqual(log, ["opening", "use t1", "used"]);
  });

  test("can be tried again when the network or the front desk failed", async () => {
    const outcomes = [refusal("network", 0, "The connection was lost."), refusal("unknown", 502, "Ours."), refusal("too_many", 429, "x")];
    const { link, log } = await tapped({ outcomes });
    for (const sentence of ["The connection was lost.", "Ours.", words.answer.failed]) {
      await link.read();
      assert.deepEqual([link.screen.canRead, link.screen.error], [true, sentence]);
    }
    await link.read();
    assert.equal(log.at(-1), "enter");
  });

  test("without its token says so, and asks nobody", async () => {
    const { link, log } = await tapped({ token: "" });
    await link.read();
    const { sentence, canRead, canEnter } = link.screen;
    assert.deepEqual([sentence, canRead, canEnter, log], [words.answer.incomplete, false, false, []]);
    assert.equal((await tapped({ token: "", stored: VISIT })).link.screen.canEnter, true);
  });

  test("is not used up in a browser that would forget the visit", async () => {
    const { link, log } = await tapped({ keepsVisits: false });
    await link.read();
    assert.deepEqual([link.screen.sentence, link.screen.canRead, log], [words.answer.noMemory, false, []]);
  });
});
