// What stands in a place where nothing was said yet: what this is, and the first thing to do.
import { chooseFile, SAMPLE, trySample } from "./composer.js";
import { icon, make } from "./node.js";

export function welcome(here) {
  const sample = make("button", { type: "button", class: "button primary big", "data-testid": "try-sample", onclick: () => trySample() }, "Try with this picture");
  const own = make("button", { type: "button", class: "button secondary big", onclick: chooseFile }, icon("picture"), "Use one of mine");
  return make("div", { class: "welcome" },
    make("img", { src: `/${SAMPLE.name}`, alt: "A lighthouse above the sea on a late afternoon", width: 1440, height: 960 }),
    make("h2", { text: "Change a picture with words" }),
    make("p", {}, "Give Retouch a picture and say what should change. It paints in a thread of its own, and calls you when the picture is there."),
    make("div", { class: "row" }, sample, own),
    make("p", { class: "small", text: `${here.kind === "channel" ? `#${here.name} is` : "This is"} a stand-in Discord on your own machine, with the real bot in it and a stand-in ToAPIs. Nothing leaves it, nothing is charged.` }));
}
