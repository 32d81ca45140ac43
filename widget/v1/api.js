import { words } from "./words.js";

/** A refusal or a failure, with a sentence for the patient. `status` 0 means no answer came. */
export class ApiError extends Error {
  constructor(status, code, sentence, retryAfterMs = 0) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.sentence = sentence;
    this.retryAfterMs = retryAfterMs;
  }

  /** The visit is over or unknown: only a new one helps. */
  get visitIsOver() {
    return this.status === 401 || ["no_such_conversation", "not_yours"].includes(this.code);
  }

  /** The same request may succeed later, unchanged. */
  get isTemporary() {
    return this.status === 0 || this.status >= 500 || [408, 425, 429].includes(this.status);
  }
}

/** How long one request may take, in ms; the feed is not bound by it. */
const TIMEOUT_MS = 20_000;

/** The front desk's web chat over HTTP. The visitor's token travels in a header, never in a URL. */
export class Api {
  #fetch;
  #base;

  constructor({ base = "/api/v1", fetch = (...args) => globalThis.fetch(...args) } = {}) {
    this.#base = base;
    this.#fetch = fetch;
  }

  clinic() {
    return this.#json("GET", "/clinic");
  }

  /** A new visit: `{token, expires_at, conversation: {id}}`. */
  openVisit() {
    return this.#json("POST", "/visits", { body: {} });
  }

  /** `{messages, state}` of everything that came after message `after`. */
  messages(visit, after) {
    return this.#json("GET", `${path(visit)}/messages?after=${after}`, { token: visit.token });
  }

  /** Hand in `{client_id, text | choice}`; the same `client_id` may be sent again. */
  send(visit, message) {
    return this.#json("POST", `${path(visit)}/messages`, { token: visit.token, body: message });
  }

  /** The patient has seen the messages up to `number`. */
  read(visit, number) {
    return this.#json("POST", `${path(visit)}/read`, { token: visit.token, body: { number } });
  }

  /** The patient is writing; it holds for ten seconds. */
  typing(visit) {
    return this.#json("POST", `${path(visit)}/typing`, { token: visit.token, body: {} });
  }

  /** Have a code texted to `phone`: `{phone_display, good_for_minutes}`. `how` is `link` or `full`. */
  sendCode(visit, phone, how) {
    return this.#json("POST", `${path(visit)}/phone`, { token: visit.token, body: { phone, how } });
  }

  /** The code from the text; gives the new state. */
  giveCode(visit, code) {
    return this.#json("POST", `${path(visit)}/phone/code`, { token: visit.token, body: { code } });
  }

  /** No more answers by text; gives the new state. */
  stopTexts(visit) {
    return this.#json("DELETE", `${path(visit)}/phone`, { token: visit.token });
  }

  /** A visit, as `openVisit` gives it, for the token of a link that was texted; once for a client. */
  useLink(token, clientId) {
    return this.#json("POST", "/links", { body: { token, client_id: clientId } });
  }

  end(visit) {
    return this.#json("POST", `${path(visit)}/end`, { token: visit.token, body: {} });
  }

  /** The open response of the live feed, from the message after `cursor` on. */
  async feed(visit, cursor, signal) {
    const headers = {
      Accept: "text/event-stream",
      Authorization: `Bearer ${visit.token}`,
      "Last-Event-ID": String(cursor),
    };
    const response = await this.#reach(`${path(visit)}/feed`, { headers, signal });
    if (!response.ok) throw await refusal(response);
    return response;
  }

  async #json(method, url, { token, body } = {}) {
    const headers = { Accept: "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const response = await this.#reach(url, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw await refusal(response);
    return response.status === 204 ? null : parsed(response);
  }

  async #reach(url, options) {
    try {
      return await this.#fetch(this.#base + url, {
        cache: "no-store",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        ...options,
      });
    } catch {
      throw new ApiError(0, "network", words.errors.network);
    }
  }
}

function path(visit) {
  return `/conversations/${encodeURIComponent(visit.conversationId)}`;
}

async function parsed(response) {
  try {
    return await response.json();
  } catch {
    // A proxy's page with status 200, or a body cut off half way.
    throw new ApiError(0, "network", words.errors.network);
  }
}

async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After")) || 0;
  const sentence = sentenceFor(response.status, body);
  return new ApiError(response.status, body.code ?? "unknown", sentence, seconds * 1000);
}

/** Our own words for the patient; the front desk's sentence is for programs, unless it is advice. */
export function sentenceFor(status, { code, error }) {
  if (code === "emergency" && typeof error === "string") return error;
  const fallback = status >= 500 ? words.errors.server : words.errors.refused;
  return Object.hasOwn(words.errors.byCode, code ?? "") ? words.errors.byCode[code] : fallback;
}
