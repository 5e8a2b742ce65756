// The view that says why a mention is linked as it is.

import { el } from "./dom.js";
import { awaited } from "./panel.js";
import { textOf } from "./pieces.js";

export class ReasonsView {
  kind = "reasons";

  constructor(service, article, mention) {
    const { start, end, label, text, candidates } = article.mentions[mention];
    this.asked = { text: textOf(article), start, end, ...(label ? { label } : {}) };
    this.service = service;
    this.title = `Why “${text}” is linked so`;
    this.choices = candidates.map(({ id, name }) => ({ ids: [id], name }));
    this.element = awaited(service.explain(this.asked), (told) => this.#draw(told), "The pipeline weighs it again …");
  }

  #draw({ lines, candidates }) {
    return [
      lines.length > 0 && linesOf(lines),
      ...candidates.map((candidate, i) => this.#candidate(candidate, i)),
      !lines.length && !candidates.length && el("p", {}, "The pipeline considered no concept for these words."),
    ].filter(Boolean);
  }

  #candidate({ id, name, lines }, i) {
    const section = el("section", { class: "reason" }, el("h4", {}, name, el("code", {}, id)), linesOf(lines));
    if (i === 0) return section;
    const compare = el("button", { type: "button", class: "link" }, "Why is this not the first one?");
    const asked = () => this.service.explain({ ...this.asked, concept_id: id });
    compare.addEventListener("click", () => compare.replaceWith(awaited(asked(), (told) => linesOf(told.lines))));
    section.append(compare);
    return section;
  }
}

const linesOf = (lines) => el("ul", { class: "lines" }, lines.map((line) => el("li", {}, line)));
