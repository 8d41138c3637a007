// A picture in full size, with its alt text. Escape closes; the dialog gives the focus back by itself.
import { el, icon, make, size } from "./node.js";
import { file } from "./world.js";

const viewer = el("viewer");

export function show(picture) {
  const image = make("img", { src: file(picture.url), alt: picture.alt || picture.name, width: picture.width, height: picture.height });
  const facts = make("p", { class: "small" }, `${picture.name} · ${picture.width} × ${picture.height} · ${size(picture.size)} · `, make("a", { href: file(picture.url), target: "_blank", rel: "noopener", text: "open alone" }));
  viewer.replaceChildren(
    make("button", { type: "button", class: "square shut", "aria-label": "Close", onclick: () => viewer.close() }, icon("close")),
    make("figure", {}, image, make("figcaption", {}, make("p", { "data-testid": "alt", text: picture.alt || "This picture has no alt text." }), facts)),
  );
  viewer.showModal();
}

viewer.addEventListener("click", (event) => { if (!event.target.closest("img, figcaption, button")) viewer.close(); });
