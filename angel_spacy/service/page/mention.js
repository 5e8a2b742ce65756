// The view of one mention: what it is linked to, its candidates, and what to do about it.

import { el, icon, percent, webLink } from "./dom.js";
import { CONFIRMED, CORRECTED, predictedLink } from "./session.js";
import { typeClass } from "./types.js";

const SETTLE = 250; // ms until the addresses of the candidates' pages are asked for
const STATES = { [CONFIRMED]: "Confirmed", [CORRECTED]: "Corrected" };

export class MentionView {
  kind = "mention";
  element = el("div", { class: "mention-view" });

  /** `act` has what the buttons do: choose(choice), confirm, nil, search, explain, details(concept id). */
  constructor(session, service, article, mention, act) {
    Object.assign(this, { session, service, article, mention, act, row: article.mentions[mention] });
    this.choices = this.row.candidates.map(({ id, name }) => ({ ids: [id], name }));
    this.draw();
    setTimeout(() => this.#addLinks(), SETTLE);
  }

  /** Draws all anew and leaves the focus where it was. */
  draw() {
    const focused = this.element.contains(document.activeElement) && document.activeElement.dataset.name;
    const link = this.session.linkOf(this.article, this.mention);
    this.element.replaceChildren(this.#heading(link), this.#candidates(link), this.#actions());
    if (focused) this.element.querySelector(`[data-name="${focused}"]`)?.focus();
    this.#drawLinks();
  }

  focus = () => this.act.focusText();

  #heading(link) {
    const { text, label } = this.row;
    return el(
      "header",
      { class: "mention-head" },
      el("h3", {}, text, label && el("span", { class: `chip ${typeClass(label)}` }, label)),
      el(
        "p",
        { class: "linked" },
        link.ids.length ? link.name : "No concept",
        link.ids.length > 0 && el("code", {}, link.ids.join(", ")),
      ),
      el("p", { class: "state" }, this.#state()),
    );
  }

  #state() {
    const status = this.session.statusOf(this.article, this.mention);
    if (status === CORRECTED) {
      return [icon("pen"), `${STATES[status]}. The pipeline chose ${predictedLink(this.row).name || "no concept"}.`];
    }
    if (status === CONFIRMED) return [icon("check"), `${STATES[status]}.`];
    return [`Not checked yet.${this.row.nil_reason ? ` Not linked because: ${this.row.nil_reason}.` : ""}`];
  }

  #candidates(link) {
    const rows = this.row.candidates.map((candidate, i) => this.#candidate(candidate, i, link));
    const none = this.#choice(0, "No concept of these (NIL)", !link.ids.length, () => this.act.nil());
    return el(
      "section",
      { "aria-label": "Candidates" },
      el("h4", {}, "Candidates"),
      el("ol", { class: "candidates" }, rows, el("li", { class: "candidate" }, none)),
    );
  }

  #candidate({ id, name, generated_name: written, probability, types }, i, link) {
    const bar = el("span", { class: "part" });
    bar.style.setProperty("--part", probability);
    const chosen = link.ids.length === 1 && link.ids[0] === id;
    const choose = () => this.act.choose(this.choices[i]);
    return el(
      "li",
      { class: "candidate" },
      this.#choice(i + 1, name, chosen, choose, percent(probability), bar),
      el(
        "div",
        { class: "beside" },
        el(
          "p",
          { class: "facts" },
          el("span", { "data-concept": id }, id),
          types.map((type) => el("span", {}, type)),
          written && written.toLowerCase() !== name.toLowerCase() && el("span", {}, `written as “${written}”`),
        ),
        el(
          "button",
          {
            type: "button",
            class: "link",
            "data-name": `about-${i}`,
            "aria-label": `About ${name}`,
            onclick: () => this.act.details(id),
          },
          "About",
        ),
      ),
    );
  }

  /** The button that makes a concept the mention's one; candidates from the tenth on have no key. */
  #choice(number, name, chosen, choose, share = "", bar = null) {
    const key = number <= 9 ? el("kbd", {}, number) : el("span", { class: "no-key" });
    const label = [number <= 9 ? `${number}: ${name}` : name, share].filter(Boolean).join(", ");
    return el(
      "button",
      {
        type: "button",
        class: "choice",
        "aria-pressed": String(chosen),
        "aria-label": label,
        "data-name": `choice-${number}`,
        onclick: choose,
      },
      key,
      el("span", { class: "choice-name" }, name),
      share && el("span", { class: "share" }, share),
      bar,
    );
  }

  #actions() {
    const action = (name, key, words, run) =>
      el(
        "button",
        { type: "button", "data-name": name, class: name === "confirm" && "primary", onclick: run },
        words,
        el("kbd", {}, key),
      );
    return el(
      "div",
      { class: "actions" },
      action("confirm", "Enter", "Confirm", () => this.act.confirm()),
      action("search", "/", "Search", () => this.act.search()),
      action("explain", "e", "Explain", () => this.act.explain()),
      action("undo", "u", "Undo", () => this.act.undo()),
    );
  }

  /** Ids become links as soon as the service says where their pages are. */
  async #addLinks() {
    if (!this.element.isConnected) return;
    this.urls = new Map();
    for (const { id } of this.row.candidates) {
      const concept = await this.service.concept(id).catch(() => ({}));
      this.urls.set(id, concept.url);
      if (!this.element.isConnected) return;
    }
    this.#drawLinks();
  }

  #drawLinks() {
    for (const place of this.element.querySelectorAll("[data-concept]")) {
      const id = place.dataset.concept;
      const url = this.urls?.get(id);
      if (url) place.replaceChildren(webLink(url, id, `${id}, its page on the web`));
    }
  }
}
