// Elements, and what is told to people who do not see them. Strings become text, never markup.

export const byId = (id) => document.getElementById(id);

/** An element; `on…` are listeners, true and false set and leave out an attribute, strings become text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** A drawing of the page's sprite; words beside it, or the button's label, say what it means. */
export function icon(name) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(use);
  return drawing;
}

/** A link to a page elsewhere, or its text where the address is none of the web. */
export function webLink(url, text, label) {
  if (!/^https?:\/\//i.test(url ?? "")) return el("span", {}, text);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", "aria-label": label }, text, icon("out"));
}

/** Tells screen readers what changed. */
export function say(text) {
  byId("live").textContent = "";
  requestAnimationFrame(() => (byId("live").textContent = text));
}

/** Shows a sentence above everything until it is closed; an empty one takes it away. */
export function notify(text, actionName = "", action = null) {
  const close = el("button", { type: "button", class: "quiet", onclick: () => notify("") }, "Close");
  const act = () => (notify(""), action());
  const button = action && el("button", { type: "button", onclick: act }, actionName);
  byId("notice").replaceChildren(...(text ? [el("p", {}, text), button, close].filter(Boolean) : []));
}

export const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

export const percent = (probability) => (probability < 0.0005 ? "<0.1%" : PERCENT.format(probability));
