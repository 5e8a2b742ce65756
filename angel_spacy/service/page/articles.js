// The list of articles, drawn as far as it is scrolled.

import { byId, el, plural } from "./dom.js";

const PAGE = 100; // articles drawn at once

export class Articles {
  #session;
  #items = new Map(); // article's key -> element
  #shown = 0;
  #chosen = null;

  /** `open(article)` is called when one is chosen. */
  constructor(session, open) {
    this.#session = session;
    this.open = open;
    this.more = el("button", { type: "button", class: "quiet", onclick: () => this.#draw() }, "Show more articles");
    const observer = new IntersectionObserver(([seen]) => seen.isIntersecting && this.#draw());
    observer.observe(this.more);
    session.addEventListener("added", () => this.#draw());
    session.addEventListener("cleared", () => this.#forget());
    for (const name of ["linked", "decided"])
      session.addEventListener(name, ({ detail }) => this.#refresh(detail.article));
  }

  draw() {
    this.#draw();
  }

  /** Marks an article as the one that is read. */
  choose(article) {
    while (!this.#items.has(article.key)) this.#draw();
    this.#items.get(this.#chosen)?.removeAttribute("aria-current");
    this.#chosen = article.key;
    const item = this.#items.get(article.key);
    item.setAttribute("aria-current", "true");
    item.scrollIntoView({ block: "nearest" });
  }

  #draw() {
    const all = this.#session.articles;
    const next = all.slice(this.#shown, Math.max(PAGE, this.#shown + PAGE));
    this.#shown += next.length;
    byId("article-list").append(...next.map((article) => el("li", {}, this.#item(article))));
    byId("article-count").textContent = plural(all.length, "article");
    document.body.dataset.articles = all.length > 1 ? "many" : all.length ? "one" : "none";
    if (this.#shown < all.length) byId("articles").append(this.more);
    else this.more.remove();
  }

  #item(article) {
    const item = el("button", { type: "button", class: "article-item", onclick: () => this.open(article) });
    this.#items.set(article.key, item);
    this.#fill(item, article);
    return item;
  }

  #refresh(article) {
    const item = this.#items.get(article.key);
    if (item) this.#fill(item, article);
  }

  #fill(item, article) {
    const title = (article.title || article.abstract).slice(0, 140);
    item.replaceChildren(
      el("span", { class: "article-title" }, title || "(no text)"),
      el("span", { class: "article-state" }, `${article.id} · ${this.#state(article)}`),
    );
  }

  #state(article) {
    if (article.error) return "not linked";
    if (!article.linked) return "waits";
    return `${this.#session.nChecked(article)} of ${article.mentions.length} checked`;
  }

  #forget() {
    byId("article-list").replaceChildren();
    this.#items.clear();
    this.#shown = 0;
    this.#draw();
  }
}
