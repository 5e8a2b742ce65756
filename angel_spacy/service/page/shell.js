// The frame around the work: progress, waiting, colours, and the two small questions.

import { byId, el, say } from "./dom.js";
import { forGood } from "./kept.js";

const THEMES = { system: "light", light: "dark", dark: "system" };

export function tellProgress(done, all) {
  const isDone = done === all;
  byId("progress").replaceChildren(
    ...(isDone
      ? []
      : [
          el(
            "label",
            { for: "progress-bar" },
            `Linking ${(done + 1).toLocaleString("en")} of ${all.toLocaleString("en")}`,
          ),
          el("progress", { id: "progress-bar", max: all, value: done }),
        ]),
  );
  if (isDone && all) say("Everything is linked");
}

export function tellBusy(seconds) {
  const words = `The service is busy. Going on in ${Math.ceil(seconds)} s …`;
  byId("busy").textContent = words;
  setTimeout(() => (byId("busy").textContent = ""), seconds * 1000);
}

/** Opens or closes the list of articles where there is no room for it beside the text. */
export function showList(isOpen) {
  document.body.dataset.list = isOpen ? "open" : "closed";
  byId("list-toggle").setAttribute("aria-expanded", String(isOpen));
}

export function switchTheme() {
  const next = THEMES[document.documentElement.dataset.theme] ?? "light";
  document.documentElement.dataset.theme = next;
  forGood.set("angel-theme", next);
  byId("theme").setAttribute("aria-label", `Colours: ${next}`);
  byId("theme").title = `Colours: ${next}`;
  say(`Colours: ${next}`);
}

/** The key of the service that somebody types, or null. */
export async function askKey() {
  byId("api-key").value = "";
  return (await answered("key")) === "take" ? byId("api-key").value.trim() : null;
}

export const askToForget = async () => (await answered("forget-dialog")) === "forget";

/** The value of the button with which a dialog is closed. */
function answered(name) {
  const dialog = byId(name);
  dialog.returnValue = "";
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}
