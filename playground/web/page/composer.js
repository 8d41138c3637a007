// Where a person writes: a message, or an order. What is dropped, pasted or picked comes here.
import { el, icon, make } from "./node.js";
import { coverButton, endOrder, focusNext, heldFiles, isCovered, missing, ordering, posted, putFile, startOrder, takesFile, thumb } from "./order.js";
import { suggest, suggestionKey, unsuggest } from "./suggestions.js";
import { attempt, action, say as tell, world } from "./world.js";

const say = el("say"), form = el("composer");
let attached = [], reply = null, ping = true, busy = false, place = "";

export const SAMPLE = { name: "lighthouse.jpg", prompt: "as a watercolour" };

el("add").append(icon("plus"));
el("send").append(icon("send"));

export function drawComposer() {
  const { here } = world.state;
  if (place !== here.id) { place = here.id; stopReply(); if (ordering() && !here.commands.some((command) => command.name === ordering().name)) plain(); }
  say.placeholder = here.writable ? `Message ${here.kind === "channel" ? `#${here.name}` : here.kind === "thread" ? `“${here.name}”` : here.name}, or type /` : "You can't write here; type / for commands";
  hint();
}

function hint() {
  const edit = editing();
  const key = `${Boolean(ordering())}${Boolean(edit)}${world.state.here.messages.length > 0}`;
  if (el("hint").dataset.key === key) return;
  el("hint").dataset.key = key;
  if (ordering()) el("hint").replaceChildren(make("kbd", { text: "Enter" }), " sends, ", make("kbd", { text: "Tab" }), " goes on, ", make("kbd", { text: "Esc" }), " leaves");
  else if (edit) el("hint").replaceChildren(
    make("span", { class: "keys" }, "Drop a picture anywhere, say what should change, press ", make("kbd", { text: "Enter" }), ". "),
    make("span", { class: "touch", text: "Add a picture with +, say what should change, send. " }),
    world.state.here.messages.length ? make("button", { type: "button", class: "plain", "data-testid": "sample", text: "Try with a sample picture", onclick: () => trySample() }) : "");
  else el("hint").replaceChildren("Retouch is not here yet: it is starting, or was stopped backstage.");
}

// The command that a picture is for: the first that wants one.
const editing = () => world.state?.here.commands.find((command) => command.kind === 1 && command.options.some((option) => option.type === 11 && option.required));
const typed = () => world.state.here.commands.filter((command) => command.kind === 1);

export async function trySample() {
  const data = await (await fetch(`/${SAMPLE.name}`)).blob();
  const edit = editing();
  if (!edit) { tell("Retouch is not online yet. Try again in a moment."); return; }
  order(edit, { file: new File([data], SAMPLE.name, { type: "image/jpeg" }), texts: { prompt: SAMPLE.prompt } });
}

export const chooseFile = () => el("files").click();

// Files from anywhere. A picture alone is taken for an order; to a message that is begun, it is attached.
export function take(files) {
  if (!files.length) return;
  if (ordering() && takesFile()) { putFile(files[0]); return; }
  const edit = editing();
  if (edit && !say.value.trim() && !attached.length && !reply && files.length === 1) { order(edit, { file: files[0] }); return; }
  if (ordering()) plain();
  attached = [...attached, ...files].slice(0, 10);
  drawAttached();
  say.focus();
}

function order(command, prefilled = {}) {
  say.value = "";
  say.hidden = true;
  el("notice").textContent = "";
  const file = prefilled.file ?? attached[0];
  attached = [];
  drawAttached();
  startOrder(command, { ...prefilled, file }, () => plain(), () => form.requestSubmit());
  form.classList.add("ordering");
  hint();
}

function plain(keep = true) {
  if (keep) attached = heldFiles().filter(Boolean);
  endOrder();
  form.classList.remove("ordering");
  say.hidden = false;
  drawAttached();
  hint();
  say.focus();
}

function drawAttached() {
  el("attached").hidden = !attached.length;
  el("attached").replaceChildren(...attached.map((file) => make("li", {}, thumb(file), make("span", { class: "cut", text: file.name }), coverButton(file, drawAttached),
    make("button", { type: "button", class: "plain", "aria-label": `Take ${file.name} away`, onclick: () => { attached = attached.filter((other) => other !== file); drawAttached(); say.focus(); } }, icon("close")))));
}

