// Requests to `angel serve`. What goes wrong is a ServiceError, whose message is a sentence for people.

import { forTheTab } from "./kept.js";

export class ServiceError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const KEY = "angel-api-key";
const LONGEST_WAIT = 60; // seconds
const LONGEST_NAME = 200; // characters of a file's name that the service takes, of which the end tells the format

export class Service {
  /** `askKey()` resolves to a key, or null; `waiting(seconds)` is called whenever the service is busy. */
  constructor(askKey, waiting) {
    this.askKey = askKey;
    this.waiting = waiting;
    this.concepts = new Map();
  }

  health = () => this.#ask("/health");

  link = (articles, given) => this.#send("/link", { articles, ...(given ? { given: true } : {}) });

  explain = (asked, signal) => this.#send("/explain", asked, signal);

  search = (words, signal) => this.#ask(`/search?${new URLSearchParams({ q: words, limit: 20 })}`, { signal });

  read = (file) => this.#ask(`/read?${new URLSearchParams({ name: file.name.slice(-LONGEST_NAME) })}`, { method: "POST", body: file });

  /** One concept with all its names; asked for once. */
  concept(conceptId) {
    if (!this.concepts.has(conceptId)) {
      const asked = this.#ask(`/concept/${encodeURIComponent(conceptId)}`);
      asked.catch(() => this.concepts.delete(conceptId));
      this.concepts.set(conceptId, asked);
    }
    return this.concepts.get(conceptId);
  }

  #send(path, body, signal) {
    const headers = { "Content-Type": "application/json" };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  }

  /** The answer's JSON; waits where the service is busy, and asks for a key where it wants one. */
  async #ask(path, request = {}) {
    for (;;) {
      const answer = await this.#fetch(path, request);
      if (answer.ok) return answer.json();
      if (answer.status === 429) await this.#wait(answer);
      else if (answer.status !== 401 || !(await this.#newKey()))
        throw new ServiceError(await sentence(answer), answer.status);
    }
  }

  async #fetch(path, request) {
    const key = forTheTab.get(KEY);
    const headers = { ...request.headers, ...(key ? { "X-API-Key": bytesOf(key) } : {}) };
    try {
      return await fetch(path, { ...request, headers });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ServiceError("The service cannot be reached. See whether `angel serve` still runs, then try again.", 0);
    }
  }

  #wait(answer) {
    const asked = Number(answer.headers.get("Retry-After")) || 1;
    const seconds = Math.min(Math.max(asked, 0.1), LONGEST_WAIT);
    this.waiting(seconds);
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }

  async #newKey() {
    const key = await this.askKey();
    if (key) forTheTab.set(KEY, key);
    return Boolean(key);
  }
}

/** A text as headers carry it: a character for each byte of its UTF-8. */
const bytesOf = (text) => String.fromCharCode(...new TextEncoder().encode(text));

async function sentence(answer) {
  const body = await answer.json().catch(() => ({}));
  if (typeof body.error === "string") return body.error;
  return `The service answered with the number ${answer.status}. Try again, or see what it printed.`;
}
