/* Live parts, the alarm, the reply box and the password button. Words live in the templates. */
(() => {
  "use strict";
  const CHANGED = "inbox:changed";
  const TOGETHER_MS = 150;
  const QUIET_MS = 6_000;
  const NEAR_END_PX = 80;

  const part = (id) => document.getElementById(id);
  const show = (id, isShown) => part(id) && (part(id).hidden = !isShown);

  function follow() {
    let soon = 0;
    let lost = 0;
    const shown = part("conversation-live")?.dataset.id;
    const feed = new EventSource(shown ? `/inbox/feed?conversation=${shown}` : "/inbox/feed");
    feed.addEventListener("changed", () => {
      clearTimeout(soon);
      soon = setTimeout(look, TOGETHER_MS);
    });
    feed.addEventListener("typing", (event) => {
      // The line takes its room from the transcript, whose end stays in sight.
      const atEnd = isAtEnd(part("transcript"));
      show("patient-types", JSON.parse(event.data).typing.includes("patient"));
      if (atEnd) toEnd();
    });
    feed.addEventListener("signed-out", () => {
      feed.close();
      show("signed-out", true);
    });
    feed.addEventListener("open", () => {
      clearTimeout(lost);
      show("not-live", false);
    });
    feed.addEventListener("error", () => {
      clearTimeout(lost);
      lost = setTimeout(() => show("not-live", true), QUIET_MS);
      show("patient-types", false);
      // A refused connection is final for the browser; try it again after a while.
      if (feed.readyState === EventSource.CLOSED) setTimeout(follow, QUIET_MS * 2);
    });
  }

  const look = () => htmx.trigger(document.body, CHANGED);

  /* What lies under a pressed pointer stays where it is until the press is over: a row or button
     that is drawn anew in between would never hear of the click. */
  let isPressed = false;
  let isMissed = false;

  function keepWhilePressed(event) {
    if (!isPressed || event.detail.requestConfig?.verb !== "get") return;
    event.detail.shouldSwap = false;
    isMissed = true;
  }

  function release() {
    isPressed = false;
    if (isMissed) setTimeout(look, TOGETHER_MS);
    isMissed = false;
  }

  document.addEventListener("pointerdown", (event) => (isPressed = event.button === 0), { capture: true });
  for (const end of ["pointerup", "pointercancel", "dragend"]) {
    window.addEventListener(end, release, { capture: true });
  }
  // The window's own, not that of a field which loses the focus to what is pressed.
  window.addEventListener("blur", release);
  // Let go outside the window, the end was not heard.
  document.addEventListener("pointermove", (event) => event.buttons || release(), { capture: true });

  /* The alarm sounds until every emergency is acknowledged; #alarm holds how many are not. */
  const ALARM_MS = 6_000;
  const TONES = [
    [880, 0],
    [660, 0.22],
    [880, 0.44],
  ];
  let audio = null;

  const unseen = () => Number(part("alarm")?.dataset.count ?? 0);

  function sound() {
    // While the browser keeps the page silent its clock stands still: tones would pile up.
    if (!unseen() || audio.state !== "running") return;
    for (const [hertz, after] of TONES) {
      const tone = new OscillatorNode(audio, { frequency: hertz });
      const loudness = new GainNode(audio, { gain: 0.25 });
      tone.connect(loudness).connect(audio.destination);
      tone.start(audio.currentTime + after);
      tone.stop(audio.currentTime + after + 0.18);
    }
  }

  function listenForAlarm() {
    audio = new AudioContext();
    let before = unseen();
    const showSilence = () => show("silent", audio.state !== "running");
    // Browsers keep a page silent until somebody has touched it.
    for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, () => audio.resume());
    audio.addEventListener("statechange", () => {
      showSilence();
      sound();
    });
    showSilence();
    document.addEventListener("htmx:afterSettle", () => {
      const now = unseen();
      if (now > before) {
        part("alarm-announcer").textContent = part("alarm").textContent;
        sound();
      }
      before = now;
    });
    setInterval(sound, ALARM_MS);
    sound();
  }

  /* A swap replaces the transcript: keep the place of those who read further up. */
  let place = null;

  function isAtEnd(transcript) {
    return transcript.scrollHeight - transcript.scrollTop - transcript.clientHeight < NEAR_END_PX;
  }

  function remember(event) {
    const transcript = part("transcript");
    if (!transcript || !event.detail.shouldSwap) return;
    place = {
      top: transcript.scrollTop,
      atEnd: isAtEnd(transcript),
      card: part("card").scrollTop,
      earlier: part("earlier")?.open ?? false,
      last: lastNumber(),
    };
  }

  function restore() {
    const transcript = part("transcript");
    if (!transcript || !place) return;
    transcript.scrollTop = place.atEnd ? transcript.scrollHeight : place.top;
    part("card").scrollTop = place.card;
    if (part("earlier")) part("earlier").open = place.earlier;
    announceAfter(place.last);
    place = null;
  }

  function lastNumber() {
    return Number(part("conversation-live")?.dataset.lastNumber ?? 0);
  }

  function announceAfter(number) {
    const fresh = [...document.querySelectorAll("#transcript .from-patient")];
    const texts = fresh
      .filter((line) => Number(line.dataset.number) > number)
      .map((line) => `${line.querySelector("strong").textContent}: ${line.querySelector(".line-text").textContent}`);
    if (texts.length) part("announcer").textContent = texts.join(" ");
  }

  function toEnd() {
    const transcript = part("transcript");
    const asked = location.hash && document.querySelector(`#transcript [id="${CSS.escape(location.hash.slice(1))}"]`);
    if (transcript && !asked) transcript.scrollTop = transcript.scrollHeight;
  }

  /* The patient sees who types and what was read; only what a screen shows that is looked at. */
  const TYPING_MS = 4_000;
  let typed = 0;
  let read = 0;

  function tell(what, fields = {}) {
    const form = part("reply-form");
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, ...fields });
    return fetch(form.action.replace(/replies$/, what), { method: "POST", body }).catch(() => {});
  }

  function tellRead() {
    const last = lastNumber();
    if (document.hidden || !part("reply-form") || last <= read) return;
    read = last;
    void tell("read", { number: String(last) });
  }

  function tellTyping(event) {
    if (event.target.id !== "reply-text" || !event.target.value || Date.now() - typed < TYPING_MS) return;
    typed = Date.now();
    void tell("typing");
  }

  function failed(event) {
    const isReply = event.detail.elt?.id === "reply-form";
    if (event.detail.xhr?.status === 401) show("signed-out", true);
    else if (isReply) show("send-failed", true);
  }

  document.addEventListener("htmx:beforeSwap", keepWhilePressed);
  document.addEventListener("htmx:beforeSwap", remember);
  document.addEventListener("htmx:afterSettle", restore);
  document.addEventListener("htmx:afterSettle", tellRead);
  document.addEventListener("visibilitychange", tellRead);
  document.addEventListener("input", tellTyping);
  document.addEventListener("htmx:beforeRequest", () => show("send-failed", false));
  document.addEventListener("htmx:afterSwap", (event) => {
    show("signed-out", false);
    if (event.detail.target?.id === "reply" || event.detail.elt?.id === "reply") part("reply-text")?.focus();
  });
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, failed);
  }

  document.addEventListener("keydown", (event) => {
    const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (isSend && event.target.id === "reply-text") event.target.form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-shows]");
    if (!button) {
      const menu = document.querySelector(".account[open]");
      if (menu && !menu.contains(event.target)) menu.open = false;
      return;
    }
    const isShown = button.getAttribute("aria-pressed") === "true";
    part(button.dataset.shows).type = isShown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!isShown));
  });

  for (const button of document.querySelectorAll("[data-shows]")) button.hidden = false;
  if (document.body.classList.contains("inside")) {
    toEnd();
    follow();
    listenForAlarm();
    tellRead();
  }
})();
