/**
 * The page around the frame. The first `hello` of the parent window fixes the one origin that is
 * listened to and spoken to; who may embed the frame at all is decided by its frame-ancestors.
 * Nothing that a patient wrote ever goes out this way.
 */
export class Host {
  #window;
  #origin = null;
  #on;
  isOpen = true;

  /** @param {object} on `opened({byPatient})`, `closed()`, `phone(text)` */
  constructor(window, on) {
    this.#window = window;
    this.#on = on;
    if (this.isEmbedded) {
      this.isOpen = false;
      window.addEventListener("message", (event) => this.#receive(event));
    }
  }

  get isEmbedded() {
    return this.#window.parent !== this.#window;
  }

  close() {
    this.#post({ type: "close" });
  }

  unread(count) {
    this.#post({ type: "unread", count });
  }

  #receive(event) {
    if (event.source !== this.#window.parent || event.data?.preconsult !== 1) return;
    if (this.#origin === null && event.data.type === "hello") this.#greet(event);
    if (event.origin !== this.#origin) return;
    if (event.data.type === "opened") this.#opened(event.data.byPatient === true);
    if (event.data.type === "closed") this.#closed();
  }

  #greet(event) {
    this.#origin = event.origin;
    if (typeof event.data.phone === "string") this.#on.phone(event.data.phone.slice(0, 40));
    this.#post({ type: "ready" });
  }

  #opened(byPatient) {
    this.isOpen = true;
    this.#on.opened({ byPatient });
  }

  #closed() {
    this.isOpen = false;
    this.#on.closed();
  }

  #post(message) {
    if (this.#origin) this.#window.parent.postMessage({ preconsult: 1, ...message }, this.#origin);
  }
}
