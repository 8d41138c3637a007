// A command that is being typed: its options as chips, each with what fits into it.
import { offered } from "./components.js";
import { el, icon, make } from "./node.js";
import { suggest, suggestionKey, unsuggest } from "./suggestions.js";
import { action, world } from "./world.js";

const TEXTS = [3, 4, 10], ATTACHMENT = 11, BOOLEAN = 5;
const ORDER = el("order");
const SELECT_OF = { 6: 5, 7: 8, 8: 6, 9: 7 };  // an option's type, and the select menu that offers the same

let command = null, values = {}, chosen = {}, files = {}, leave = () => {}, send = () => {};

export const ordering = () => command;
export const takesFile = () => command?.options.some((option) => option.type === ATTACHMENT);

// prefilled: texts and files to begin with. left() is called when the command is taken back, sent() for Enter.
export function startOrder(which, prefilled, left, sent) {
  command = which;
  values = {}; chosen = {}; files = {};
  leave = left; send = sent;
  for (const option of command.options) {
    if (option.type === ATTACHMENT && prefilled.file) { files[option.name] = prefilled.file; prefilled.file = null; }
    if (prefilled.texts?.[option.name] !== undefined) values[option.name] = prefilled.texts[option.name];
  }
  ORDER.hidden = false;
  ORDER.setAttribute("aria-label", `The command ${command.name}`);
  draw();
  focusNext();
}

export function endOrder() {
  command = null;
  unsuggest();
  ORDER.hidden = true;
  ORDER.replaceChildren();
}

// The first option that still waits, else the last one that is shown.
export function focusNext() {
  const waiting = missing();
  const field = waiting ? ORDER.querySelector(`[data-option="${waiting.name}"]`) : [...ORDER.querySelectorAll("input[data-option]")].at(-1);
  field?.focus();
}

export function putFile(file) {
  const free = command.options.find((option) => option.type === ATTACHMENT && !files[option.name]) ?? command.options.find((option) => option.type === ATTACHMENT);
  files[free.name] = file;
  draw();
  focusNext();
}

const covers = new WeakSet();

export const isCovered = (file) => covers.has(file);

// The button that covers a file as a spoiler before it is sent, as Discord's app has one.
export function coverButton(file, redraw) {
  const turn = () => { if (covers.has(file)) covers.delete(file); else covers.add(file); redraw(); };
  return make("button", { type: "button", class: "plain cover", "aria-pressed": String(covers.has(file)), "aria-label": `Mark ${file.name} as a spoiler`, title: "Mark as a spoiler", onclick: turn }, icon("eye"));
}

export const heldFiles = () => Object.values(files);
export const missing = () => command.options.find((option) => option.required && (option.type === ATTACHMENT ? !files[option.name] : !values[option.name]?.trim()));

// What is posted: name, the texts as JSON, and each file.
export function posted() {
  const texts = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "").map(([name, value]) => [name, chosen[name]?.name === value ? String(chosen[name].value) : value]));
  const held = Object.fromEntries(Object.entries(files).map(([name, file]) => [`file:${name}`, file]));
  const spoilers = Object.keys(files).filter((name) => files[name] && covers.has(files[name]));
  return { channel: world.here, name: command.name, options: JSON.stringify(texts), spoilers, ...held };
}

function draw() {
  const shown = command.options.filter((option) => option.required || values[option.name] !== undefined || files[option.name]);
  const rest = command.options.filter((option) => !shown.includes(option));
  const drop = make("button", { type: "button", class: "plain", "aria-label": `Leave /${command.name}`, onclick: () => leave() }, icon("close"));
  ORDER.replaceChildren(
    make("span", { class: "chip verb" }, `/${command.name}`, drop),
    ...shown.map((option) => (option.type === ATTACHMENT ? fileChip(option) : textChip(option))),
    ...(rest.length ? [make("span", { class: "more" }, rest.map((option) => make("button", { type: "button", class: "plain add", title: option.description, "data-testid": `add-${option.name}`, onclick: () => add(option) }, icon("plus"), option.name)))] : []),
  );
}

