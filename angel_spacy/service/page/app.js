// Wiring: what is chosen, and what keys and buttons do about it.

import { Adding } from "./adding.js";
import { Articles } from "./articles.js";
import { ConceptView } from "./concept.js";
import { byId, notify, plural, say } from "./dom.js";
import { Exporting } from "./exporting.js";
import { forGood } from "./kept.js";
import { Keys } from "./keys.js";
import { Linking } from "./linking.js";
import { MentionView } from "./mention.js";
import { Panel } from "./panel.js";
import { Reader } from "./reader.js";
import { ReasonsView } from "./reasons.js";
import { SearchView } from "./search.js";
import { Service } from "./service.js";
import { Session } from "./session.js";
import { askKey, askToForget, showList, switchTheme, tellBusy, tellProgress } from "./shell.js";
import { Store } from "./store.js";
import { knowTypes } from "./types.js";

const PLACE = "angel-article"; // the one that was read last
const NONE = { ids: [], name: "" };

class App {
  store = new Store(
    () => this.#notKept(),
    () => this.#changedElsewhere(),
  );
  service = new Service(askKey, tellBusy);
  session = new Session(this.store);
  reader = new Reader(this.session, (mention) => this.choose(mention));
  panel = new Panel(() => this.#left());
  articles = new Articles(this.session, (article) => this.open(article));
  linking = new Linking(this.session, this.service, tellProgress, (error) => this.#stopped(error));
  adding = new Adding(this.session, this.service, (added) => this.#added(added));
  exporting = new Exporting(this.session, () => this.pipeline);

  /** What the views may do. */
  act = {
    choose: (choice) => this.decide(choice),
    confirm: () => this.confirm(),
    nil: () => this.decide(NONE),
    undo: () => this.undo(),
    search: () => this.search(),
    explain: () => this.explain(),
    details: (conceptId) => this.details(conceptId),
    canChoose: () => this.reader.chosen >= 0,
    focusText: () => this.reader.focus(),
  };

  async start() {
    this.#listen();
    this.#greet();
    await this.session.restore();
    this.articles.draw();
    const last = forGood.get(PLACE);
    const article = this.session.articles.find(({ key }) => key === last) ?? this.session.articles[0];
    if (article) this.open(article);
    document.body.dataset.ready = "yes";
    this.linking.run();
  }

  open(article) {
    forGood.set(PLACE, article.key);
    this.panel.clear();
    this.reader.show(article);
    this.articles.choose(article);
    showList(false);
  }

  /** Makes a mention of the article the chosen one. */
  choose(mention) {
    const { article } = this.reader;
    const view = new MentionView(this.session, this.service, article, mention, this.act);
    view.title = `Mention ${this.reader.placeOf(mention)} of ${article.mentions.length.toLocaleString("en")}`;
    this.panel.show(view);
    this.reader.choose(mention);
  }

  /** To the next mention, over the end of the article too. */
  move(step) {
    if (!this.reader.article) return false;
    const mention = this.reader.neighbour(step);
    if (mention >= 0) return this.choose(mention);
    const all = this.session.articles;
    let place = all.indexOf(this.reader.article) + step;
    while (all[place] && !all[place].mentions.length) place += step;
    if (!all[place]) return say(step > 0 ? "This was the last mention" : "This was the first mention");
    this.open(all[place]);
    this.choose(this.reader.neighbour(step));
  }

  moveArticle(step) {
    const all = this.session.articles;
    const article = all[all.indexOf(this.reader.article) + step];
    if (article) this.open(article);
    else say("There is no other article there");
  }

  /** Links the chosen mention to the concept with this number in the view; 0 is none. */
  number(digit) {
    if (this.reader.chosen < 0) return false;
    const choice = digit ? this.panel.view?.choices[digit - 1] : NONE;
    if (choice) this.decide(choice);
    else say(`There is no concept ${digit} here`);
  }

  confirm() {
    const { article, chosen } = this.reader;
    if (chosen < 0) return false;
    this.decide(this.session.linkOf(article, chosen));
  }

  decide(choice) {
    const { article, chosen } = this.reader;
    this.session.decide(article, chosen, choice);
    if (this.panel.view.kind !== "mention") this.choose(chosen);
    this.#sayLink(article, chosen);
  }

  undo() {
    const undone = this.session.undo();
    if (!undone) return say("There is nothing to undo");
    if (undone.article !== this.reader.article) this.open(undone.article);
    this.choose(undone.mention);
    say(`Undone: ${undone.article.mentions[undone.mention].text}`);
  }

  search() {
    const { article, chosen } = this.reader;
    const view = new SearchView(this.service, chosen >= 0 ? article.mentions[chosen].text : "", this.act);
    this.panel.open(view);
    view.focus();
  }

  explain() {
    const { article, chosen } = this.reader;
    if (chosen < 0) return false;
    this.panel.open(new ReasonsView(this.service, article, chosen));
  }

  details = (conceptId) => this.panel.open(new ConceptView(this.service, conceptId, this.act));

  back() {
    if (!this.panel.view) return false;
    this.panel.back();
  }

  async #greet() {
    try {
      const { pipeline, kb, labels } = await this.service.health();
      knowTypes(labels);
      this.pipeline = [pipeline.name, pipeline.version].filter(Boolean).join(" ");
      byId("served").textContent = `${this.pipeline} · ${plural(kb.concepts, "concept")}`;
    } catch (error) {
      notify(error.message);
    }
  }

  #added(added) {
    if (!added.length) return;
    navigator.storage?.persist?.();
    if (!this.reader.article || added.length === 1) this.open(added[0]);
    this.linking.run();
  }

  #listen() {
    this.session.addEventListener("linked", ({ detail }) => {
      if (detail.article === this.reader.article) this.reader.show(detail.article);
    });
    this.session.addEventListener("decided", ({ detail: { article, mention } }) => {
      if (article !== this.reader.article) return;
      this.reader.refresh(mention);
      if (this.panel.view?.kind === "mention") this.panel.view.draw();
    });
    const clicks = {
      "add-more": () => this.adding.show(),
      "search-kb": () => this.search(),
      "export-open": () => this.exporting.show(),
      "keys-open": () => byId("keys").showModal(),
      theme: switchTheme,
      "step-back": () => this.move(-1),
      "step-on": () => this.move(1),
      forget: () => this.#forget(),
      "list-toggle": () => showList(document.body.dataset.list !== "open"),
    };
    for (const [name, run] of Object.entries(clicks)) byId(name).addEventListener("click", run);
    this.keys = new Keys(this.#commands());
  }

  #commands() {
    return [
      [["n", "j", "ArrowRight"], "next mention", () => this.move(1)],
      [["p", "k", "ArrowLeft"], "mention before", () => this.move(-1)],
      [[..."123456789"], "link the mention to this concept", ({ key }) => this.number(Number(key))],
      [["0"], "no concept (NIL)", () => this.number(0)],
      [["Enter"], "confirm that the link is right", () => this.confirm()],
      [["/"], "search the knowledge base; Enter goes to the concepts found", () => this.search()],
      [["e"], "explain the link", () => this.explain()],
      [["u"], "undo", () => this.undo()],
      [["]"], "next article", () => this.moveArticle(1)],
      [["["], "article before", () => this.moveArticle(-1)],
      [["a"], "add a text or file", () => this.adding.show()],
      [["x"], "export", () => this.exporting.show()],
      [["Escape"], "back", () => this.back()],
      [["?"], "these keys", () => byId("keys").showModal()],
    ];
  }

  #sayLink(article, mention) {
    const { text } = article.mentions[mention];
    say(
      `${text}: ${this.session.linkOf(article, mention).name || "no concept"}, ${this.session.statusOf(article, mention)}`,
    );
  }

  #left() {
    this.reader.focus();
    this.reader.leave();
  }

  async #forget() {
    if (!(await askToForget())) return;
    await this.session.clear();
    forGood.remove(PLACE);
    location.reload();
  }

  #stopped(error) {
    notify(error.message, "Try again", () => this.linking.run());
  }

  #notKept() {
    notify(
      "This browser cannot keep the session: what you do is lost when the page is closed. Export before you leave.",
    );
    onbeforeunload = (event) => event.preventDefault();
  }

  #changedElsewhere() {
    notify("The session was changed in another tab. Load the page again to see it.", "Load again", () =>
      location.reload(),
    );
  }
}

new App().start();
