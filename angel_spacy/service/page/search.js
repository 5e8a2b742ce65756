// The view that searches the knowledge base while somebody types.

import { el, plural, say } from "./dom.js";

const MOST = 200; // characters that the service searches for
const PAUSE = 200; // ms after the last key

export class SearchView {
  kind = "search";
  title = "Search the knowledge base";
  choices = [];
  #timer = 0;
  #asked = new AbortController();

  /** `act.choose` links the chosen mention (`act.canChoose`) to a concept, `act.details` shows one. */
  constructor(service, words, act) {
    this.service = service;
    this.act = act;
    this.input = el("input", {
      type: "search",
      id: "search-words",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: MOST,
      value: words.slice(0, MOST),
      oninput: () => this.#later(),
      onkeydown: (event) => this.#key(event),
    });
    this.results = el("ol", { class: "candidates", "aria-label": "Concepts found", tabindex: -1 });
    this.state = el("p", { class: "soft" });
    this.element = el(
      "div",
      { class: "search-view", onkeydown: (event) => this.#move(event) },
      el("label", { for: "search-words" }, "Name or id of a concept"),
      this.input,
      this.state,
      this.results,
    );
    this.#search();
  }

  focus = () => {
    this.input.focus();
    this.input.select();
  };

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), PAUSE);
  }

  #search() {
    return (this.searching = this.#ask());
  }

  async #ask() {
    this.#asked.abort();
    this.#asked = new AbortController();
    this.choices = [];
    const words = (this.words = this.input.value.trim());
    if (!words) return this.#draw([], "Type a part of a name.");
    try {
      const { concepts } = await this.service.search(words, this.#asked.signal);
      this.#draw(concepts, this.#found(concepts.length));
      say(plural(concepts.length, "concept") + " found");
    } catch (error) {
      if (error.name !== "AbortError") this.#draw([], error.message);
    }
  }

  /** From the words to the first concept that they find. */
  async #enter() {
    this.results.focus(); // at once: a digit is no word any more
    clearTimeout(this.#timer);
    if (this.input.value.trim() !== this.words) await this.#search();
    else await this.searching;
    this.results.querySelector(".choice")?.focus();
  }

  #found(n) {
    if (!n) return "No concept is called so. Try fewer letters, or another name of it.";
    return this.act.canChoose() ? "Enter goes to the concepts; there a digit links the mention." : plural(n, "concept");
  }

  #draw(concepts, state) {
    this.choices = this.act.canChoose() ? concepts.map(({ id, name }) => ({ ids: [id], name })) : [];
    this.state.textContent = state;
    this.results.replaceChildren(...concepts.map((concept, i) => this.#result(concept, i)));
  }

  #result({ id, name, names = [], types = [] }, i) {
    const take = () => (this.act.canChoose() ? this.act.choose({ ids: [id], name }) : this.act.details(id));
    const others = names
      .filter((other) => other !== name)
      .slice(0, 3)
      .join(", ");
    return el(
      "li",
      { class: "candidate" },
      el(
        "button",
        { type: "button", class: "choice", onclick: take, "aria-label": `${i + 1}: ${name}, ${id}` },
        i < 9 && this.act.canChoose() ? el("kbd", {}, i + 1) : el("span", { class: "no-key" }),
        el("span", { class: "choice-name" }, name),
      ),
      el(
        "div",
        { class: "beside" },
        el(
          "div",
          {},
          el(
            "p",
            { class: "facts" },
            el("span", {}, id),
            types.map((type) => el("span", {}, type)),
          ),
          others && el("p", { class: "others" }, others),
        ),
        el(
          "button",
          { type: "button", class: "link", "aria-label": `About ${name}`, onclick: () => this.act.details(id) },
          "About",
        ),
      ),
    );
  }

  #key(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#enter();
  }

  /** Up and down between the words and the concepts. */
  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const stops = [this.input, ...this.results.querySelectorAll(".choice")];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
  }
}
