// Articles that wait are linked in small batches, one request after the other.

const BATCH = 8; // articles; the first batch is one, so that something is seen at once
const CHARACTERS = 20000; // of a batch of several
const TOO_MUCH = [400, 413, 422, 504]; // what one article of a batch may be to blame for

export class Linking {
  #session;
  #service;
  #running = false;

  /** `progress(done, all)` is called as it goes, `stopped(error)` when the service cannot go on. */
  constructor(session, service, progress, stopped) {
    this.#session = session;
    this.#service = service;
    this.progress = progress;
    this.stopped = stopped;
  }

  /** Links all that waits, and what is added meanwhile. */
  async run() {
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#linkAll();
    } catch (error) {
      this.stopped(error);
    } finally {
      this.#running = false;
    }
  }

  async #linkAll() {
    let done = 0;
    for (let waiting = this.#waiting(); waiting.length; waiting = this.#waiting()) {
      this.progress(done, done + waiting.length);
      const batch = this.#batch(waiting, done ? BATCH : 1);
      await this.#linkBatch(batch);
      done += batch.length;
    }
    this.progress(done, done);
  }

  #waiting = () => this.#session.articles.filter((article) => !article.linked);

  /** The first articles, as many as one request shall hold. */
  #batch(waiting, most) {
    const batch = [];
    let characters = 0;
    for (const article of waiting.slice(0, most)) {
      characters += article.title.length + article.abstract.length + 1;
      const fits = characters <= CHARACTERS && article.given === waiting[0].given;
      if (batch.length && !fits) break;
      batch.push(article);
    }
    return batch;
  }

  /** Where the service refuses a batch, each article is asked for alone, and one that it refuses keeps the reason. */
  async #linkBatch(batch) {
    try {
      const { articles } = await this.#service.link(batch.map(asked), batch[0].given);
      batch.forEach((article, i) => this.#session.setLinked(article.key, articles[i]));
    } catch (error) {
      if (!TOO_MUCH.includes(error.status)) throw error;
      if (batch.length === 1) this.#session.setLinked(batch[0].key, { mentions: [], error: error.message });
      else for (const article of batch) await this.#linkBatch([article]);
    }
  }
}

const asked = ({ id, title, abstract, mentions, given }) => ({ id, title, abstract, mentions: given ? mentions : [] });
