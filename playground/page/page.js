"use strict";
const el = (id) => document.getElementById(id);
const form = el("composer");
let state = null, here = null, known = null, drawn = "", asking = false, again = false;

function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}
const places = () => state.channels.flatMap((channel) => [channel, ...channel.threads]);

function relative(at) {
  const off = at - Date.now() / 1000, size = Math.abs(off), words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (size < 60) return words.format(Math.round(off), "second");
  if (size < 3600) return words.format(Math.round(off / 60), "minute");
  if (size < 86400) return words.format(Math.round(off / 3600), "hour");
  return words.format(Math.round(off / 86400), "day");
}

function link(href, text) {
  const node = make("a", "", text);
  node.href = href; node.target = "_blank"; node.rel = "noopener noreferrer";
  return node;
}

// Text becomes nodes, never markup: what a member wrote can't become part of the page.
const MARK = /\\([^\w\s])|\*\*([\s\S]+?)\*\*|<@!?(\d+)>|<#(\d+)>|<t:(\d+)(?::\w)?>|\[([^\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?\)|<?(https:\/\/[^\s<>]+)>?/;
function inline(parent, text) {
  for (let found; (found = MARK.exec(text)); text = text.slice(found.index + found[0].length)) {
    parent.append(text.slice(0, found.index));
    const [, escaped, bold, user, place, at, words, address, bare] = found;
    if (escaped) parent.append(escaped);
    else if (bold) { const strong = make("strong"); inline(strong, bold); parent.append(strong); }
    else if (user) parent.append(make("span", "mention", "@" + (state.people.find((one) => one.id === user)?.name ?? "someone")));
    else if (place) {
      const button = make("button", "mention", "#" + (places().find((one) => one.id === place)?.name ?? "unknown"));
      button.type = "button"; button.onclick = () => open(place); parent.append(button);
    } else if (at) { const time = make("time", "", relative(+at)); time.dataset.at = at; parent.append(time); }
    else if (address) parent.append(link(address, words));
    else parent.append(link(bare, bare));
  }
  parent.append(text);
}
function rich(parent, text) {
  for (const line of text ? text.split("\n") : []) {
    const quote = line.startsWith("> "), small = line.startsWith("-# ");
    const node = make(quote ? "blockquote" : "div", small ? "line small" : "line");
    inline(node, quote ? line.slice(2) : small ? line.slice(3) : line);
    parent.append(node);
  }
}

function article(message) {
  const node = make("article", message.ephemeral ? "private" : "");
  node.dataset.testid = "message";
  node.append(make("b", "", message.author));
  if (message.bot) node.append(make("span", "tag", "APP"));
  const time = make("time", "", relative(message.at)); time.dataset.at = message.at;
  node.append(time);
  if (message.edited) node.append(make("span", "edited", "(edited)"));
  rich(node, message.content);
  for (const embed of message.embeds) {
    const box = make("div", "embed");
    box.style.borderColor = "#" + embed.colour.toString(16).padStart(6, "0");
    if (embed.title) box.append(make("strong", "", embed.title));
    rich(box, embed.description);
    if (embed.footer) box.append(make("div", "small", embed.footer));
    node.append(box);
  }
  for (const file of message.attachments) {
    const full = link(`${file.url}?me=${encodeURIComponent(state.me.name)}`, file.width ? "" : file.name);
    if (file.width) {
      const image = make("img");
      image.src = full.href; image.alt = file.alt || file.name; image.width = file.width; image.height = file.height;
      image.dataset.testid = file.name.startsWith("retouch-") ? "picture" : "source";
      full.append(image);
    }
    node.append(full);
  }
  if (message.thread) {
    const button = make("button", "mention", "Open the thread");
    button.type = "button"; button.onclick = () => open(message.thread); node.append(button);
  }
  if (message.ephemeral) node.append(make("div", "small", "Only you can see this"));
  return node;
}

function open(id) { here = id; drawn = ""; draw(); }

