// What a bot puts under its message: buttons, select menus, and the layout pieces around them.
// https://discord.com/developers/docs/components/reference
import { openMenu } from "./menu.js";
import { icon, link, make } from "./node.js";
import { media } from "./media.js";
import { rich } from "./words.js";
import { attempt, channels, action, server, world } from "./world.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };

export const components = (message) => message.components.map((part) => component(part, message)).filter(Boolean);

function component(part, message) {
  const inside = () => (part.components ?? []).map((inner) => component(inner, message)).filter(Boolean);
  if (part.type === 1) return make("div", { class: "row" }, inside());
  if (part.type === 2) return button(part, message);
  if ([3, 5, 6, 7, 8].includes(part.type)) return select(part, message);
  if (part.type === 9) return make("div", { class: "section" }, make("div", {}, inside()), part.accessory && component(part.accessory, message));
  if (part.type === 10) return rich(part.content);
  if (part.type === 11) return media({ alt: part.description, ...part.media }, "thumbnail");
  if (part.type === 12) return make("div", { class: "files several" }, part.items.map((item) => media({ ...item.media, alt: item.description ?? item.media.alt })));
  if (part.type === 13) return media(part.file);
  if (part.type === 14) return make("hr", { class: part.divider === false ? "gap" : "" });
  if (part.type !== 17) return null;
  const box = make("div", { class: "embed container" }, inside());
  if (part.accent_color) box.style.borderLeftColor = `#${part.accent_color.toString(16).padStart(6, "0")}`;
  return part.spoiler ? veiled(box, `${message.id}/${part.id}`) : box;
}

const unveiled = new Set();  // kept while their message is drawn anew

// A box that is covered as a whole, until somebody presses it.
function veiled(box, key) {
  if (unveiled.has(key)) return box;
  const whole = make("div", { class: "veiled" }, box);
  const open = () => { unveiled.add(key); box.inert = false; whole.replaceWith(box); };
  box.inert = true;
  whole.append(make("button", { type: "button", class: "veil", "data-key": `v${key}`, "aria-label": "Spoiler: press to see it", onclick: open }));
  return whole;
}

function button(part, message) {
  const label = [part.emoji?.name, part.label].filter(Boolean).join(" ");
  if (part.style === 5) { const away = link(part.url, `${label} ↗`); away.className = "button secondary"; return away; }
  const press = async (event) => {
    const own = event.currentTarget;
    own.setAttribute("aria-busy", "true");
    await attempt(() => action("press", { message: message.id, custom_id: part.custom_id }));
    own.removeAttribute("aria-busy");
  };
  return make("button", { type: "button", class: `button ${STYLES[part.style] ?? "secondary"}`, "data-key": `b${message.id}${part.custom_id}`, disabled: part.disabled, onclick: press, text: label });
}

// What a select menu offers: its own options, or people, roles and channels.
export function offered(part) {
  if (part.type === 3) return part.options;
  const people = world.state.people.filter((person) => person.member).map((person) => ({ label: person.name, value: person.id }));
  const roles = (server()?.roles ?? []).map((role) => ({ label: role.name, value: role.id }));
  if (part.type === 5) return people;
  if (part.type === 6) return roles;
  if (part.type === 7) return [...people, ...roles];
  return channels().filter((channel) => !world.state.direct.includes(channel)).map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
}

function select(part, message) {
  const options = offered(part), most = part.max_values ?? 1, least = part.min_values ?? 1;
  const before = options.filter((option) => option.default).map((option) => option.value);
  const send = (values) => attempt(() => action("select", { message: message.id, custom_id: part.custom_id, values }));
  const shown = options.filter((option) => before.includes(option.value)).map((option) => option.label).join(", ") || part.placeholder || "Make a selection";
  const unfold = (event) => {
    const chosen = new Set(before);
    const items = options.map((option) => ({
      label: [option.emoji?.name, option.label].filter(Boolean).join(" "), description: option.description, checked: chosen.has(option.value), keep: most > 1,
      act: (on) => (most > 1 ? chosen[on ? "add" : "delete"](option.value) : send([option.value])),
    }));
    const left = () => {
      if (most === 1 || [...chosen].sort().join() === [...before].sort().join()) return;
      if (chosen.size >= least && chosen.size <= most) send([...chosen]);
    };
    openMenu(event.currentTarget, part.placeholder ?? "Choose", items, left);
  };
  return make("button", {
    type: "button", class: "select", "data-key": `s${message.id}${part.custom_id}`, disabled: part.disabled, "aria-haspopup": "menu", "aria-expanded": "false", onclick: unfold,
  }, make("span", { class: "cut", text: shown }), icon("down"));
}
