// The list above the message box: commands, choices, and what the bot suggests. The focus stays in the box.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
import { el, make } from "./node.js";

const box = el("suggestions");
let shown = null;

// items: {name, description, value}; choose(item) is called for the one that is taken.
export function suggest(input, title, items, choose) {
  if (!items.length) { unsuggest(); return; }
  shown = { input, items, choose, at: 0 };
  const list = make("ul", { role: "listbox", id: "options", "aria-label": title }, items.map((item, index) => make("li", {
    role: "option", id: `option${index}`, "data-testid": "suggestion", onpointerdown: (event) => event.preventDefault(), onclick: () => take(index),
  }, make("b", { text: item.name }), item.description && make("span", { class: "small", text: item.description }))));
  box.replaceChildren(make("p", { class: "menu-title", text: title }), list);
  box.hidden = false;
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", "options"], ["aria-expanded", "true"]]) input.setAttribute(name, value);
  mark();
}

export function unsuggest() {
  if (!shown) return;
  shown.input.setAttribute("aria-expanded", "false");
  shown.input.removeAttribute("aria-activedescendant");
  shown = null;
  box.hidden = true;
  box.replaceChildren();
}

function mark() {
  const rows = box.querySelectorAll("li");
  rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === shown.at)));
  rows[shown.at]?.scrollIntoView({ block: "nearest" });
  shown.input.setAttribute("aria-activedescendant", `option${shown.at}`);
}

function take(index) {
  const { items, choose } = shown;
  unsuggest();
  choose(items[index]);
}

// Arrows, Enter, Tab and Escape while the list is open. True where the key was for the list.
export function suggestionKey(event) {
  if (!shown || event.isComposing) return false;
  const { at, items } = shown;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    shown.at = (at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length;
    mark();
  } else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) take(at);
  else if (event.key === "Escape") unsuggest();
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}
