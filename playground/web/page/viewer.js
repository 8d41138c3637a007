// A picture in full size, with its alt text. Escape closes; the dialog gives the focus back by itself.
import { el, icon, make, size } from "./node.js";
import { file } from "./world.js";

const viewer = el("viewer");

export function show(one) {
  const image = make("img", { src: file(one.url), alt: one.alt || one.name, width: one.width, height: one.height });
  const facts = make("p", { class: "small" }, `${one.name} · ${one.width} × ${one.height} · ${size(one.size)} · `, make("a", { href: file(one.url), target: "_blank", rel: "noopener", text: "open alone" }));
  viewer.replaceChildren(
    make("button", { type: "button", class: "square shut", "aria-label": "Close", onclick: () => viewer.close() }, icon("close")),
    make("figure", {}, image, make("figcaption", {}, make("p", { "data-testid": "alt", text: one.alt || "This picture has no alt text." }), facts)),
  );
  viewer.showModal();
}

viewer.addEventListener("click", (event) => { if (!event.target.closest("img, figcaption, button")) viewer.close(); });
