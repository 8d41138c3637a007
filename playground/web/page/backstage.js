// Backstage, as it is drawn: whether the bot runs, how fast pictures are painted, faults, charges, requests.
import { el, icon, make } from "./node.js";
import { attempt, backstage, world } from "./world.js";
import { absolute } from "./words.js";

const VERBS = { create: "When it is ordered", upload: "When the picture is uploaded", status: "While it is painted", find: "When an order is looked up", download: "When the result is fetched", balance: "Elsewhere", models: "Elsewhere", nothing: "Elsewhere" };
const FIRST = ["policy-422", "failed:generation_failed", "slow", "reset-after", "unavailable", "result-gone"];
const PACE = { fast: "Fast", usual: "Usual", slow: "Slow" };
const set = (name, fields) => attempt(() => backstage(name, fields));
const dollars = (sum) => `$${sum.toFixed(3)}`;
const parts = {};
let rows = null;

export function drawBackstage() {
  const now = world.state.backstage;
  if (!rows) build(now);
  parts.life.textContent = now.bot.busy ? "starting or stopping…" : now.bot.online ? "online" : "not running";
  parts.life.className = now.bot.online ? "online" : "offline";
  parts.kill.hidden = !now.bot.killable;
  parts.kill.textContent = now.bot.online ? "Kill it" : "Start it again";
  parts.kill.disabled = now.bot.busy;
  parts.kill.dataset.do = now.bot.online ? "kill" : "start";
  for (const input of parts.paces.querySelectorAll("input")) input.checked = input.value === now.pace;
  drawFaults(now.faults);
  parts.sum.textContent = `${now.charges.length} · ${dollars(now.dollars)}`;
  redraw(parts.charges, now.charges, charge, "Nothing was bought yet.");
  redraw(parts.requests, together(now.requests), request, "Nobody asked anything yet.");
}

function build(now) {
  rows = new Map();
  parts.life = make("span");
  parts.kill = make("button", { type: "button", class: "button secondary", "data-testid": "life", onclick: (event) => set("bot", { do: event.currentTarget.dataset.do }) });
  parts.paces = make("div", { class: "segments" }, now.paces.map((pace) => make("label", {},
    make("input", { type: "radio", name: "pace", value: pace.name, onchange: () => set("pace", { name: pace.name }) }),
    make("span", {}, PACE[pace.name], make("span", { class: "small", text: `${pace.from}–${pace.to} s` })))));
  parts.calm = make("button", { type: "button", class: "plain", text: "all off", "data-testid": "calm", onclick: () => set("fault", { name: "" }) });
  parts.filter = make("input", { type: "search", placeholder: "Find a fault…", "aria-label": "Find a fault", "data-testid": "find-fault", oninput: sift });
  parts.faults = make("div", { class: "faults" });
  parts.sum = make("span", { class: "sum", "data-testid": "sum" });
  parts.charges = make("ul", { class: "charges", "data-testid": "charges" });
  parts.requests = make("ul", { class: "requests", "data-testid": "requests" });
  el("stage").replaceChildren(
    make("section", { class: "bot" }, make("h3", { text: "The bot" }), parts.life, parts.kill, make("p", { class: "small", text: "Kill it at any moment, and start it again: no picture is lost, none is paid twice." })),
    make("fieldset", {}, make("legend", { text: "How fast pictures are painted" }), parts.paces),
    fold("Make something go wrong", make("span", { class: "sum" }, parts.calm), make("p", { class: "small", text: "Switch a fault on, then order a picture." }), parts.filter, parts.faults),
    fold("Charges", parts.sum, parts.charges),
    fold("Requests", null, parts.requests),
  );
  const first = FIRST.map((name) => now.faults.find((fault) => fault.name === name)).filter(Boolean);
  parts.faults.append(make("div", { class: "verb" }, make("h4", { text: "To begin with" }), make("ul", {}, first.map(faultRow))));
  for (const verb of [...new Set(Object.values(VERBS))]) {
    const faults = now.faults.filter((fault) => (VERBS[fault.verb] ?? "Elsewhere") === verb && !first.includes(fault));
    if (faults.length) parts.faults.append(make("div", { class: "verb" }, make("h4", { text: verb }), make("ul", {}, faults.map(faultRow))));
  }
}

function fold(title, beside, ...inside) {
  return make("details", { open: true }, make("summary", {}, icon("down"), make("h3", { text: title }), beside), ...inside);
}

function faultRow(fault) {
  const button = (times, text) => make("button", { type: "button", class: "plain", "data-times": times, "aria-label": `${fault.name}: ${text}`, onclick: () => set("fault", { name: fault.name, times }), text });
  const row = make("li", { "data-fault": fault.name }, make("span", { class: "fault" }, make("span", { text: fault.line }), make("code", { text: fault.name })),
    button("once", "once"), button("always", "always"), button("off", "off"));
  rows.set(fault.name, row);
  return row;
}

function drawFaults(faults) {
  for (const fault of faults) {
    const row = rows.get(fault.name);
    row.classList.toggle("on", fault.on);
    row.querySelector('[data-times="once"]').setAttribute("aria-pressed", String(fault.on && fault.left !== null));
    row.querySelector('[data-times="always"]').setAttribute("aria-pressed", String(fault.on && fault.left === null));
    row.querySelector('[data-times="off"]').hidden = !fault.on;
  }
  parts.calm.hidden = !faults.some((fault) => fault.on);
}

function sift() {
  const word = parts.filter.value.toLowerCase();
  for (const row of rows.values()) row.hidden = !row.textContent.toLowerCase().includes(word);
  for (const group of parts.faults.children) group.hidden = ![...group.querySelectorAll("li")].some((row) => !row.hidden);
}

function redraw(list, things, draw, nothing) {
  const key = JSON.stringify(things);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...(things.length ? things.map(draw) : [make("li", { class: "small", text: nothing })]));
}

const charge = (paid) => make("li", { class: paid.refunded ? "refunded" : "", "data-testid": "charge" }, make("span", { class: "cut", text: paid.model }), make("span", { text: dollars(paid.dollars) }), paid.refunded && make("span", { class: "small", text: "given back" }));

// The same question again and again is one line with a number.
function together(requests) {
  const lines = [];
  for (const call of requests) {
    const last = lines.at(-1);
    if (last && last.to === call.to && last.route === call.route && last.status === call.status) last.times += 1;
    else lines.push({ ...call, times: 1 });
  }
  return lines.slice(0, 60);
}

function request(call) {
  const good = call.status !== null && call.status < 400;
  const [verb, path] = call.route.split(/ (.*)/);
  return make("li", {}, make("span", { class: `to ${call.to}`, text: call.to }), make("code", { class: "cut", title: `${call.route} at ${absolute(call.at, "T")}` }, make("b", { text: verb }), ` ${path.replace(/\{\w+\}/g, "…")}`),
    call.times > 1 && make("span", { class: "times", text: `×${call.times}` }), make("span", { class: good ? "good" : "bad", text: call.status ?? "hung up" }));
}
