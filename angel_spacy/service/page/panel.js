// The side panel shows one view at a time; each lies on the one that it was opened from.

import { byId, el, icon } from "./dom.js";

export class Panel {
  #views = []; // {title, element, choices, focus}, the one that is seen last
  #closed;

  /** `closed()` is called when the last view is left. */
  constructor(closed) {
    this.#closed = closed;
    byId("panel-back").addEventListener("click", () => this.back());
  }

  /** The view that is seen, or undefined. */
  get view() {
    return this.#views.at(-1);
  }

  /** Shows a view alone. */
  show(view) {
    this.#views = [view];
    this.#draw();
  }

  /** Lays a view on the others; one of the same kind takes the place of the last. */
  open(view) {
    if (this.view?.kind === view.kind) this.#views.pop();
    this.#views.push(view);
    this.#draw();
  }

  back() {
    this.#views.pop();
    this.#draw();
    if (!this.#views.length) this.#closed();
    else this.view.focus?.();
  }

  clear() {
    this.#views = [];
    this.#draw();
  }

  #draw() {
    const view = this.view;
    document.body.dataset.panel = view ? "open" : "closed";
    byId("panel-title").textContent = view?.title ?? "Links";
    byId("panel-back").hidden = !view;
    byId("panel-back").replaceChildren(icon(this.#views.length > 1 ? "back" : "close"));
    byId("panel-back").setAttribute("aria-label", this.#views.length > 1 ? "Back" : "Close");
    byId("panel-view").replaceChildren(view ? view.element : byId("panel-hint").content.cloneNode(true));
    byId("panel").scrollTop = 0;
  }
}

/** Text that stands where an answer is awaited, then what it gives, or the error's sentence. */
export function awaited(answer, draw, words = "One moment …") {
  const place = el("div", { class: "awaited", "aria-busy": "true" }, el("p", { class: "soft" }, words));
  answer
    .then((found) => place.replaceChildren(...[draw(found)].flat()))
    .catch((error) => place.replaceChildren(el("p", { class: "problem", role: "alert" }, error.message)))
    .finally(() => place.removeAttribute("aria-busy"));
  return place;
}
