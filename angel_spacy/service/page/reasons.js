// The view that says why a mention is linked as it is.

import { el } from "./dom.js";
import { awaited } from "./panel.js";
import { textOf } from "./pieces.js";

const WEIGHT = /^(\S.*?):? ([+-]\d+\.?\d*)$/; // "similar +3.2": a piece of evidence, and what it adds

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

  /** The candidates with their evidence, then what the lines say beyond that. */
  #draw({ lines, candidates }) {
    const more = lines.filter((line) => !candidates.some(({ id }) => line.startsWith(`${id} `)));
    const words = candidates.length
      ? "What speaks for a concept, and how much that adds to its score; what has a minus speaks against it."
      : "The pipeline considered no concept for these words.";
    return el(
      "div",
      { class: "reasons" },
      el("p", { class: "soft" }, words),
      more.length > 0 && linesOf(more),
      candidates.map((one, i) => this.#candidate(one, i)),
    );
  }

  #candidate({ id, name, lines }, i) {
    const section = el("section", { class: "reason" }, el("h4", {}, name, el("code", {}, id)), linesOf(lines));
    if (i === 0) return section;
    const compare = el(
      "button",
      { type: "button", class: "link", "aria-label": `Why is ${name} not the first one?` },
      "Why is this not the first one?",
    );
    const asked = () => this.service.explain({ ...this.asked, concept_id: id });
    compare.addEventListener("click", () => compare.replaceWith(awaited(asked(), (told) => linesOf(told.lines))));
    section.append(compare);
    return section;
  }
}

/** Lines as they are; those that are a weight with a bar. */
function linesOf(lines) {
  const weights = lines.map((line) => WEIGHT.exec(line));
  const most = Math.max(1, ...weights.map((found) => Math.abs(found?.[2] ?? 0)));
  return el(
    "ul",
    { class: "lines" },
    lines.map((line, i) => (weights[i] ? weightOf(weights[i], most) : el("li", {}, line))),
  );
}

function weightOf([, name, value], most) {
  const bar = el("span", { class: "part" });
  bar.style.setProperty("--part", Math.abs(value) / most);
  return el(
    "li",
    { class: `weight ${value < 0 ? "against" : ""}` },
    el("span", {}, name.replaceAll("_", " ")),
    bar,
    el("span", { class: "share" }, value.replace("-", "−")),
  );
}
