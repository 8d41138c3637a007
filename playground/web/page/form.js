// The form that a bot opens: texts, choices and files. https://discord.com/developers/docs/components/reference#label
import { offered } from "./components.js";
import { el, icon, make } from "./node.js";
import { rich } from "./words.js";
import { action, world } from "./world.js";

const dialog = el("form");

world.addEventListener("form", (event) => open(event.detail));

function open(form) {
  const notice = make("p", { class: "notice", role: "alert" });
  const send = make("button", { class: "button primary", text: "Submit" });
  const sheet = make("form", { method: "dialog", novalidate: true },
    make("div", { class: "head" }, make("h2", { id: "form-title", text: form.title }), make("button", { type: "button", class: "square", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"))),
    make("div", { class: "fields" }, form.components.map(row)), notice,
    make("div", { class: "foot" }, make("button", { type: "button", class: "button secondary", text: "Cancel", onclick: () => dialog.close() }), send));
  sheet.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = [...sheet.querySelectorAll("[data-needed]")].find((field) => !filled(field));
    if (missing) { notice.textContent = `“${missing.dataset.needed}” is still empty.`; missing.focus(); return; }
    send.disabled = true;
    try {
      const answer = await action("fill", { interaction: form.interaction, ...fields(sheet) });
      if (!answer.form) dialog.close();
    } catch (error) { notice.textContent = error.message; }
    send.disabled = false;
  });
  dialog.replaceChildren(sheet);
  if (!dialog.open) dialog.showModal();
  sheet.querySelector("[data-field]")?.focus();
}

const filled = (field) => (field.type === "file" ? field.files.length > 0 : field.tagName === "FIELDSET" ? field.querySelector(":checked") : field.value !== "");

function fields(sheet) {
  const values = {};
  for (const field of sheet.querySelectorAll("[data-field]")) {
    const name = `field:${field.dataset.field}`;
    if (field.tagName === "FIELDSET") values[name] = [...field.querySelectorAll(":checked")].map((box) => box.value);
    else values[name] = field.type === "file" ? [...field.files] : field.value;
  }
  return values;
}

function row(part, index) {
  if (part.type === 10) return rich(part.content);
  const inner = part.component ?? part.components[0], label = part.label ?? inner.label ?? "", id = `field${index}`;
  const needed = inner.required !== false;
  const group = inner.type !== 4 && inner.type !== 19 && (inner.max_values ?? 1) > 1;
  const field = input(inner, id, label, needed);
  const name = make(group ? "p" : "label", { class: "label", for: group ? null : id, id: `${id}l` }, label, needed && make("span", { class: "needed", text: " *", "aria-hidden": "true" }));
  const about = part.description && make("p", { class: "small", id: `${id}d`, text: part.description });
  if (about) field.setAttribute("aria-describedby", `${id}d`);
  if (group) field.setAttribute("aria-labelledby", `${id}l`);
  return make("div", { class: "field" }, name, about, field);
}

function input(inner, id, label, needed) {
  const attributes = { id, "data-field": inner.custom_id, "data-needed": needed && label, "aria-required": needed && "true" };
  if (inner.type === 4) {
    const limits = { maxlength: inner.max_length ?? 4000, placeholder: inner.placeholder };
    const box = make(inner.style === 2 ? "textarea" : "input", { ...attributes, ...limits, rows: inner.style === 2 ? 4 : null });
    box.value = inner.value ?? "";
    return box;
  }
  if (inner.type === 19) return make("input", { ...attributes, type: "file", multiple: (inner.max_values ?? 1) > 1 });
  const options = offered(inner), most = inner.max_values ?? 1;
  if (most > 1) {
    return make("fieldset", { ...attributes, tabindex: "-1" }, options.map((option) => make("label", { class: "choice" },
      make("input", { type: "checkbox", value: option.value, checked: option.default }), make("span", {}, option.label, option.description && make("span", { class: "small", text: option.description })))));
  }
  const box = make("select", attributes, new Option(inner.placeholder ?? "Make a selection", ""), options.map((option) => new Option(option.description ? `${option.label}: ${option.description}` : option.label, option.value, option.default, option.default)));
  return box;
}
