import { Api } from "./api.js";
import { Conversation } from "./conversation.js";
import { Host } from "./host.js";
import { Session, workingStorage } from "./session.js";
import { View } from "./view.js";
import { words } from "./words.js";

const api = new Api();
const session = new Session({
  storage: workingStorage(() => window.localStorage),
  openVisit: () => api.openVisit(),
  locks: navigator.locks,
});
const tabStorage = workingStorage(() => window.sessionStorage);

const view = new View({
  send: (text) => conversation.send(text),
  typing: () => conversation.typing(),
  choose: (message, index) => conversation.choose(message, index),
  end: () => conversation.end(),
  restart: () => void conversation.restart(),
  close: () => host.close(),
  byText: {
    sendCode: (phone, how) => conversation.texts((visit) => api.sendCode(visit, phone, how)),
    giveCode: (code) => conversation.texts((visit) => api.giveCode(visit, code)),
    stop: () => conversation.texts((visit) => api.stopTexts(visit)),
  },
});

const host = new Host(window, {
  opened: ({ byPatient }) => {
    conversation.seen();
    view.scrollToEnd();
    if (byPatient) view.focusFirst();
  },
  closed: () => {},
  phone: (phone) => (view.phone = phone),
});
view.isEmbedded = host.isEmbedded;

const conversation = new Conversation({ api, session, tabStorage, view, host });

/** After this long out of sight the live connection is let go. */
const OUT_OF_SIGHT_MS = 60_000;
let outOfSight = 0;

function sightChanged() {
  clearTimeout(outOfSight);
  if (document.visibilityState === "hidden") {
    outOfSight = setTimeout(() => conversation.rest(), OUT_OF_SIGHT_MS);
    return;
  }
  conversation.wake();
  conversation.seen();
}

document.addEventListener("visibilitychange", sightChanged);
window.addEventListener("online", () => conversation.wake());
window.addEventListener("offline", () => view.connection(words.connection.offline));
window.addEventListener("pageshow", (event) => event.persisted && conversation.wake());
session.onChangeElsewhere(window, (visit) => conversation.changedElsewhere(visit));

void conversation.begin();
