// A message becomes an article: who, what they used or replied to, words, embeds, files, components, thread.
import { components } from "./components.js";
import { media } from "./media.js";
import { avatar, el, icon, link, make } from "./node.js";
import { openMessageMenu, startReply } from "./deeds.js";
import { absolute, inline, moment, rich } from "./words.js";
import { channels, go, world } from "./world.js";

const dismissed = new Set(JSON.parse(sessionStorage.getItem("dismissed") ?? "[]"));

export const isDismissed = (message) => dismissed.has(message.id);

// follows: the message above is by the same person, so that the name need not be said again.
export function article(message, follows) {
  const about = `m${message.id}`;
  const kinds = ["message", follows && "follows", message.ephemeral && "private", message.pings && "pings", message.failed && "failed"];
  const node = make("article", { class: kinds.filter(Boolean).join(" "), id: about, "data-testid": "message", "data-author": message.author.name, "aria-labelledby": `${about}n`, tabindex: "-1" });
  node.append(context(message) ?? "", make("div", { class: "side" }, follows ? make("span", { class: "hour small", text: absolute(message.at, "t") }) : avatar(message.author)));
  const body = make("div", { class: "body" }, head(message, about), content(message), message.embeds.map((shape) => embed(shape)), attachments(message.attachments));
  body.append(...components(message), threadCard(message) ?? "", mark(message) ?? "");
  node.append(body, message.failed ? "" : tools(message));
  return node;
}

function context(message) {
  if (message.reply && !message.used) {
    const jump = () => reveal(message.reply.id);
    return make("button", { type: "button", class: "context", "data-key": `r${message.id}`, onclick: jump, "aria-label": `In reply to ${message.reply.author || "a deleted message"}` },
      make("b", { text: message.reply.author }), make("span", { class: "cut", text: message.reply.text }));
  }
  if (!message.by) return null;
  const name = message.used.split(" ")[0];
  return make("p", { class: "context" }, make("b", { text: message.by }), " used ", make("span", { class: "used", text: name.startsWith("/") ? name : message.used, title: message.used }));
}

function head(message, about) {
  return make("p", { class: "head", id: `${about}n` }, make("b", { text: message.author.name }), message.author.bot && make("span", { class: "tag", text: "APP" }), moment(message.at, "t"));
}

function content(message) {
  if (message.loading) return make("p", { class: "thinking", text: `${message.author.name} is thinking` });
  if (message.kind === 18) return make("p", { class: "line", text: `started a thread: ${message.content}` });
  const words = message.content ? rich(message.content) : null;
  if (message.edited && words) words.lastElementChild?.append(make("span", { class: "edited small", text: " (edited)" }));
  return words;
}

function embed(shape) {
  const box = make("div", { class: "embed", "data-testid": "embed" });
  if (shape.color !== undefined && shape.color !== null) box.style.borderLeftColor = `#${shape.color.toString(16).padStart(6, "0")}`;
  const text = make("div", { class: "embed-text" });
  if (shape.author?.name) text.append(make("p", { class: "embed-author", text: shape.author.name }));
  if (shape.title) text.append(make("p", { class: "embed-title" }, shape.url ? link(shape.url, shape.title) : inline(make("span"), shape.title)));
  if (shape.description) text.append(rich(shape.description));
  if (shape.fields?.length) text.append(make("dl", { class: "fields" }, shape.fields.map((field) => make("div", { class: field.inline ? "inline" : "" }, inline(make("dt"), field.name), make("dd", {}, rich(field.value))))));
  if (shape.image) text.append(media(shape.image));
  const foot = [shape.footer?.text, shape.timestamp && absolute(Date.parse(shape.timestamp) / 1000, "f")].filter(Boolean).join(" · ");
  if (foot) text.append(make("p", { class: "small foot", text: foot }));
  box.append(text, shape.thumbnail ? media(shape.thumbnail, "thumbnail") : "");
  return box;
}

function attachments(files) {
  if (!files.length) return null;
  return make("div", { class: files.filter((attachment) => attachment.width).length > 1 ? "files several" : "files" }, files.map((attachment) => media(attachment)));
}

function threadCard(message) {
  const thread = message.thread && channels().flatMap((place) => place.threads).find((place) => place.id === message.thread);
  if (!thread) return null;
  const count = thread.count === 1 ? "1 message" : `${thread.count} messages`;
  return make("button", { type: "button", class: "thread-card", "data-key": `t${thread.id}`, "data-testid": "open-thread", onclick: () => go(thread.id) },
    icon("thread"), make("span", { class: "cut", text: thread.name }), make("span", { class: "count", text: `${count} ›` }));
}

function mark(message) {
  if (!message.ephemeral) return null;
  const dismiss = () => {
    dismissed.add(message.id);
    sessionStorage.setItem("dismissed", JSON.stringify([...dismissed]));
    world.dispatchEvent(new Event("changed"));
    el("log").focus();
  };
  return make("p", { class: "only small", "data-testid": "ephemeral" }, icon("eye"), "Only you can see this · ",
    make("button", { type: "button", class: "plain", "data-key": `d${message.id}`, text: "Dismiss message", onclick: dismiss }));
}

function tools(message) {
  const menu = (event) => openMessageMenu(event.currentTarget, message);
  return make("div", { class: "tools" },
    !message.ephemeral && make("button", { type: "button", class: "square reply", tabindex: "-1", "aria-label": `Reply to ${message.author.name}`, title: "Reply", onclick: () => startReply(message) }, icon("reply")),
    make("button", { type: "button", class: "square", "data-key": `o${message.id}`, "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `More for the message by ${message.author.name}`, title: "More", onclick: menu }, icon("more")));
}

// Scrolls to a message and marks it for a moment.
export function reveal(id) {
  const node = el(`m${id}`);
  if (!node) return false;
  node.scrollIntoView({ block: "center" });
  node.classList.remove("revealed");
  requestAnimationFrame(() => node.classList.add("revealed"));
  node.focus({ preventScroll: true });
  return true;
}