function stopReply() {
  reply = null;
  el("replying").hidden = true;
}

world.addEventListener("reply", (event) => {
  if (ordering()) plain();
  reply = event.detail; ping = true;
  drawReply();
  setTimeout(() => say.focus());
});

function drawReply() {
  const toggle = () => { ping = !ping; drawReply(); el("replying").querySelector(".ping").focus(); };
  el("replying").hidden = false;
  el("replying").replaceChildren(make("span", { class: "cut" }, "Replying to ", make("b", { text: reply.author.name })),
    make("button", { type: "button", class: "plain ping", "aria-pressed": String(ping), "aria-label": `Mention ${reply.author.name}`, title: "Whether the reply rings", onclick: toggle, text: ping ? "@ ON" : "@ OFF" }),
    make("button", { type: "button", class: "plain", "aria-label": "Don't reply", onclick: () => { stopReply(); say.focus(); } }, icon("close")));
}

function grow() {
  say.style.height = "auto";
  say.style.height = `${Math.min(say.scrollHeight, 180)}px`;
}

function offer() {
  const match = /^\/(\S*(?: \S*)*)$/.exec(say.value);
  if (!match) { unsuggest(); return; }
  const word = match[1].toLowerCase(), exact = typed().find((command) => `${command.name} ` === word);
  if (exact) { order(exact); return; }
  const items = typed().filter((command) => command.name.includes(word.trim())).map((command) => ({ name: `/${command.name}`, description: command.description, value: command }));
  suggest(say, "Commands of Retouch", items, (item) => order(item.value));
}

say.addEventListener("input", () => { grow(); offer(); });
say.addEventListener("focus", () => { if (say.value) offer(); });
say.addEventListener("blur", () => unsuggest());
say.addEventListener("keydown", (event) => {
  if (suggestionKey(event) || event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
  if (event.key === "Escape" && reply) { event.preventDefault(); stopReply(); }
});
el("add").addEventListener("click", chooseFile);
el("files").addEventListener("change", (event) => { take([...event.target.files]); event.target.value = ""; });

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  const waiting = ordering() && missing();
  if (waiting) { el("notice").textContent = waiting.type === 11 ? "Add a picture first: choose one, drop it here, or paste it." : `Say what ${waiting.name} should be.`; focusNext(); return; }
  el("notice").textContent = "";
  busy = true;
  form.setAttribute("aria-busy", "true");
  await attempt(() => (ordering() ? sendOrder() : sendMessage()));
  busy = false;
  form.removeAttribute("aria-busy");
});

async function sendOrder() {
  const answer = await action("command", posted());
  if (!answer.failed) plain(false);
}

async function sendMessage() {
  const text = say.value.trim();
  if (!text && !attached.length) return;
  await action("says", { channel: world.here, text, files: attached, spoilers: attached.flatMap((file, index) => (isCovered(file) ? [String(index)] : [])), reply_to: reply?.id, ping: reply ? (ping ? "1" : "0") : null });
  say.value = ""; attached = [];
  grow(); drawAttached(); stopReply();
}

world.addEventListener("trouble", (event) => { el("notice").textContent = event.detail; });

// "/" leads here from anywhere on the page where nothing is being typed.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]") || event.target.closest?.("input, textarea, select")) return;
  event.preventDefault();
  if (ordering()) { focusNext(); return; }
  say.focus();
  if (!say.value) { say.value = "/"; offer(); }
});
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length && !document.querySelector("dialog[open]")) { event.preventDefault(); take(files); }
});

let over = 0;
const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
addEventListener("dragenter", (event) => { if (carries(event)) { over += 1; el("drop").hidden = false; } });
addEventListener("dragleave", (event) => { if (carries(event) && --over <= 0) { over = 0; el("drop").hidden = true; } });
addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  over = 0;
  el("drop").hidden = true;
  if (!document.querySelector("dialog[open]")) take([...event.dataTransfer.files]);
});
