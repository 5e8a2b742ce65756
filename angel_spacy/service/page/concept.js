// The view of one concept of the knowledge base.

import { el, plural, webLink } from "./dom.js";
import { awaited } from "./panel.js";

const N_NAMES = 12; // shown before the rest is asked for

export class ConceptView {
  kind = "concept";
  title = "Concept";
  choices = [];

  /** `act.choose` links the chosen mention (`act.canChoose`) to a concept, `act.details` shows another one. */
  constructor(service, conceptId, act) {
    this.act = act;
    this.service = service;
    this.element = awaited(service.concept(conceptId), (concept) => this.#draw(concept));
  }

  focus = () => this.element.querySelector("button, a")?.focus();

  #draw({ id, name, names = [], types = [], definition, url, parents = [] }) {
    const choice = { ids: [id], name };
    if (this.act.canChoose()) this.choices = [choice];
    return [
      el("h3", {}, name),
      el(
        "p",
        { class: "facts" },
        webLink(url, id, `${id}, its page on the web`),
        types.map((type) => el("span", {}, type)),
      ),
      definition && el("p", { class: "definition" }, definition),
      this.act.canChoose() && el("div", { class: "actions" }, this.#button(choice)),
      this.#names(names),
      parents.length > 0 &&
        el("section", {}, el("h4", {}, "Wider concepts"), el("ul", { class: "parents" }, parents.map(this.#parent))),
    ].filter(Boolean);
  }

  #button = (choice) =>
    el(
      "button",
      { type: "button", class: "primary", onclick: () => this.act.choose(choice) },
      "Link the mention to it",
      el("kbd", {}, "1"),
    );

  #names(names) {
    const list = el(
      "ul",
      { class: "names" },
      names.slice(0, N_NAMES).map((name) => el("li", {}, name)),
    );
    const rest = names.slice(N_NAMES);
    const more = el("button", { type: "button", class: "link" }, `Show ${rest.length.toLocaleString("en")} more`);
    more.addEventListener("click", () => {
      list.append(...rest.map((name) => el("li", {}, name)));
      more.remove();
    });
    return el("section", {}, el("h4", {}, plural(names.length, "name")), list, rest.length > 0 && more);
  }

  /** A wider concept, by its id until its name is known. */
  #parent = (id) => {
    const button = el("button", { type: "button", class: "link", onclick: () => this.act.details(id) }, id);
    this.service
      .concept(id)
      .then(({ name }) => (button.textContent = name))
      .catch(() => {});
    return el("li", {}, button);
  };
}
