// How articles come in: pasted, opened, dropped.

import { byId, el, notify, plural, say } from "./dom.js";
import { wholeCharacters } from "./offsets.js";

const IS_FILE = /^\s*\{|^\d+\|[ta]\||^\s*<\?xml/m; // pasted text that is JSONL, PubTator or XML
const N_PROBLEMS = 20; // shown
const EXAMPLE = `Cisplatin-induced acute kidney injury in a woman with ovarian cancer.
A 54-year-old woman received cisplatin and paclitaxel for ovarian cancer. On day six she had nausea, and her creatinine \
had risen to 3.1 mg/dl. Acute kidney injury (AKI) was diagnosed. Magnesium sulfate and saline were given, and cisplatin \
was replaced by carboplatin. AKI resolved within three weeks; a mild peripheral neuropathy remained.`;

export class Adding {
  /** `added(articles)` is called with the new ones. */
  constructor(session, service, added) {
    Object.assign(this, { session, service, added });
    byId("add-form").addEventListener("submit", (event) => this.#paste(event));
    byId("example").addEventListener("click", () => this.#take("example", EXAMPLE));
    byId("file").addEventListener("change", ({ target }) =>
      this.#open([...target.files]).then(() => (target.value = "")),
    );
    byId("open-file").addEventListener("click", () => byId("file").click());
    this.#acceptDrops();
  }

  /** Shows the form: in the page where there is nothing yet, else in a dialog. */
  show() {
    if (this.session.articles.length) {
      byId("add-place").append(byId("add-form"));
      byId("add").showModal();
    }
    byId("words").focus();
  }

  #paste(event) {
    event.preventDefault();
    const text = wholeCharacters(byId("words").value).trim();
    if (!text) return this.#tell("Paste a text first, or open a file.");
    if (IS_FILE.test(text)) return this.#open([new File([text], "pasted")]);
    return this.#take("text", text);
  }

  #take(id, text) {
    this.#add([{ id, title: "", abstract: text, mentions: [] }], "anew");
  }

  #acceptDrops() {
    const over = (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      document.body.dataset.drop = "over";
    };
    const leave = () => delete document.body.dataset.drop;
    addEventListener("dragover", over);
    addEventListener("dragleave", (event) => event.relatedTarget ?? leave());
    addEventListener("drop", (event) => {
      leave();
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.#open([...event.dataTransfer.files]);
    });
  }

  async #open(files) {
    const read = { articles: [], problems: [] };
    for (const file of files) {
      this.#tell(`Reading ${file.name} …`);
      try {
        const { articles, problems } = await this.service.read(file);
        articles.forEach((article) => read.articles.push(normal(article)));
        read.problems.push(...problems);
      } catch (error) {
        read.problems.push(`${file.name}: ${error.message}`);
      }
    }
    this.#tell("");
    if (!read.articles.length && !read.problems.length) return notify("No article was found in it.");
    this.#ask(read);
  }

  /** Asks what to do with mentions that the files have, and shows what could not be read. */
  #ask({ articles, problems }) {
    const mentions = articles.flatMap((article) => article.mentions);
    if (!mentions.length && !problems.length) return this.#add(articles, "anew");
    const linked = mentions.some((mention) => mention.candidates.length || mention.concept_ids.length);
    byId("read-count").textContent =
      `${plural(articles.length, "article")}, ${plural(mentions.length, "mention")} marked.`;
    byId("read-problems").replaceChildren(...told(problems));
    byId("read-choices").hidden = !mentions.length;
    byId("read-linked").hidden = !linked;
    byId("read-take").hidden = !articles.length;
    byId(linked ? "as-is" : mentions.length ? "given" : "anew").checked = true;
    byId("read").onclose = ({ target }) =>
      target.returnValue === "take" && this.#add(articles, byId("read-form").elements.how.value);
    byId("read").returnValue = "";
    byId("read").showModal();
  }

  /** `how`: "as-is" shows the links of the file, "given" links its mentions, "anew" finds some. */
  #add(articles, how) {
    const state = { linked: how === "as-is", given: how === "given" };
    const added = this.session.add(articles, state);
    const known = articles.length - added.length;
    byId("add").close();
    byId("add-form").reset();
    if (known)
      notify(
        `${plural(known, "article")} ${known === 1 ? "is" : "are"} here already and ${known === 1 ? "was" : "were"} left out.`,
      );
    say(`${plural(added.length, "article")} added`);
    this.added(added);
  }

  #tell = (text) => (byId("add-state").textContent = text);
}

/** An article with all its fields, whatever a file left out. */
function normal(article) {
  const { id = "text", title, abstract, text, mentions = [], ...others } = article;
  const whole = mentions.map((mention) => ({
    ...mention,
    label: mention.label ?? "",
    concept_ids: mention.concept_ids ?? [],
    candidates: mention.candidates ?? [],
  }));
  return { ...others, id: String(id), title: title ?? "", abstract: abstract ?? text ?? "", mentions: whole };
}

function told(problems) {
  const rest = problems.length - N_PROBLEMS;
  const lines = problems.slice(0, N_PROBLEMS).map((problem) => el("li", {}, problem));
  return rest > 0 ? [...lines, el("li", {}, `and ${plural(rest, "more problem")}`)] : lines;
}
