import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Feed, FeedParser } from "../../widget/v1/feed.js";

const STREAM = ': connected\n\nid: 7\nevent: message\ndata: {"number":7,\ndata: "text":"né"}\n\nevent: state\ndata: {}\n\n';

describe("the parser of the feed", () => {
  test("reads events, ids and data over several lines, and skips comments", () => {
    assert.deepEqual(new FeedParser().push(STREAM), [
      { event: "message", id: "7", data: '{"number":7,\n"text":"né"}' },
      { event: "state", id: null, data: "{}" },
    ]);
  });

  test("gives the same events wherever the stream breaks, with any line end", () => {
    const whole = new FeedParser().push(STREAM);
    for (const ending of ["\n", "\r\n"]) {
      const text = STREAM.replaceAll("\n", ending);
      for (let cut = 0; cut <= text.length; cut += 1) {
        const parser = new FeedParser();
        assert.deepEqual([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))], whole);
      }
    }
  });

  test("keeps back an event that is not complete", () => {
    const parser = new FeedParser();
    assert.deepEqual(parser.push("data: half"), []);
    assert.deepEqual(parser.push("\n\n"), [{ event: "message", id: null, data: "half" }]);
  });
});

/** A feed over the given responses (texts, or errors to throw); it stops after the last one. */
function feedOver(responses, parts = {}) {
  const log = [];
  const waiting = [...responses];
  const feed = new Feed({
    open: async () => {
      const next = waiting.shift();
      log.push("open");
      if (next instanceof Error) throw next;
      return new Response(next);
    },
    catchUp: async () => void log.push("catch up"),
    sleep: async (ms) => {
      log.push(ms < 600 ? "short wait" : "wait");
      if (!waiting.length) feed.stop();
    },
    on: {
      event: ({ event }) => log.push(event),
      connected: (isConnected) => log.push(isConnected ? "connected" : "lost"),
      visitOver: () => log.push("visit over"),
    },
    ...parts,
  });
  return { feed, log };
}

describe("the feed", () => {
  test("connects again after the stream ends, and asks for what it missed in between", async () => {
    const { feed, log } = feedOver([STREAM, STREAM]);
    await feed.run();
    const once = ["open", "connected", "message", "state", "lost", "short wait"];
    assert.deepEqual(log, [...once, "catch up", ...once]);
  });

  test("waits longer after each failure", async () => {
    const waits = [];
    const { feed } = feedOver(Array(9).fill(new Error("down")), {
      sleep: async (ms) => {
        waits.push(ms);
        if (waits.length === 9) feed.stop();
      },
    });
    await feed.run();
    assert.ok(waits[0] < 1_100 && waits[8] > 20_000 && waits[8] <= 30_000, String(waits));
    assert.ok(waits.every((ms, place) => place === 0 || ms > waits[place - 1] * 0.7));
  });

  test("stops and says so when the visit is over", async () => {
    const { feed, log } = feedOver([Object.assign(new Error(), { visitIsOver: true }), STREAM]);
    await feed.run();
    assert.deepEqual(log, ["open", "visit over"]);
  });

  test("stays quiet while it rests, and catches up when it is woken", async () => {
    let wakeUp = () => {};
    const { feed, log } = feedOver([STREAM, STREAM], {
      sleep: (ms, onWake) => {
        log.push(ms > 60_000 ? "rests" : "wait");
        if (ms <= 60_000) return new Promise(setImmediate);
        return new Promise((resolve) => onWake((wakeUp = resolve)));
      },
    });
    feed.rest();
    const running = feed.run();
    while (!log.includes("rests")) await new Promise(setImmediate);
    assert.equal(log.filter((entry) => entry === "open").length, 1);
    feed.wake();
    while (log.filter((entry) => entry === "open").length < 2) await new Promise(setImmediate);
    assert.equal(log[log.indexOf("rests") + 1], "catch up");
    feed.stop();
    wakeUp();
    await running;
  });
});
