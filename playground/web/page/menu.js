// A menu that floats beside its button: message menus, and what a select menu offers.
import { el, icon, make } from "./node.js";

let open = null;

// items: {label, description, checked, danger, disabled, keep, act}; null is a line between. Calls left() when it closes.
export function openMenu(anchor, label, items, left = () => {}) {
  close();
  const box = make("div", { class: "menu float", role: "menu", "aria-label": label });
  box.append(...items.map((item) => item ? entry(item) : make("hr", { role: "separator" })));
  document.body.append(box);
  open = { box, anchor, left };
  anchor.setAttribute("aria-expanded", "true");
  place(box, anchor);
  (box.querySelector('[aria-checked="true"]') ?? buttons()[0])?.focus();
}

function entry(item) {
  if (item.title) return make("p", { class: "menu-title", text: item.title });
  const kind = item.checked === undefined ? "menuitem" : item.keep ? "menuitemcheckbox" : "menuitemradio";
  const act = () => {
    if (item.disabled) return;
    if (item.keep) { item.checked = !item.checked; button.setAttribute("aria-checked", String(item.checked)); item.act(item.checked); return; }
    close();
    item.act();
  };
  const words = make("span", { class: "menu-words" }, make("span", { text: item.label }), item.description && make("span", { class: "small", text: item.description }));
  const button = make("button", {
    type: "button", role: kind, tabindex: "-1", class: item.danger ? "danger" : "", "aria-disabled": item.disabled && "true",
    "aria-checked": item.checked === undefined ? null : String(item.checked), onclick: act,
  }, words, item.checked !== undefined && icon("check"));
  return button;
}

const buttons = () => [...open.box.querySelectorAll("button")];

function place(box, anchor) {
  const at = anchor.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.right - box.offsetWidth, innerWidth - box.offsetWidth - 8));
  const below = at.bottom + 4 + box.offsetHeight < innerHeight;
  box.style.left = `${anchor.classList.contains("select") ? Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8)) : left}px`;
  box.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - box.offsetHeight - 4)}px`;
}

export function close(back = true) {
  if (!open) return;
  const { box, anchor, left } = open;
  open = null;
  const inside = box.contains(document.activeElement);
  box.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (back && inside) (anchor.isConnected ? anchor : el("log")).focus();
  left();
}

document.addEventListener("keydown", (event) => {
  if (!open) return;
  const all = buttons(), at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) { event.preventDefault(); all[to % all.length]?.focus(); }
  else if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopImmediatePropagation(); close(); }
}, true);
document.addEventListener("pointerdown", (event) => { if (open && !open.box.contains(event.target) && !open.anchor.contains(event.target)) close(false); });
addEventListener("resize", () => close());
