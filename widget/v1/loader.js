/*
 * The chat on a clinic's website:
 *   <script src="https://chat.example.com/widget/v1/loader.js" data-phone="(602) 555-0142" async></script>
 * data-phone: shown where the chat cannot be loaded. data-open: open at once (without taking the
 * focus). Any element of the page with data-preconsult-open opens the chat when it is pressed.
 * Works under a strict policy: script-src and frame-src with this file's origin are enough.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.preconsultLoaded) return;
  window.preconsultLoaded = true;

  const base = new URL(".", script.src);
  const REMEMBERED = "preconsult.panel";
  const READY_MS = 15_000;
  const CSS = `
    :host { all: initial; }
    * { box-sizing: border-box; }
    .root { font: 16px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; color-scheme: light; }
    [hidden], .panel:not(.is-open) { display: none !important; }
    button { font: inherit; cursor: pointer; }
    .launcher {
      position: fixed; right: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
      z-index: 2147483000; display: flex; align-items: center; gap: 10px; min-height: 56px; padding: 0 22px 0 18px;
      border: 2px solid #fff; border-radius: 30px; background: #0f5f5c; color: #fff; font-weight: 600;
      box-shadow: 0 4px 18px rgb(20 40 40 / 28%);
    }
    .launcher:hover { background: #0a4745; }
    :focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; }
    svg { fill: none; stroke: currentcolor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .badge {
      position: absolute; top: -8px; right: -4px; min-width: 26px; padding: 0 6px; border: 2px solid #fff;
      border-radius: 14px; background: #a61b1b; font-size: 14px; line-height: 22px; text-align: center;
    }
    .panel {
      position: fixed; right: max(20px, env(safe-area-inset-right)); bottom: 92px; z-index: 2147483000;
      width: 408px; height: min(660px, calc(100vh - 112px)); overflow: hidden; border-radius: 18px;
      background: #fbf9f6; color: #1e2b2e; box-shadow: 0 12px 48px rgb(20 40 40 / 30%);
    }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    .failed { padding: 28px; text-align: center; }
    .failed a { color: #0f5f5c; font-weight: 600; }
    .failed button { min-height: 44px; margin: 4px; padding: 0 20px; border: 1.5px solid #0f5f5c; border-radius: 22px; background: #fff; color: #0f5f5c; }
    .status { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    @media (max-width: 520px), (max-height: 480px) {
      .panel { inset: auto; top: var(--top, 0); left: 0; width: 100%; height: var(--height, 100dvh); border-radius: 0; }
      .panel.is-open ~ .launcher { visibility: hidden; }
    }
    @media print { .root { display: none; } }`;

  let words, root, panel, launcher, label, badge, status, frame, failed, readyTimer, pageOverflow;
  let isOpen = false;
  let isReady = false;
  let opener = null;

  function make(name, className, attributes = {}) {
    const node = document.createElement(name);
    node.className = className;
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  function icon() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", "M4 5.5h16v11h-9L6.5 20v-3.5H4zM8 9.5h8M8 12.7h5");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("width", "26");
    svg.setAttribute("height", "26");
    svg.setAttribute("aria-hidden", "true");
    svg.append(path);
    return svg;
  }

  /* The tab remembers whether the chat was used, so that it is there on the next page too. */
  function remembered(value) {
    try {
      if (value) sessionStorage.setItem(REMEMBERED, value);
      return sessionStorage.getItem(REMEMBERED);
    } catch {
      return null;
    }
  }

  function build() {
    const host = make("div", "", { "data-testid": "preconsult-chat" });
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    shadow.adoptedStyleSheets = [sheet];
    root = make("div", "root");
    panel = make("section", "panel", { "aria-label": words.panel, id: "panel" });
    launcher = make("button", "launcher", { type: "button", "aria-expanded": "false", "aria-controls": "panel" });
    label = make("span", "");
    badge = make("span", "badge", { "aria-hidden": "true" });
    status = make("p", "status", { role: "status" });
    badge.hidden = true;
    label.textContent = words.open;
    launcher.append(icon(), label, badge);
    root.append(panel, launcher, status);
    shadow.append(root);
    document.body.append(host);
  }

  function loadFrame() {
    if (frame) return;
    failed?.remove();
    frame = make("iframe", "", { title: words.panel, src: new URL("frame.html", base).href });
    frame.addEventListener("load", () => post({ type: "hello", phone: script.dataset.phone ?? "" }));
    panel.append(frame);
    readyTimer = setTimeout(showFailed, READY_MS);
  }

  function showFailed() {
    const phone = script.dataset.phone;
    const retry = make("button", "", { type: "button" });
    const close = make("button", "", { type: "button" });
    const call = make(phone ? "a" : "p", "");
    const sentence = make("p", "");
    sentence.textContent = words.failed;
    call.textContent = phone ? words.failedCall.replace("{phone}", phone) : words.failedCallClinic;
    if (phone) call.href = `tel:${phone.replace(/[^+\d]/g, "")}`;
    retry.textContent = words.retry;
    close.textContent = words.close;
    retry.addEventListener("click", loadFrame);
    close.addEventListener("click", close_);
    failed = make("div", "failed", { role: "alert" });
    failed.append(sentence, call, make("p", ""), retry, close);
    frame.remove();
    frame = null;
    isReady = false;
    panel.append(failed);
  }

  function post(message) {
    frame?.contentWindow?.postMessage({ preconsult: 1, ...message }, base.origin);
  }

  function open(byPatient, from) {
    opener = from ?? launcher;
    isOpen = true;
    loadFrame();
    draw();
    remembered("open");
    lockPage(true);
    if (byPatient) frame?.focus();
    if (isReady) post({ type: "opened", byPatient });
    else openedBy = byPatient;
  }

  let openedBy = false;

  function close_() {
    isOpen = false;
    draw();
    remembered("closed");
    lockPage(false);
    post({ type: "closed" });
    (opener?.isConnected ? opener : launcher).focus();
  }

  function draw() {
    panel.classList.toggle("is-open", isOpen);
    launcher.setAttribute("aria-expanded", String(isOpen));
    label.textContent = isOpen ? words.close : words.open;
    fit();
  }

  function fillsScreen() {
    return matchMedia("(max-width: 520px), (max-height: 480px)").matches;
  }

  /* The page behind a full-screen chat stays where it is. */
  function lockPage(lock) {
    const style = document.documentElement.style;
    if (lock && fillsScreen() && pageOverflow === undefined) {
      pageOverflow = style.overflow;
      style.overflow = "hidden";
    } else if (!lock && pageOverflow !== undefined) {
      style.overflow = pageOverflow;
      pageOverflow = undefined;
    }
  }

  /* A phone's keyboard shrinks only the visual viewport, and only the outer page can see that. */
  function fit() {
    const view = window.visualViewport;
    if (!view || !isOpen) return;
    panel.style.setProperty("--height", `${Math.round(view.height)}px`);
    panel.style.setProperty("--top", `${Math.round(view.offsetTop)}px`);
  }

  function showUnread(count) {
    const number = Number.isInteger(count) && count > 0 && !isOpen ? Math.min(count, 99) : 0;
    badge.hidden = number === 0;
    badge.textContent = String(number);
    const { one, other } = words.unread;
    status.textContent = number ? (number === 1 ? one : other.replace("{count}", number)) : "";
    launcher.setAttribute("aria-label", number ? `${words.open}. ${status.textContent}` : label.textContent);
  }

  function receive(event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== base.origin) return;
    if (event.data?.preconsult !== 1) return;
    if (event.data.type === "ready") {
      clearTimeout(readyTimer);
      isReady = true;
      if (isOpen) post({ type: "opened", byPatient: openedBy });
    }
    if (event.data.type === "close" && isOpen) close_();
    if (event.data.type === "unread") showUnread(event.data.count);
  }

  function listen() {
    launcher.addEventListener("click", () => (isOpen ? close_() : open(true)));
    root.addEventListener("keydown", (event) => event.key === "Escape" && isOpen && close_());
    window.addEventListener("message", receive);
    window.visualViewport?.addEventListener("resize", fit);
    window.visualViewport?.addEventListener("scroll", fit);
  }

  /* Heard from the start: who presses before the launcher's words are here is not forgotten. */
  let wanted = null;

  document.addEventListener("click", (event) => {
    const asked = event.target.closest?.("[data-preconsult-open]");
    if (!asked) return;
    event.preventDefault();
    if (launcher) open(true, asked);
    else wanted = asked;
  });

  async function start() {
    ({ words } = await import(new URL("launcher-words.js", base)));
    build();
    listen();
    const before = remembered();
    if (wanted) open(true, wanted);
    else if (before === "open" || (script.hasAttribute("data-open") && !before)) open(false);
    else if (before) loadFrame();
  }

  /* Placed in the head, the script may run before there is a body. */
  if (document.body) void start();
  else document.addEventListener("DOMContentLoaded", start);
})();
