import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clinicTime, cutPhones, dayOf, lengthOf, ownerLine, splitSource, spoken, writerLine } from "../../widget/v1/text.js";

describe("the text of a message", () => {
  test("ends with its source on a line of its own", () => {
    assert.deepEqual(splitSource("It can sting.\n\nSource: What to expect"), { body: "It can sting.", source: "What to expect" });
    assert.deepEqual(splitSource("Source: of pain"), { body: "Source: of pain", source: null });
  });

  test("links the clinic's own numbers and nothing else", () => {
    const numbers = [{ display: "(602) 555-0142", tel: "+16025550142" }, { display: "911", tel: "911" }];
    assert.deepEqual(cutPhones("Call 911 or (602) 555-0142, room 1911, +1911.", numbers), [
      { text: "Call ", tel: null },
      { text: "911", tel: "911" },
      { text: " or ", tel: null },
      { text: "(602) 555-0142", tel: "+16025550142" },
      { text: ", room 1911, +1911.", tel: null },
    ]);
  });

  test("is counted in characters as the server counts them", () => {
    assert.equal(lengthOf("né😀"), 3);
  });

  test("is read aloud with its author and its suggested answers", () => {
    assert.equal(
      spoken({ author: "staff", name: "Dana", text: "Which knee?", choices: ["Left", "Right"] }),
      "Dana, clinic staff says: Which knee? Suggested answers: Left, Right",
    );
  });
});

describe("times", () => {
  test("of the clinic are shown as its own clock shows them", () => {
    assert.equal(clinicTime("2026-11-23T08:30:00-07:00").replace(/\s/g, " "), "Monday at 8:30 AM");
  });

  test("of messages are grouped by day", () => {
    const now = new Date(2026, 2, 9, 0, 10);
    assert.equal(dayOf(new Date(2026, 2, 9, 0, 1), now), "Today");
    assert.equal(dayOf(new Date(2026, 2, 8, 23, 59), now), "Yesterday");
    assert.equal(dayOf(new Date(2026, 1, 1, 12), now), "Sunday, February 1");
  });
});

describe("the line that says who answers", () => {
  const state = { owner: "assistant", staff_name: null, waiting: false, ended: false };

  test("names the assistant, the person, or that one will answer", () => {
    assert.equal(ownerLine(state, null), "Automated assistant");
    assert.equal(ownerLine({ ...state, owner: "staff", staff_name: "Dana" }, null), "Dana from the clinic is answering");
    assert.equal(ownerLine({ ...state, waiting: true }, { open_now: true }), "A person from the clinic will answer here");
    assert.match(
      ownerLine({ ...state, waiting: true }, { open_now: false, next_opening: "2026-11-23T08:30:00-07:00" }),
      /opens Monday at 8:30/,
    );
    assert.equal(ownerLine({ ...state, ended: true }, null), "This chat has ended");
    const queued = { ...state, owner: "queue", waiting: true };
    assert.equal(ownerLine(queued, { open_now: true }), "A person from the clinic will answer here");
  });

  test("says who is writing, and nothing when nobody is", () => {
    const state = { owner: "staff", staff_name: "Dana", thinking: false, typing: [] };
    assert.equal(writerLine(state), "");
    assert.equal(writerLine({ ...state, typing: ["patient"] }), "");
    assert.equal(writerLine({ ...state, typing: ["staff"] }), "Dana is writing");
    assert.equal(writerLine({ ...state, staff_name: null, typing: ["staff"] }), "Clinic staff are writing");
    assert.equal(writerLine({ thinking: true }), "The automated assistant is writing");
  });
});
