import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { memoryStorage, Session, workingStorage } from "../../widget/v1/session.js";

const NOW = Date.parse("2026-03-02T10:00:00Z");

function sessionWith({ storage = memoryStorage(), locks, expires = "2026-03-03T10:00:00Z", now = () => NOW } = {}) {
  const opened = [];
  const openVisit = async () => {
    await new Promise(setImmediate);
    opened.push(1);
    return { token: `t${opened.length}`, expires_at: expires, conversation: { id: `c${opened.length}` } };
  };
  return { session: new Session({ storage, openVisit, locks, now }), opened, storage };
}

/** Locks as browsers have them, for one name. */
function fakeLocks() {
  let last = Promise.resolve();
  return { request: (_name, work) => (last = last.then(work)) };
}

describe("the visit of a browser", () => {
  test("is found again after a reload", async () => {
    const { session, storage, opened } = sessionWith();
    assert.equal((await session.open()).isNew, true);
    const again = sessionWith({ storage });
    const { visit, isNew } = await again.session.open();
    assert.deepEqual([visit.conversationId, isNew, opened.length + again.opened.length], ["c1", false, 1]);
  });

  test("is opened once when two tabs ask at the same time", async () => {
    const parts = { storage: memoryStorage(), locks: fakeLocks() };
    const [one, other] = [sessionWith(parts), sessionWith(parts)];
    const visits = await Promise.all([one.session.open(), other.session.open()]);
    assert.equal(visits[0].visit.conversationId, visits[1].visit.conversationId);
    assert.equal(one.opened.length + other.opened.length, 1);
  });

  test("is forgotten when its time is over", async () => {
    const { session, storage } = sessionWith();
    await session.open();
    const later = sessionWith({ storage, now: () => Date.parse("2026-03-04T00:00:00Z") });
    assert.equal(later.session.current(), null);
    assert.equal(storage.getItem("preconsult.visit"), null);
  });

  test("is not forgotten when another tab has a newer one", async () => {
    const { session } = sessionWith();
    const { visit } = await session.open();
    session.forget({ ...visit, conversationId: "older" });
    assert.equal(session.current().conversationId, "c1");
  });

  test("gives way to one that a link has opened", async () => {
    const { session, opened } = sessionWith();
    await session.open();
    session.seen = 9;
    await session.adopt({ token: "new", expires_at: "2026-03-04T10:00:00Z", conversation: { id: "linked" } });
    assert.deepEqual(session.current(), { token: "new", conversationId: "linked", expiresAt: "2026-03-04T10:00:00Z" });
    assert.equal(session.seen, 0);
    assert.deepEqual([(await session.open()).isNew, opened.length], [false, 1]);
  });

  test("keeps what was seen when a link leads to the same conversation", async () => {
    const { session } = sessionWith();
    await session.open();
    session.seen = 9;
    await session.adopt({ token: "new", expires_at: "2026-03-04T10:00:00Z", conversation: { id: "c1" } });
    assert.deepEqual([session.current().token, session.seen], ["new", 9]);
  });

  test("of a link is stored last when another tab opens one at the same time", async () => {
    const parts = { storage: memoryStorage(), locks: fakeLocks() };
    const [one, other] = [sessionWith(parts), sessionWith(parts)];
    const opening = one.session.open();
    await other.session.adopt({ token: "new", expires_at: "2026-03-04T10:00:00Z", conversation: { id: "linked" } });
    await opening;
    assert.equal(one.session.current().conversationId, "linked");
  });

  test("lives in memory where the browser forbids storage", async () => {
    const storage = workingStorage(() => {
      throw new Error("SecurityError");
    });
    const locks = { request: () => Promise.reject(new Error("SecurityError")) };
    const { session } = sessionWith({ storage, locks });
    await session.open();
    assert.equal(session.current().token, "t1");
  });

  test("is asked for once when the server refuses it", async () => {
    let asked = 0;
    const openVisit = async () => {
      asked += 1;
      throw new Error("down");
    };
    const session = new Session({ storage: memoryStorage(), openVisit, locks: fakeLocks() });
    await assert.rejects(session.open(), /down/);
    assert.equal(asked, 1);
  });

  test("survives a store that holds something else", () => {
    const storage = memoryStorage();
    storage.setItem("preconsult.visit", '{"token": 1}');
    assert.equal(sessionWith({ storage }).session.current(), null);
  });
});
