// A picture or another file as it stands in a message.
import { icon, link, make, size } from "./node.js";
import { show } from "./viewer.js";
import { file, world } from "./world.js";

const WIDEST = 520;
const COVER = "SPOILER_";  // how the name of a covered file may begin
const figures = new Map();  // kept while their message is drawn anew, so that no picture flickers

// A file of this world, or an address elsewhere, which the page never fetches.
export function media(picture, className = "") {
  if (picture.elsewhere) return link(picture.url, "A picture elsewhere on the web");
  return picture.width ? figure(picture, className) : document_(picture);
}

function figure(picture, className = "") {
  const key = `${world.me}/${picture.id}/${className}/${picture.covered}`;
  if (figures.has(key)) return figures.get(key);
  const painted = picture.name.replace(COVER, "").startsWith("retouch-");
  const scale = Math.min(1, WIDEST / picture.width, Math.max(240, innerHeight / 3) / picture.height);  // source and result fit together
  const image = make("img", { src: file(picture.url), alt: picture.alt || picture.name, width: Math.round(picture.width * scale), height: Math.round(picture.height * scale), "data-testid": painted ? "picture" : "source", decoding: "async" });
  const button = make("button", { type: "button", class: `figure ${className}`, "data-key": `f${picture.id}`, onclick: () => button.classList.contains("covered") ? uncover() : show(picture) }, image);
  const uncover = () => {
    button.classList.remove("covered");
    button.setAttribute("aria-label", `See in full size: ${picture.alt || picture.name}`);
  };
  uncover();
  if (picture.covered) {
    button.classList.add("covered");
    button.setAttribute("aria-label", "Spoiler: press to see it");
  }
  figures.set(key, button);
  return button;
}

function document_(attachment) {
  const name = make("a", { href: file(attachment.url), download: attachment.name, text: attachment.name });
  return make("div", { class: "document" }, icon("file"), make("span", {}, name, make("span", { class: "small", text: size(attachment.size) })));
}
