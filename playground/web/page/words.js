// Discord's markdown as nodes. https://support.discord.com/hc/articles/210298617
import { link, make } from "./node.js";
import { places, server, world } from "./world.js";

const MARK = new RegExp([
  String.raw`\\(?<escaped>[^\w\s])`,
  "`(?<code>[^`\\n]+)`",
  String.raw`\*\*(?<strong>[\s\S]+?)\*\*(?!\*)`,
  String.raw`__(?<u>[\s\S]+?)__(?!_)`,
  String.raw`~~(?<s>[\s\S]+?)~~`,
  String.raw`\|\|(?<spoiler>[\s\S]+?)\|\|`,
  String.raw`\*(?!\s)(?<em>[^*\n]+?)(?<!\s)\*`,
  String.raw`(?<!\w)_(?<em2>[^_\n]+?)_(?!\w)`,
  String.raw`<@!?(?<user>\d+)>`,
  String.raw`<@&(?<role>\d+)>`,
  String.raw`<#(?<place>\d+)>`,
  String.raw`<t:(?<at>\d+)(?::(?<style>[tTdDfFR]))?>`,
  String.raw`\[(?<words>[^\]\n]+)\]\(<?(?<address>https?:\/\/[^\s)>]+)>?\)`,
  String.raw`<?https:\/\/discord\.com\/channels\/\d+\/(?<jump>\d+)\/(?<message>\d+)>?`,
  String.raw`<?(?<bare>https?:\/\/[^\s<>]*[^\s<>.,;:!?)'"\]])>?`,
  String.raw`(?<all>@everyone|@here)\b`,
].join("|"));
const SPANS = { strong: "strong", u: "u", s: "s", em: "em", em2: "em" };

export function inline(parent, text) {
  for (let match; (match = MARK.exec(text)); text = text.slice(match.index + match[0].length)) {
    parent.append(text.slice(0, match.index), mark(match.groups));
  }
  parent.append(text);
  return parent;
}

function mark(groups) {
  for (const [name, tag] of Object.entries(SPANS)) if (groups[name]) return inline(make(tag), groups[name]);
  if (groups.escaped) return groups.escaped;
  if (groups.code) return make("code", { text: groups.code });
  if (groups.spoiler) return spoiler(groups.spoiler);
  if (groups.user) return mention(`@${world.state.people.find((person) => person.id === groups.user)?.name ?? "someone"}`, groups.user === world.me);
  if (groups.role) return mention(`@${server()?.roles.find((role) => role.id === groups.role)?.name ?? "a role"}`);
  if (groups.all) return mention(groups.all);
  if (groups.place) return way(groups.place);
  if (groups.jump) return way(groups.jump, groups.message);
  if (groups.at) return moment(Number(groups.at), groups.style ?? "f");
  return link(groups.address ?? groups.bare, groups.words ?? groups.bare);
}

const mention = (text, mine = false) => make("span", { class: mine ? "mention mine" : "mention", text });

function spoiler(text) {
  const show = (event) => { event.currentTarget.classList.add("shown"); event.currentTarget.setAttribute("aria-expanded", "true"); };
  return inline(make("button", { type: "button", class: "spoiler", "aria-label": "Hidden text, press to show", onclick: show }), text);
}

function way(id, message) {
  const place = places().find((candidate) => candidate.id === id);
  if (!place) return mention("#unknown");
  const jump = () => world.dispatchEvent(new CustomEvent("jump", { detail: { place: id, message } }));
  return make("button", { type: "button", class: "mention", "data-key": `way${id}`, text: `${message ? "" : "#"}${place.name}${message ? " ›" : ""}`, onclick: jump });
}

// A block for each line: small print, quotes, headings, lists, code; else a line.
export function rich(text, className = "words") {
  const box = make("div", { class: className });
  const pieces = (text ?? "").split(/```(?:\w*\n)?([\s\S]*?)```/);
  pieces.forEach((piece, index) => {
    if (index % 2) box.append(make("pre", {}, make("code", { text: piece.replace(/\n$/, "") })));
    else if (piece) for (const line of piece.replace(/^\n|\n$/g, "").split("\n")) box.append(block(line));
  });
  return box;
}

function block(line) {
  const match = /^(?<sign>>|-#|#{1,3}|[-*]) (?<rest>.*)$/.exec(line);
  if (!match) return inline(make("div", { class: line ? "line" : "line empty" }), line);
  const { sign, rest } = match.groups;
  if (sign === ">") return inline(make("blockquote"), rest);
  if (sign === "-#") return inline(make("div", { class: "small" }), rest);
  if (sign[0] === "#") return inline(make("div", { class: `heading h${sign.length}`, role: "heading", "aria-level": 2 + sign.length }), rest);
  return inline(make("div", { class: "item" }), rest);
}

// https://discord.com/developers/docs/reference#message-formatting-timestamp-styles
const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};

export function absolute(at, style) {
  return new Intl.DateTimeFormat("en-GB", STYLES[style]).format(new Date(at * 1000));
}

function relative(at) {
  const off = at - Date.now() / 1000, far = Math.abs(off);
  const [unit, length] = [["second", 1], ["minute", 60], ["hour", 3600], ["day", 86400]].findLast(([, length]) => far >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(off / length), unit);
}

export function moment(at, style) {
  const live = style === "R";
  return make("time", {
    class: "moment", datetime: new Date(at * 1000).toISOString(), title: absolute(at, "F"),
    "data-live": live && at, text: live ? relative(at) : absolute(at, style),
  });
}

setInterval(() => {
  for (const time of document.querySelectorAll("time[data-live]")) {
    const text = relative(Number(time.dataset.live));
    if (time.textContent !== text) time.textContent = text;
  }
}, 1000);