function add(option) {
  if (option.type === ATTACHMENT) files[option.name] = null; else values[option.name] = "";
  draw();
  ORDER.querySelector(`[data-option="${option.name}"]`)?.focus();
}

function fileChip(option) {
  const file = files[option.name];
  const hold = (picked) => { if (picked) { files[option.name] = picked; draw(); focusNext(); } };
  const input = make("input", { type: "file", hidden: true, tabindex: "-1", "data-testid": option.name, "aria-label": option.name, onchange: (event) => hold(event.target.files[0]) });
  const choose = make("button", { type: "button", class: file ? "held" : "choose", "data-option": option.name, "aria-label": file ? `${option.name}: ${file.name}. Choose another` : `${option.name}: choose a file`, title: option.description, onclick: () => input.click() },
    file ? thumb(file) : icon("picture"), make("span", { class: "cut", text: file ? file.name : "choose or drop" }));
  return make("span", { class: "chip" }, make("span", { class: "name", text: option.name }), choose, file && coverButton(file, draw), input);
}

export function thumb(file) {
  if (!file.type.startsWith("image/") || file.type.includes("svg")) return icon("file");
  const address = URL.createObjectURL(file);
  return make("img", { class: "thumb", src: address, alt: "", onload: () => URL.revokeObjectURL(address), onerror: () => URL.revokeObjectURL(address) });
}

function textChip(option) {
  const id = `o-${option.name}`;
  const input = make("input", { id, "data-option": option.name, "data-testid": option.name, maxlength: option.max_length ?? 6000, spellcheck: "false", autocomplete: "off", "aria-required": option.required && "true",
    inputmode: option.type === 3 ? null : option.type === 10 ? "decimal" : option.type === 4 ? "numeric" : null, placeholder: option.required ? hint(option) : null });
  input.value = values[option.name] ?? "";
  input.addEventListener("input", () => { values[option.name] = input.value; offer(option, input); });
  input.addEventListener("focus", () => offer(option, input));
  input.addEventListener("blur", () => unsuggest());
  input.addEventListener("keydown", (event) => key(event, option, input));
  return make("span", { class: `chip text${option.required ? " wide" : ""}` }, make("label", { class: "name", for: id, text: option.name, title: option.description }), input);
}

const hint = (option) => option.description.replace(/^.*For example: /, "for example: ");

function key(event, option, input) {
  if (suggestionKey(event) || event.isComposing) return;
  if (event.key === "Enter") { event.preventDefault(); send(); }
  else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); leave(); }
  else if (event.key === "Backspace" && input.value === "" && !option.required) {
    event.preventDefault();
    delete values[option.name];
    draw();
    focusNext();
  }
}

let timer = 0, turn = 0;

function offer(option, input) {
  const title = `${option.name}: ${option.description}`;
  const take = (item) => {
    values[option.name] = input.value = item.name;
    chosen[option.name] = item;
    const next = missing();
    if (next && next.name !== option.name) focusNext();
  };
  const typed = input.value.toLowerCase();
  const show = (items) => suggest(input, title, items, take);
  const fits = (items) => items.filter((item) => item.name.toLowerCase().includes(typed)).slice(0, 25);
  clearTimeout(timer);
  const mine = ++turn;
  if (chosen[option.name]?.name === input.value && input.value) { unsuggest(); return; }
  if (option.autocomplete) { timer = setTimeout(() => ask(option, input, () => mine === turn && document.activeElement === input, show), input.value ? 150 : 0); return; }
  if (option.choices) show(fits(option.choices));
  else if (option.type === BOOLEAN) show(fits([{ name: "True", value: "true" }, { name: "False", value: "false" }]));
  else if (SELECT_OF[option.type]) show(fits(offered({ type: SELECT_OF[option.type] }).map((choice) => ({ name: choice.label, value: choice.value }))));
  else if (TEXTS.includes(option.type)) unsuggest();
}

async function ask(option, input, still, show) {
  const { channel, name, options } = posted();
  const answer = await action("autocomplete", { channel, name, options, option: option.name, text: input.value }).catch(() => null);
  if (answer && still()) show(answer.choices);
}
