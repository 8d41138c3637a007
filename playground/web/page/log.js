// The open place: its title, its messages, and the welcome where there are none yet.
import { el, icon, make } from "./node.js";
import { article, isDismissed, reveal } from "./message.js";
import { go, places, world } from "./world.js";

const drawn = new Map();  // by message id: what it was drawn from, and its node
let place = "", heard = null;

export function drawLog(welcome) {
  const { here, me } = world.state, box = el("log");
  const opened = place !== `${me}/${here.id}`;
  if (opened) { drawn.clear(); box.replaceChildren(); place = `${me}/${here.id}`; }
  title(here);
  const atEnd = opened || box.scrollHeight - box.scrollTop - box.clientHeight < 90;
  const messages = here.messages.filter((message) => !isDismissed(message));
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.key ?? document.activeElement.id : null;
  const nodes = messages.map((message, index) => drawnAs(message, follows(messages[index - 1], message)));
  const wanted = new Set(nodes);
  for (const child of [...box.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => { if (box.children[index] !== node) box.insertBefore(node, box.children[index] ?? null); });
  if (!messages.length) box.append(welcome(here));
  if (focused && !box.contains(document.activeElement)) (box.querySelector(`[data-key="${focused}"]`) ?? el(focused))?.focus({ preventScroll: true });
  if (atEnd) box.scrollTop = box.scrollHeight;
  tell(messages, opened);
}

function title(here) {
  const sign = here.kind === "thread" ? "thread" : here.kind === "direct" ? "mail" : "hash";
  const parent = here.parent && places().find((place) => place.id === here.parent);
  const key = JSON.stringify([here.id, here.name, parent?.name]);
  if (el("title").dataset.key === key) return;
  el("title").dataset.key = key;
  document.title = `${here.name} · Retouch's playground`;
  el("title").replaceChildren(...(parent ? [make("button", { type: "button", class: "up", "aria-label": `Back to ${parent.name}`, onclick: () => go(parent.id) }, icon("hash"), make("span", { text: parent.name })), make("span", { class: "then", "aria-hidden": "true", text: "›" })] : [icon(sign)]), make("span", { class: "cut", text: here.name }));
  el("topic").textContent = here.topic;
}

function drawnAs(message, following) {
  const thread = message.thread && places().find((place) => place.id === message.thread);
  const key = JSON.stringify([message, following, thread?.count, thread?.name]);
  const known = drawn.get(message.id);
  if (known?.key === key) return known.node;
  const node = article(message, following);
  drawn.set(message.id, { key, node });
  return node;
}

const follows = (above, message) => Boolean(above && above.author.id === message.author.id && message.at - above.at < 420
  && !message.reply && !message.by && !message.ephemeral && !above.ephemeral && message.kind !== 18);

// A screen reader hears what is new here; what is only edited stays quiet.
function tell(messages, opened) {
  const last = messages.at(-1);
  if (!opened && last && heard !== last.id && (!heard || BigInt(last.id) > BigInt(heard))) {
    const words = el(`m${last.id}`)?.querySelector(".body")?.innerText ?? "";
    const pictures = last.attachments.map((picture) => picture.alt || picture.name).join(", ");
    el("news").textContent = `${last.ephemeral ? "Only you can see this: " : ""}${words}${pictures ? `. Picture: ${pictures}` : ""}`.slice(0, 400);
  }
  heard = last?.id ?? null;
}

world.addEventListener("jump", async (event) => {
  const { place: to, message } = event.detail;
  if (to !== world.here) await go(to);
  if (message) reveal(message);
});
