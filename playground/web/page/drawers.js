// The side bar and backstage: beside the channel where there is room, else drawers above it.
import { el, icon } from "./node.js";
import { world } from "./world.js";

const narrow = matchMedia("(max-width: 760px)"), middle = matchMedia("(max-width: 1180px)");
const sides = {
  places: { drawer: () => narrow.matches, open: false, button: el("show-places") },
  backstage: { drawer: () => middle.matches, open: false, folded: localStorage.getItem("folded") === "yes", button: el("show-backstage") },
};

el("show-places").append(icon("menu"));
el("show-backstage").append(icon("panel"), " Backstage");
el("fold").append(icon("close"));

function draw() {
  let modal = false;
  for (const [name, side] of Object.entries(sides)) {
    const drawer = side.drawer(), shown = drawer ? side.open : !side.folded;
    document.body.classList.toggle(`${name}-open`, shown);
    document.body.classList.toggle(`${name}-drawer`, drawer);
    el(name).inert = !shown;
    side.button.setAttribute("aria-expanded", String(shown));
    modal ||= drawer && shown;
  }
  el("scrim").hidden = !modal;
  document.querySelector("main").inert = modal;
}

function toggle(name, shown) {
  const side = sides[name];
  if (side.drawer()) {
    for (const other of Object.values(sides)) other.open = false;
    side.open = shown;
  } else {
    side.folded = !shown;
    localStorage.setItem("folded", shown ? "no" : "yes");
  }
  draw();
  if (!side.drawer()) return;
  if (shown) el(name).querySelector("button, select, input")?.focus();
  else side.button.focus();
}

const shut = () => { for (const name of Object.keys(sides)) if (sides[name].drawer() && sides[name].open) toggle(name, false); };
const shown = (name) => document.body.classList.contains(`${name}-open`);

for (const name of Object.keys(sides)) sides[name].button.addEventListener("click", () => toggle(name, !shown(name)));
el("fold").addEventListener("click", () => toggle("backstage", false));
el("scrim").addEventListener("click", shut);
world.addEventListener("went", shut);
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !document.querySelector("dialog[open], .menu")) shut(); });
for (const width of [narrow, middle]) width.addEventListener("change", draw);
draw();
