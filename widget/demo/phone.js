/* A patient's phone: one for each tab, with a number of its own, kept as long as the tab. */
import { Thread } from "./thread.js";

const KEPT = "preconsult.phone";
const LONGEST = 1_600;
const WARN_FROM = 1_400;
const EVERY_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;
// The simulator itself waits up to 10 s for the front desk.
const TIMEOUT_MS = 15_000;
const UNREACHABLE = "The clinic cannot be reached. Trying again.";
const GONE = "This phone is gone. Take a new one to go on.";
const UNAUTHORIZED = 401;

const part = (id) => document.getElementById(id);
const box = part("box");

/** Ask the front desk; gives what it says, or throws an error with its `status` (none: no answer). */
async function ask(path, { token = "", body, method = body ? "POST" : "GET" } = {}) {
  const headers = new Headers();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (body) headers.set("Content-Type", "application/json");
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(path, { method, headers, signal, cache: "no-store", body: body && JSON.stringify(body) });
  if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status}`), { status: response.status });
  return response.json();
}

/** The phone that this tab had before it was loaded again: `{number, clinic, token, lost}`, or null. */
function keptPhone() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    return kept?.token ? { lost: [], ...kept } : null;
  } catch {
    return null;
  }
}

function keepPhone() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(phone));
  } catch {
    // Without storage the phone lasts as long as the page.
  }
}

const thread = new Thread((text) => {
  send(text);
  refocus();
});
let phone = keptPhone();
let clinic = null;
let outbox = [];
let lastNumber = 0;
let failures = 0;
let isGone = false;
let wantsAnother = false;
let wake = () => {};

/** One thing after the other, for ever: nothing that is asked can overtake something else. */
async function live() {
  for (;;) {
    await visible();
    try {
      await turn();
      failures = 0;
      say(isGone ? GONE : "");
    } catch (error) {
      if (error.status === UNAUTHORIZED) losePhone();
      else failures += 1;
      say(isGone ? GONE : UNREACHABLE);
    }
    if (failures || !(outbox.length || wantsAnother)) await rest(Math.min(EVERY_MS * 2 ** failures, LONGEST_WAIT_MS));
  }
}

async function turn() {
  if (!clinic) await describeClinic();
  if (wantsAnother || !(phone || isGone)) await takePhone();
  if (isGone) return;
  showPhone();
  while (outbox.length) await deliver(outbox[0]);
  const { texts } = await ask(`/demo/phone/texts?after=${lastNumber}`, { token: phone.token });
  lastNumber = Math.max(lastNumber, ...texts.map((text) => text.number));
  const lost = thread.receive(texts, phone.lost);
  phone.lost = [...new Set([...phone.lost, ...lost])];
  keepPhone();
}

async function describeClinic() {
  clinic = await ask("/api/v1/clinic");
  part("clinic-name").textContent = clinic.name;
  part("clinic-number").textContent = clinic.phone_display;
  part("emergency").href = `tel:${clinic.emergency_number}`;
  part("emergency-number").textContent = clinic.emergency_number;
}

async function takePhone() {
  const isFirst = !phone && !isGone;
  phone = { ...(await ask("/demo/phone/phones", { method: "POST" })), lost: [] };
  lastNumber = 0;
  isGone = wantsAnother = false;
  keepPhone();
  if (isFirst) return;
  outbox = [];
  thread.clear();
  showPhone();
  refocus();
}

/** Hand a text over. One that is refused, or that nobody answers for, is not tried again by itself. */
async function deliver(entry) {
  try {
    const { arrived } = await ask("/demo/phone/texts", { token: phone.token, body: { text: entry.text } });
    outbox.shift();
    Object.assign(entry, { isAnswered: true, isRefused: !arrived });
    if (!arrived) thread.lose(entry);
  } catch (error) {
    if (error.status === UNAUTHORIZED) throw error;
    outbox.shift();
    thread.lose(entry);
    if (!(error.status < 500)) throw error;
  }
}

/** The phone is gone; what was not sent goes back into the box. */
function losePhone() {
  const hadFocus = part("composer").contains(document.activeElement);
  isGone = true;
  phone = null;
  box.value = [...outbox.map((entry) => entry.text), box.value].filter((text) => text.trim()).join("\n");
  for (const entry of outbox.splice(0)) thread.drop(entry);
  refresh();
  showPhone();
  if (hadFocus) part("replace").focus();
}

function showPhone() {
  const number = phone ? phone.number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "($1) $2-$3") : "none";
  if (part("own-number").textContent !== number) part("own-number").textContent = number;
  for (const id of ["composer", "suggestions"]) part(id).hidden = isGone;
  part("replace").hidden = !isGone;
}

function say(text) {
  if (part("status").textContent !== text) part("status").textContent = text;
}

async function visible() {
  while (document.visibilityState === "hidden") {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

function rest(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function send(text) {
  outbox.push(thread.add(text));
  wake();
}

/** Back to the box, or to the texts where the box would bring up a keyboard over them. */
function refocus() {
  const isTouch = window.matchMedia("(pointer: coarse)").matches;
  (isTouch ? part("log") : box).focus({ preventScroll: true });
}

function refresh() {
  const left = LONGEST - [...box.value.trim()].length;
  part("length-note").textContent = lengthNote(left);
  part("length-note").classList.toggle("is-over", left < 0);
  box.setAttribute("aria-invalid", String(left < 0));
  box.style.setProperty("height", "auto");
  box.style.setProperty("height", `${box.scrollHeight + 2}px`);
}

function lengthNote(left) {
  if (left < 0) return `Too long by ${-left}`;
  return LONGEST - left >= WARN_FROM ? `Room for ${left} more` : "";
}

function submit(event) {
  event.preventDefault();
  const text = box.value.trim();
  box.focus();
  if (!text || [...text].length > LONGEST) return;
  box.value = "";
  refresh();
  send(text);
}

function another() {
  wantsAnother = true;
  wake();
}

box.addEventListener("input", refresh);
box.addEventListener("keydown", (event) => {
  // While an input method composes a character, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  part("composer").requestSubmit();
});
part("composer").addEventListener("submit", submit);
part("suggestions").addEventListener("click", ({ target }) => {
  if (target.localName !== "button") return;
  send(target.textContent);
  refocus();
});
for (const id of ["another", "replace"]) part(id).addEventListener("click", another);
for (const [target, name] of [[document, "visibilitychange"], [window, "online"]]) target.addEventListener(name, () => wake());

void live();
