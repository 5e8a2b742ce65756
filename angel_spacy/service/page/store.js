// The session in the browser's database: articles as they came, and each decision by itself.

const NAME = "angel";
const STORES = ["articles", "decisions"];

export class Store {
  #database;
  #failed;
  #channel = new BroadcastChannel(NAME);

  /** `failed()` is called when something could not be kept, `changed()` when another tab writes. */
  constructor(failed, changed) {
    this.#failed = failed;
    this.#channel.onmessage = changed;
    this.#database = open().catch(failed);
  }

  /** All that is kept: `{articles, decisions}`, in the order of their keys. */
  async read() {
    const database = await this.#database;
    if (!database) return { articles: [], decisions: [] };
    const transaction = database.transaction(STORES);
    const [articles, decisions] = await Promise.all(STORES.map((name) => done(transaction.objectStore(name).getAll())));
    return { articles, decisions };
  }

  keepArticles = (articles) => this.#write("articles", (store) => articles.forEach((article) => store.put(article)));

  keepDecision = (decision) => this.#write("decisions", (store) => store.put(decision));

  dropDecision = (key, mention) => this.#write("decisions", (store) => store.delete([key, mention]));

  /** Forgets all. */
  async clear() {
    for (const name of STORES) await this.#write(name, (store) => store.clear());
  }

  async #write(name, change) {
    const database = await this.#database;
    if (!database) return;
    try {
      const transaction = database.transaction(name, "readwrite");
      const finished = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
      change(transaction.objectStore(name));
      transaction.commit(); // at once: the page may be left the next moment
      await finished;
      this.#channel.postMessage(name);
    } catch (error) {
      this.#failed(error);
    }
  }
}

async function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("articles", { keyPath: "key" });
    request.result.createObjectStore("decisions", { keyPath: ["key", "mention"] });
  };
  return done(request);
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
