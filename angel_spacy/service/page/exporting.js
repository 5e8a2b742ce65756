// What a person checked, as the two files that `angel corrections` takes.

import { byId, el, plural, say } from "./dom.js";
import { CORRECTED } from "./session.js";

/** The articles with something checked, and of these the mentions that were: `{predicted, corrected}`, as JSONL. */
export function exported(session) {
  const articles = session.articles.filter((article) => session.nChecked(article));
  const lines = (row) => articles.map((article) => JSON.stringify(record(session, article, row)) + "\n");
  return { predicted: lines((mention) => mention), corrected: lines(correctedMention) };
}

function record(session, article, row) {
  const { id, title, abstract, sections } = article;
  const mentions = session.checked(article).map((i) => row(article.mentions[i], session.linkOf(article, i).ids));
  return { id, title, abstract, mentions, ...(sections ? { sections } : {}) };
}

function correctedMention(mention, ids) {
  const { nil_reason: _, ...kept } = mention;
  return { ...kept, concept_ids: ids, candidates: [] };
}

export class Exporting {
  constructor(session, pipeline) {
    this.session = session;
    this.pipeline = pipeline;
    for (const name of ["predicted", "corrected"]) {
      byId(`save-${name}`).addEventListener("click", () => this.#save(name));
    }
    byId("copy-command").addEventListener("click", () => this.#copy());
    byId("copy-command").hidden = !navigator.clipboard;
  }

  show() {
    const [articles, checked, corrected] = this.#counts();
    byId("export-count").textContent = checked
      ? `${plural(articles, "article")}, ${plural(checked, "mention")} checked, ${corrected.toLocaleString("en")} of them corrected.`
      : "Nothing is checked yet. Choose a mention, then confirm or correct its link.";
    byId("export-steps").hidden = !checked;
    const pipeline = this.pipeline();
    byId("export-pipeline").replaceChildren(
      "PIPELINE is the folder or name that was given to ",
      el("code", {}, "angel serve"),
      pipeline ? ` (here it calls itself ${pipeline}).` : ".",
      " Where --kb was given there, give it here, too.",
    );
    byId("export").showModal();
  }

  #counts() {
    const articles = this.session.articles.filter((article) => this.session.nChecked(article));
    const statuses = articles.flatMap((article) =>
      this.session.checked(article).map((i) => this.session.statusOf(article, i)),
    );
    return [articles.length, statuses.length, statuses.filter((status) => status === CORRECTED).length];
  }

  #save(name) {
    const file = new Blob(exported(this.session)[name], { type: "application/jsonl" });
    const link = el("a", { href: URL.createObjectURL(file), download: `${name}.jsonl` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    say(`${name}.jsonl saved`);
  }

  async #copy() {
    await navigator.clipboard.writeText(byId("command").textContent);
    say("Command copied");
  }
}
