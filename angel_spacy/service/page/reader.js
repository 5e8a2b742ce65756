// The text of an article with its mentions. Blocks are plain text until they come near the screen.

import { byId, el, icon, plural } from "./dom.js";
import { unitPositions } from "./offsets.js";
import { blocksOf, piecesOf, textOf } from "./pieces.js";
import { CONFIRMED, CORRECTED, UNCHECKED } from "./session.js";
import { typeClass } from "./types.js";

const NEAR = "1200px";
const LONGEST_NAME = 36; // characters of a concept's name that stand in the text

export class Reader {
  #session;
  #blocks = new Map(); // element -> pieces, of those that are plain text as yet
  #blockOf = []; // mention -> element
  #marks = new Map(); // mention -> its elements
  #observer = null;
  #legend = el("div", { class: "legend" });
  order = []; // mentions as they stand in the text
  article = null;
  chosen = -1;

  /** `choose(mention)` is called when one is clicked. */
  constructor(session, choose) {
    this.#session = session;
    byId("reader").addEventListener("click", (event) => {
      const mark = event.target.closest("[data-mention]");
      if (mark) choose(Number(mark.dataset.mention));
    });
  }

  /** Draws an article, or that it waits, or why it has no mentions. */
  show(article) {
    this.#observer?.disconnect();
    this.#observer = new IntersectionObserver((seen) => this.#near(seen), { rootMargin: NEAR });
    [this.#blocks, this.#marks].forEach((kept) => kept.clear());
    this.#blockOf = [];
    this.article = article;
    this.chosen = -1;
    this.order = article.mentions.map((_, i) => i).sort((a, b) => compare(article.mentions[a], article.mentions[b]));
    this.#drawLegend();
    byId("reader").replaceChildren(
      el("p", { class: "article-id" }, article.id),
      this.#legend,
      el("article", { class: "text", "aria-label": `Text of ${article.id}` }, this.#draw(article)),
    );
  }

  /** The mention after or before the chosen one in the text, or -1. */
  neighbour(step) {
    const place = this.order.indexOf(this.chosen);
    return this.order[place < 0 ? (step > 0 ? 0 : this.order.length - 1) : place + step] ?? -1;
  }

  placeOf = (mention) => (this.order.indexOf(mention) + 1).toLocaleString("en");

  /** Makes a mention the chosen one: in view, and with the focus. */
  choose(mention) {
    const before = this.chosen;
    this.chosen = mention;
    this.#fill(this.#blockOf[mention]);
    [before, mention].filter((one) => one >= 0).forEach((one) => this.#dressAll(one));
    const head = this.#head(mention);
    head.focus({ preventScroll: true });
    head.scrollIntoView({ block: "nearest" });
  }

  leave() {
    const before = this.chosen;
    this.chosen = -1;
    if (before >= 0) this.#dressAll(before);
  }

  focus = () => this.#head(this.chosen)?.focus();

  /** Draws one mention anew, because something was decided about it. */
  refresh(mention) {
    this.#dressAll(mention);
    this.#drawLegend();
  }

  #draw(article) {
    const text = textOf(article);
    const unit = unitPositions(text);
    const spans = article.mentions.map(({ start, end }) => ({ start: unit(start), end: unit(end) }));
    const titleEnd = article.abstract ? article.title.length : text.length && article.title.length;
    return blocksOf(piecesOf(spans, text.length), text, titleEnd).map((block) => this.#block(block, text));
  }

  #block({ pieces, isTitle }, text) {
    const whole = text.slice(pieces[0].start, pieces.at(-1).end);
    const element = el(isTitle ? "h2" : "div", { class: isTitle ? "title" : "block" }, whole);
    pieces.filter(({ head }) => head).forEach(({ mention }) => (this.#blockOf[mention] = element));
    this.#blocks.set(element, { pieces, text });
    this.#observer.observe(element);
    return element;
  }

  #near(seen) {
    seen.filter((entry) => entry.isIntersecting).forEach((entry) => this.#fill(entry.target));
  }

  /** Marks the mentions of a block, once. */
  #fill(element) {
    if (!this.#blocks.has(element)) return;
    const { pieces, text } = this.#blocks.get(element);
    this.#blocks.delete(element);
    this.#observer.unobserve(element);
    element.replaceChildren(...pieces.map((piece) => this.#piece(piece, text.slice(piece.start, piece.end))));
  }

  #piece(piece, words) {
    if (piece.mention < 0) return words;
    const mark = el("span", { "data-mention": piece.mention }, words);
    if (!this.#marks.has(piece.mention)) this.#marks.set(piece.mention, []);
    this.#marks.get(piece.mention).push({ mark, ...piece, words });
    this.#dress({ mark, ...piece, words });
    return mark;
  }

  #head = (mention) => this.#marks.get(mention)?.find(({ head }) => head).mark;

  #dressAll = (mention) => this.#marks.get(mention)?.forEach((piece) => this.#dress(piece));

  /** What a piece of a mention looks like and is called now. */
  #dress({ mark, mention, head, tail, words }) {
    const { label, text } = this.article.mentions[mention];
    const status = this.#session.statusOf(this.article, mention);
    const link = this.#session.linkOf(this.article, mention);
    const chosen = mention === this.chosen;
    mark.className = `mention ${typeClass(label)} ${link.ids.length ? "" : "nil"} ${chosen ? "chosen" : ""}`;
    if (head) {
      const first = this.chosen < 0 && mention === this.order[0];
      setAttributes(mark, { role: "button", tabindex: chosen || first ? 0 : -1, "aria-pressed": chosen });
      mark.setAttribute("aria-label", `${text}, ${label || "no label"}, ${link.name || "no concept"}, ${status}`);
    }
    mark.replaceChildren(words, ...(tail ? [tag(label, text, link, status)] : []));
  }

  #drawLegend() {
    const counts = new Map();
    for (const { label } of this.article.mentions) counts.set(label, (counts.get(label) ?? 0) + 1);
    const chips = [...counts]
      .sort()
      .map(([label, n]) =>
        el("li", { class: `chip ${typeClass(label)}` }, label || "no label", el("span", { class: "count" }, n)),
      );
    this.#legend.replaceChildren(el("ul", { "aria-label": "Labels" }, chips), el("p", {}, this.#progress()));
  }

  #progress() {
    const { linked, error, mentions } = this.article;
    if (error) return `Not linked: ${error}`;
    if (!linked) return "Waits to be linked";
    if (!mentions.length) return "Nothing was found in this text";
    return `${this.#session.nChecked(this.article)} of ${plural(mentions.length, "mention")} checked`;
  }
}

const compare = (a, b) => a.start - b.start || b.end - a.end;

const setAttributes = (element, attributes) =>
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));

const shortened = (name) => (name.length > LONGEST_NAME ? `${[...name].slice(0, LONGEST_NAME).join("")}…` : name);

/** The label behind a mention, the concept where it is called otherwise, and whether somebody checked it. */
function tag(label, text, link, status) {
  const same = link.name.toLowerCase() === text.toLowerCase();
  const concept = link.ids.length ? !same && shortened(link.name) : "no concept";
  const mark = { [UNCHECKED]: null, [CONFIRMED]: "check", [CORRECTED]: "pen" }[status];
  return el(
    "span",
    { class: "tag", "aria-hidden": "true" },
    el("b", {}, label, mark && icon(mark)),
    concept && el("span", { class: "tag-concept" }, concept),
  );
}
