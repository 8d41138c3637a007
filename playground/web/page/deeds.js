// What can be done with a message: reply, use an app on it, copy it, delete it.
import { openMenu } from "./menu.js";
import { attempt, action, world } from "./world.js";

export function startReply(message) {
  world.dispatchEvent(new CustomEvent("reply", { detail: message }));
}

export function openMessageMenu(anchor, message) {
  const apps = world.state.here.commands.filter((command) => command.kind === 3);
  const use = (command) => attempt(() => action("uses", { message: message.id, name: command.name }));
  openMenu(anchor, "Message", [
    ...(message.ephemeral ? [] : [{ label: "Reply", act: () => startReply(message) }]),
    ...(message.content ? [{ label: "Copy text", act: () => navigator.clipboard?.writeText(message.content) }] : []),
    null,
    { title: "Apps" },
    ...(apps.length ? apps.map((command) => ({ label: command.name, description: "Retouch", act: () => use(command) })) : [{ label: "None for messages yet", disabled: true }]),
    ...(message.deletable ? [null, { label: "Delete", danger: true, act: () => attempt(() => action("delete", { message: message.id })) }] : []),
  ]);
}
