// The side bar: servers, their channels and threads, direct messages; what is unread; and who you are.
import { avatar, el, icon, make } from "./node.js";
import { become, go, places, world } from "./world.js";

const read = new Map();  // by person: the last message that they have seen, by place
let drawn = "";

export function drawPlaces() {
  const { state } = world;
  remember();
  const rows = JSON.stringify([state.me, state.here.id, state.servers, state.direct, state.backstage.bot]);
  if (rows === drawn) return;
  drawn = rows;
  const focused = document.activeElement?.dataset?.place;
  el("list").replaceChildren(
    ...state.servers.flatMap((server) => [make("h2", { class: "server", text: server.name }), list(server.channels, "hash")]),
    make("h2", { class: "group", text: "Direct messages" }),
    list(state.direct, "mail"),
  );
  if (focused) el("list").querySelector(`[data-place="${focused}"]`)?.focus();
  drawSelf();
  const unread = places().some((place) => fresh(place));
  el("show-places").classList.toggle("dotted", unread);
}

function list(channels, sign) {
  return make("ul", {}, channels.map((channel) => make("li", {}, row(channel, sign),
    channel.threads.length > 0 && make("ul", { class: "threads" }, channel.threads.map((thread) => make("li", {}, row(thread, "thread")))))));
}

function row(place, sign) {
  const here = place.id === world.here, pings = here ? 0 : place.pings.filter((id) => newer(id, place)).length, unread = fresh(place);
  const bot = sign === "mail" && world.state.people.find((person) => person.bot);
  const words = pings ? `, ${pings} for you` : unread ? ", unread" : "";
  return make("button", {
    type: "button", class: `place${unread ? " unread" : ""}${place.archived ? " archived" : ""}`, "data-place": place.id,
    "data-testid": sign === "thread" ? "thread" : "channel", "aria-current": here && "page", title: place.name,
    "aria-label": `${place.name}${sign === "thread" ? ", thread" : ""}${words}`, onclick: () => go(place.id).then(() => world.dispatchEvent(new Event("went"))),
  }, bot ? avatar(bot) : icon(sign), make("span", { class: "name", text: place.name }),
  bot && make("span", { class: world.state.backstage.bot.online ? "online" : "offline", text: world.state.backstage.bot.online ? "online" : "offline" }),
  pings > 0 && make("span", { class: "badge", text: String(pings) }));
}

const mine = () => read.get(world.me);
const newer = (id, place) => BigInt(id) > BigInt(mine().get(place.id) ?? "0");
const fresh = (place) => place.id !== world.here && newer(place.last, place);

// Whoever comes has read what was there; later on, what stands in the open place.
function remember() {
  if (!mine()) read.set(world.me, new Map(places().map((place) => [place.id, place.last])));
  const open = places().find((place) => place.id === world.here);
  if (open) mine().set(open.id, open.last);
}

function drawSelf() {
  const people = world.state.people.filter((person) => person.member && !person.bot);
  const chosen = el("member"), names = people.map((person) => person.id).join();
  if (chosen.dataset.names !== names) {
    chosen.dataset.names = names;
    chosen.replaceChildren(...people.map((person) => new Option(person.name, person.id)));
  }
  chosen.value = world.me;
  const me = world.state.people.find((person) => person.id === world.me);
  if (me) { const face = avatar(me); face.id = "face"; el("face").replaceWith(face); }
}

el("member").addEventListener("change", () => become(el("member").value));
