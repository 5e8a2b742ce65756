// Single keys: which there are, what they do, and when they do nothing because somebody types or presses a button.

import { byId, el } from "./dom.js";
import { forGood } from "./kept.js";

const OFF = "angel-keys-off";

export class Keys {
  /** `commands`: [keys, what they do, function of the key]. */
  constructor(commands) {
    this.commands = commands;
    this.byKey = new Map(commands.flatMap(([keys, , run]) => keys.map((key) => [key, run])));
    byId("keys-list").replaceChildren(
      ...commands.flatMap(([keys, words]) => [
        el(
          "dt",
          {},
          shown(keys).map((key) => el("kbd", {}, key)),
        ),
        el("dd", {}, words),
      ]),
    );
    byId("keys-on").checked = !forGood.get(OFF);
    byId("keys-on").addEventListener("change", ({ target }) =>
      target.checked ? forGood.remove(OFF) : forGood.set(OFF, "1"),
    );
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #pressed(event) {
    const run = this.byKey.get(event.key);
    if (!run || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key !== "Escape" && (!byId("keys-on").checked || isTaken(event))) return;
    if (run(event) !== false) event.preventDefault();
  }
}

const shown = (keys) => (keys[0] === "1" ? ["1", "…", "9"] : keys.map((key) => NAMES[key] ?? key));

const NAMES = { ArrowRight: "→", ArrowLeft: "←", Escape: "Esc" };

/** Whether the element with the focus wants the key for itself. */
function isTaken({ target, key }) {
  if (target.closest("input, textarea, select")) return true;
  return key === "Enter" && target.closest("button, a, summary") !== null;
}