function draw() {
  const all = places(), place = all.find((one) => one.id === here) ?? all.find((one) => one.name === "photos") ?? all[0];
  if (!place) return;
  here = place.id;
  const focused = document.activeElement?.dataset?.place;
  el("places").replaceChildren(...state.channels.flatMap((channel) => [channel, ...channel.threads].map((one) => {
    const button = make("button", one === channel ? "" : "thread", (one === channel ? "# " : "") + one.name);
    button.type = "button"; button.dataset.place = one.id; button.onclick = () => open(one.id);
    if (one !== channel) button.dataset.testid = "thread";
    if (one === place) button.setAttribute("aria-current", "page");
    return button;
  })));
  if (focused) el("places").querySelector(`[data-place="${focused}"]`)?.focus();
  el("title").textContent = "# " + place.name; el("topic").textContent = place.topic;
  const now = JSON.stringify([state.me, place.id, place.messages]);
  if (now !== drawn) {
    const box = el("messages"), atEnd = !drawn || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    box.replaceChildren(...place.messages.map(article));
    if (atEnd) box.scrollTop = box.scrollHeight;
    drawn = now;
  }
  const kept = state.ledger.filter((one) => !one.refunded).reduce((sum, one) => sum + one.dollars, 0);
  el("sum").textContent = `${state.ledger.length}, $${kept.toFixed(3)}`;
  el("charges").replaceChildren(...state.ledger.map((one) => make("li", "", `${one.model}: $${one.dollars.toFixed(3)}${one.refunded ? " (refunded)" : ""}`)));
}

async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    do {
      again = false;
      const answer = await fetch("/state?me=" + encodeURIComponent(form.member.value || "Ana"));
      if (!answer.ok) { el("notice").textContent = await answer.text(); break; }
      state = await answer.json();
      if (!form.member.options.length) {
        for (const one of state.people.filter((person) => !person.bot)) form.member.add(new Option(one.name, one.name));
        form.member.value = state.me.name;
      }
      const cards = places().flatMap((place) => place.messages).filter((one) => one.thread);
      const fresh = known && cards.find((one) => !known.has(one.thread) && (one.asked_by === state.me.name || JSON.stringify([one.content, one.embeds]).includes(`<@${state.me.id}>`)));
      known = new Set(cards.map((one) => one.thread));
      if (fresh) here = fresh.thread;
      draw();
    } while (again);
  } catch { el("notice").textContent = "The playground does not answer. Is it still running?"; }
  finally { asking = false; }
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const data = new FormData(form);
  data.set("channel", here);
  el("notice").textContent = "";
  try {
    const answer = await fetch("/command", { method: "POST", body: data });
    if (!answer.ok) el("notice").textContent = await answer.text();
    else if ((await answer.json()).failed) el("notice").textContent = "The application did not respond";
    else form.prompt.value = "";
  } catch { el("notice").textContent = "The playground does not answer. Is it still running?"; }
};
form.member.onchange = () => { known = null; drawn = ""; refresh(); };
form.ondragover = document.body.ondragover = (event) => { event.preventDefault(); form.classList.add("over"); };
document.body.ondragleave = () => form.classList.remove("over");
document.body.ondrop = (event) => {
  event.preventDefault(); form.classList.remove("over");
  if (event.dataTransfer.files.length) form.image.files = event.dataTransfer.files;
};
for (const option of ["model", "ratio", "resolution"]) {
  const field = form.elements[option];
  let timer = 0, turn = 0;
  const suggest = async () => {
    const data = new FormData(form), mine = ++turn;
    data.delete("image"); data.set("channel", here); data.set("option", option); data.set("text", field.value);
    const answer = await fetch("/autocomplete", { method: "POST", body: data }).catch(() => null);
    if (!answer?.ok || mine !== turn) return;
    const { choices } = await answer.json();
    el(option + "s").replaceChildren(...choices.map((one) => new Option(one.name, one.value)));
  };
  field.onfocus = suggest;
  field.oninput = () => { clearTimeout(timer); timer = setTimeout(suggest, 250); };
}
setInterval(() => { for (const time of document.querySelectorAll("time[data-at]")) time.textContent = relative(+time.dataset.at); }, 10000);
new EventSource("/events").onmessage = refresh;
