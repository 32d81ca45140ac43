import { AnswerLink, takeToken } from "./answer-link.js";
import { Api } from "./api.js";
import { backoff, sleep } from "./backoff.js";
import { Session, workingStorage } from "./session.js";
import { fill, words } from "./words.js";

const CHAT = "/widget/v1/frame.html";
/** Under this id a link is traded, again where the answer got lost. */
const PAGE = crypto.randomUUID();

const api = new Api();
const storage = workingStorage(() => window.localStorage);
const session = new Session({ storage, openVisit: () => api.openVisit(), locks: navigator.locks });
let link = null;

/** The address has a new link: at first, and when another one is opened in the same tab. */
function begin() {
  link = new AnswerLink({
    token: takeToken(window),
    useLink: (token) => api.useLink(token, PAGE),
    session,
    keepsVisits: storage instanceof Storage,
    enter: () => window.location.replace(CHAT),
    changed: draw,
  });
  draw();
}

function draw() {
  const { status, sentence, error, canRead, canEnter } = link.screen;
  const isProblem = !canRead;
  say("sentence", isProblem ? "" : sentence);
  say("problem", isProblem ? sentence : error);
  say("read", status === "opening" ? words.answer.reading : words.answer.read);
  part("read").setAttribute("aria-disabled", String(status === "opening"));
  const hadFocus = document.activeElement === part("read");
  part("read").hidden = !canRead;
  part("enter").hidden = !canEnter;
  if (hadFocus && !canRead) part(canEnter ? "enter" : "problem").focus();
}

/** Ask until the front desk tells whose page this is; the button works without it. */
async function describe() {
  for (let failures = 0; ; failures += 1) {
    try {
      return drawClinic(await api.clinic());
    } catch {
      await sleep(backoff(failures));
    }
  }
}

function drawClinic({ name, phone, phone_display, emergency_number }) {
  document.title = name;
  say("title", name);
  const emergency = fill(words.emergency.call, { emergency_number });
  part("emergency").replaceChildren(words.emergency.strip, " ", telLink(emergency_number, emergency));
  part("call").replaceChildren(words.answer.call, " ", telLink(phone, phone_display));
}

function telLink(number, label) {
  const link = document.createElement("a");
  link.href = `tel:${number}`;
  link.textContent = label;
  return link;
}

function say(id, text) {
  const node = part(id);
  if (node.textContent !== text) node.textContent = text;
}

function part(id) {
  return document.getElementById(id);
}

say("title", words.answer.title);
say("call", words.answer.callClinic);
say("enter", words.answer.openChat);
part("read").addEventListener("click", () => void link.read());
part("enter").addEventListener("click", () => link.enter());
window.addEventListener("hashchange", () => window.location.hash && begin());
begin();
void describe();
