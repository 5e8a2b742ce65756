// Articles, what the pipeline linked in them, and what a person decided. Tells of changes as events.

import { textOf } from "./pieces.js";

export const UNCHECKED = "not checked";
export const CONFIRMED = "confirmed";
export const CORRECTED = "corrected";

const TAB = Math.random().toString(36).slice(2, 8);

export class Session extends EventTarget {
  articles = [];
  #byKey = new Map();
  #byId = new Map();
  #decisions = new Map(); // article's key -> mention -> {ids, name}
  #past = []; // [key, mention, what was decided before]
  #store;

  constructor(store) {
    super();
    this.#store = store;
  }

  /** Takes up what the browser kept. */
  async restore() {
    const { articles, decisions } = await this.#store.read();
    for (const article of articles) this.#take({ ...article, id: this.#freeId(article, () => false) });
    decisions.forEach(({ key, mention, ids, name }) => this.#decided(key).set(mention, { ids, name }));
  }

  /** Adds articles that are not there yet, with an id of their own each; returns the new ones. */
  add(articles, { linked, given = false }) {
    const added = [];
    for (const article of articles) {
      const id = this.#freeId(article, (other) => textOf(other) === textOf(article));
      if (id === null) continue;
      added.push({ ...article, id, key: newKey(added.length), linked, given });
      this.#take(added.at(-1));
    }
    this.#store.keepArticles(added);
    this.#tell("added");
    return added;
  }

  /** Puts the answer of the service in the place of an article that waited for it. */
  setLinked(key, answer) {
    const waiting = this.#byKey.get(key);
    if (!waiting) return; // forgotten meanwhile
    const { id, title, abstract } = waiting;
    Object.assign(waiting, answer, { id, title, abstract, key, linked: true, mentions: answer.mentions ?? [] });
    this.#store.keepArticles([waiting]);
    this.#tell("linked", { article: waiting });
  }

  /** Notes a decision `{ids, name}` about a mention. */
  decide(article, mention, decision) {
    this.#past.push([article.key, mention, this.#decided(article.key).get(mention)]);
    this.#note(article, mention, decision);
  }

  /** Takes the last decision back; returns what it was about, or null. */
  undo() {
    if (!this.#past.length) return null;
    const [key, mention, before] = this.#past.pop();
    const article = this.#byKey.get(key);
    this.#note(article, mention, before);
    return { article, mention };
  }

  /** The concepts of a mention as they are now: `{ids, name}`, no ids for none. */
  linkOf(article, mention) {
    return this.#decisions.get(article.key)?.get(mention) ?? predictedLink(article.mentions[mention]);
  }

  statusOf(article, mention) {
    const decision = this.#decisions.get(article.key)?.get(mention);
    if (!decision) return UNCHECKED;
    return sameIds(decision.ids, article.mentions[mention].concept_ids) ? CONFIRMED : CORRECTED;
  }

  /** The numbers of the mentions that were decided about, in order. */
  checked = (article) => [...(this.#decisions.get(article.key)?.keys() ?? [])].sort((a, b) => a - b);

  nChecked = (article) => this.#decisions.get(article.key)?.size ?? 0;

  async clear() {
    this.articles = [];
    [this.#byKey, this.#byId, this.#decisions].forEach((kept) => kept.clear());
    this.#past = [];
    await this.#store.clear();
    this.#tell("cleared");
  }

  #take(article) {
    this.articles.push(article);
    this.#byKey.set(article.key, article);
    this.#byId.set(article.id, article);
  }

  #note(article, mention, decision) {
    if (decision) {
      this.#decided(article.key).set(mention, decision);
      this.#store.keepDecision({ key: article.key, mention, ...decision });
    } else {
      this.#decided(article.key).delete(mention);
      this.#store.dropDecision(article.key, mention);
    }
    this.#tell("decided", { article, mention });
  }

  #decided(key) {
    if (!this.#decisions.has(key)) this.#decisions.set(key, new Map());
    return this.#decisions.get(key);
  }

  /** The article's id, or one like it where another article has that; null where it `isSame` as such a one. */
  #freeId(article, isSame) {
    for (let n = 1; ; n++) {
      const id = n === 1 ? article.id : `${article.id}-${n}`;
      const other = this.#byId.get(id);
      if (!other) return id;
      if (isSame(other)) return null;
    }
  }

  #tell = (name, detail = {}) => this.dispatchEvent(new CustomEvent(name, { detail }));
}

/** A key that no other tab gives; keys are in the order of time. */
const newKey = (n) => `${Date.now()}-${String(n).padStart(7, "0")}-${TAB}`;

/** What the pipeline chose: `{ids, name}`. */
export function predictedLink({ concept_ids: ids, candidates }) {
  const name = candidates.find((candidate) => candidate.id === ids[0])?.name ?? ids.join(", ");
  return { ids, name };
}

const sameIds = (some, others) => some.length === others.length && some.every((id, i) => id === others[i]);
