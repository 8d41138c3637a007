// The front door: joins the parts, and draws them whenever the world has changed.
import "./drawers.js";
import "./form.js";
import { drawBackstage } from "./backstage.js";
import { drawComposer } from "./composer.js";
import { drawLog } from "./log.js";
import { drawPlaces } from "./places.js";
import { ordering } from "./order.js";
import { el } from "./node.js";
import { go, places, refresh, world } from "./world.js";
import { welcome } from "./welcome.js";

let known = null, whose = "";

world.addEventListener("changed", () => {
  drawPlaces();
  drawLog(welcome);
  drawComposer();
  drawBackstage();
  follow();
});

// Whoever ordered a picture is led into its thread, unless they have begun something else.
function follow() {
  const threads = places().flatMap((place) => place.threads ?? []);
  const fresh = known && whose === world.me && threads.find((thread) => thread.mine && !known.has(thread.id));
  known = new Set(threads.map((thread) => thread.id));
  whose = world.me;
  if (fresh && !ordering() && !el("say").value && !document.querySelector("dialog[open]")) go(fresh.id);
}

const events = new EventSource("/events");
events.onmessage = refresh;
events.onerror = () => world.dispatchEvent(new CustomEvent("trouble", { detail: "The playground does not answer. Is it still running?" }));
events.onopen = () => { el("notice").textContent = ""; };
