"""People who use the bot, with a verb for each action. They may do only what Discord's app lets a person do."""

from __future__ import annotations

import asyncio
from typing import Any

from playground.world import conversation
from playground.world.filled_form import filled, picked
from playground.world.interactions import Interaction
from playground.world.looks import Sticker
from playground.world.mentions import permissions_of
from playground.world.messages import Attachment, Upload, parts, received
from playground.world.people import Role, User
from playground.world.permissions import Permission
from playground.world.places import Channel, InteractionType, Message
from playground.world.typed_command import CannotDo, find_command, typed_options
from playground.world.world import World

Json = dict[str, Any]


class Member:
    """A person at their Discord app: ``Member(world, "Ana")``; ``at`` is the channel that they look at."""

    def __init__(self, world: World, user: User | str, *, at: Channel | None = None) -> None:
        self.world = world
        self.at = at
        self.user = world.user(user) if isinstance(user, str) else user

    def __repr__(self) -> str:
        return f"<Member {self.user.name}>"

    # Commands

    async def edit(self, picture: Upload | str, prompt: str, /, **options: Any) -> Interaction:
        """Use ``/edit`` in the channel ``at``, waiting as ``command`` does; a name is a picture of ``world.album``."""
        if self.at is None:
            raise CannotDo(f"{self.user.name} looks at no channel")
        if isinstance(picture, str) and picture not in self.world.album:
            raise CannotDo(f"there is no picture {picture!r}; there is {sorted(self.world.album)}")
        file = Upload(picture, self.world.album[picture]) if isinstance(picture, str) else picture
        return await self.command(self.at, "edit", image=file, prompt=prompt, **options)

    async def command(self, channel: Channel, name: str, /, **options: Any) -> Interaction:
        """Send a slash command (``"server settings"`` is a subcommand); wait for its first answer or its failure."""
        return await self.types(channel, name, **options).outcome()

    def types(self, channel: Channel, name: str, /, **options: Any) -> Interaction:
        """Send a slash command without waiting. Raises CannotDo where the Discord app would not send it."""
        command, path, specs = self.finds(channel, name)
        options = {key: value.user if isinstance(value, Member) else value for key, value in options.items()}
        sent, resolved, uploads = typed_options(self.world, channel, specs, options)
        for step in reversed(path):
            sent = [{"name": step["name"], "type": step["type"], "options": sent}]
        data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": sent}
        data |= {"guild_id": command["guild_id"]} if "guild_id" in command else {}
        words = " ".join(f"{key}: {_words(value)}" for key, value in options.items())
        return self.world.interact(
            InteractionType.COMMAND,
            self.user,
            channel,
            data,
            name=f"/{name} {words}".strip(),
            resolved=resolved,
            uploads=uploads,
        )

    async def autocomplete(self, channel: Channel, name: str, option: str, text: str, /, **others: Any) -> list[Json]:
        """Fill in an option that suggests; return the suggestions, each with name and value."""
        command, path, specs = self.finds(channel, name)
        spec = next((spec for spec in specs if spec["name"] == option), None)
        if spec is None or not spec.get("autocomplete"):
            raise CannotDo(f"/{name} has no option {option!r} that suggests")
        sent, resolved, uploads = typed_options(self.world, channel, specs, others, unfinished=True)
        sent.append({"name": option, "type": spec["type"], "value": text, "focused": True})
        for step in reversed(path):
            sent = [{"name": step["name"], "type": step["type"], "options": sent}]
        data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": sent}
        interaction = self.world.interact(
            InteractionType.AUTOCOMPLETE, self.user, channel, data, name=f"/{name} {option}: {text}", resolved=resolved,
            uploads=uploads,
        )  # fmt: skip
        await interaction.outcome()
        return interaction.choices or []

    async def uses(self, target: Message | User, name: str, channel: Channel | None = None) -> Interaction:
        """Use a command from a message's or a person's menu, and wait for its first answer or its failure."""
        place = target.channel if isinstance(target, Message) else channel
        if place is None:
            raise CannotDo("a person's menu is opened in a channel")
        kind = 3 if isinstance(target, Message) else 2
        command, _, _ = self.finds(place, name, kind=kind)
        data: Json = {"id": command["id"], "name": name, "type": kind, "target_id": str(target.id)}
        resolved: dict[str, dict[int, Any]] = {"messages" if kind == 3 else "users": {target.id: target}}
        membership = place.guild.members.get(target.id) if place.guild is not None else None
        resolved |= {"members": {target.id: membership}} if membership is not None else {}
        interaction = self.world.interact(
            InteractionType.COMMAND, self.user, place, data, name=f'"{name}"', resolved=resolved,
            target=target if isinstance(target, Message) else None,
        )  # fmt: skip
        return await interaction.outcome()

    def finds(self, channel: Channel, name: str, *, kind: int = 1) -> tuple[Json, list[Json], list[Json]]:
        """Find the command as it is offered to this person here, with the way to its options. Raises CannotDo."""
        offered = find_command(self.world, channel, name, kind=kind)
        self._may_use(channel, offered[0])
        return offered

    def _may_use(self, channel: Channel, command: Json) -> None:
        bits = permissions_of(self.user, channel, self.world.clock())
        if not bits & Permission.USE_APPLICATION_COMMANDS:
            raise CannotDo(f"{self.user.name} may not use commands in {channel.label}")
        needed = command["default_member_permissions"]
        if (
            channel.guild is not None
            and needed is not None
            and int(needed) & ~bits
            and not bits & Permission.ADMINISTRATOR
        ):
            raise CannotDo(f"/{command['name']} is not shown to {self.user.name}: it needs more permissions")

    # Buttons, menus and forms

    async def press(self, message: Message, button: str) -> Interaction:
        """Use a button, named by its label, emoji or custom id; wait for the first answer or the failure."""
        return await self.presses(message, button).outcome()

    def presses(self, message: Message, button: str) -> Interaction:
        """Use a button without waiting."""
        return self._touch(message, self._component(message, button, {2}), {"component_type": 2}, button)

    async def select(self, message: Message, *values: str, menu: str | None = None) -> Interaction:
        """Pick in a select menu by label or value; ``menu`` is its custom id or placeholder, if there are several."""
        part = self._component(message, menu, {3, 5, 6, 7, 8})
        options = {option[key]: option["value"] for option in part.get("options", []) for key in ("label", "value")}
        chosen = [options.get(value, value) for value in values]
        if part["type"] == 3 and not set(chosen) <= set(options.values()):
            raise CannotDo(f"there is no {values!r} to choose; there is {sorted(options)}")
        if not (part.get("min_values", 1) <= len(chosen) <= part.get("max_values", 1)):
            raise CannotDo(f"{len(chosen)} can't be chosen here")
        data: Json = {"component_type": part["type"], "values": chosen}
        resolved = picked(self.world, message.channel, part, chosen)
        return await self._touch(message, part, data, ", ".join(values), resolved=resolved).outcome()

    def _touch(self, message: Message, part: Json, data: Json, name: str, **more: Any) -> Interaction:
        data = {"custom_id": part["custom_id"], "id": part.get("id"), **data}
        return self.world.interact(
            InteractionType.COMPONENT,
            self.user,
            message.channel,
            data,
            name=part.get("label") or name,
            source=message,
            **more,
        )

    def _component(self, message: Message, wanted: str | None, kinds: set[int]) -> Json:
        self._sees(message)
        if message.deleted:
            raise CannotDo("the message is gone")
        candidates = [part for part in parts(message.components) if part.get("type") in kinds]
        fits = [part for part in candidates if wanted is None or wanted in _names(part)]
        if len(fits) != 1:
            raise CannotDo(f"{len(fits)} fit {wanted!r}; {message!r} shows {[_names(part) for part in candidates]}")
        if fits[0].get("disabled") or "custom_id" not in fits[0]:
            raise CannotDo(f"{wanted!r} can't be pressed: it is disabled, or a link")
        return fits[0]

    async def fill(self, form: Interaction, /, **fields: Any) -> Interaction:
        """Fill in the form that an interaction answered with, by custom id or label, and send it.

        A field takes a text, a value or a list of values, an Upload or several.
        """
        if form.modal is None or form.user is not self.user:
            raise CannotDo("no form is open")
        answer, resolved, uploads = filled(self.world, form.channel, form.modal, fields)
        data: Json = {"custom_id": form.modal["custom_id"], "components": answer}
        interaction = self.world.interact(
            InteractionType.MODAL, self.user, form.channel, data, name=str(form.modal["title"]), source=form.source,
            resolved=resolved, uploads=uploads, opener=form,
        )  # fmt: skip
        return await interaction.outcome()

    # Words

    async def says(
        self, channel: Channel, text: str = "", *, files: tuple[Upload, ...] = (), reply_to: Message | None = None,
        ping: bool = True, embeds: tuple[Json, ...] = (), stickers: tuple[Sticker, ...] = (),
    ) -> Message:  # fmt: skip
        """Write a message; ``ping=False`` is a reply with its @ switched off."""
        needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        bits = permissions_of(self.user, channel, self.world.clock())
        if not bits & Permission.VIEW_CHANNEL or not bits & needed or (files and not bits & Permission.ATTACH_FILES):
            raise CannotDo(f"{self.user.name} may not write in {channel.label}")
        if channel.locked:
            raise CannotDo(f"{channel.label} is locked")
        reference = None
        if reply_to is not None:
            reference = {"channel_id": str(channel.id), "message_id": str(reply_to.id)}
        message = conversation.post(
            self.world, channel, self.user, text, kind=19 if reply_to is not None else 0, reply_to=reply_to,
            reference=reference, embeds=list(embeds), attachments=self._attach(files), stickers=stickers,
            allowed={"parse": ["users", "roles", "everyone"], "replied_user": ping},
        )  # fmt: skip
        await asyncio.sleep(0)  # the gateway's writer gets its turn
        return message

    async def reply(self, message: Message, text: str, *, ping: bool = True) -> Message:
        """Write an answer to a message, in its own channel."""
        self._sees(message)
        return await self.says(message.channel, text, reply_to=message, ping=ping)

    async def forwards(self, message: Message, channel: Channel) -> Message:
        """Forward a message that they see."""
        self._sees(message)
        if not permissions_of(self.user, channel, self.world.clock()) & Permission.SEND_MESSAGES:
            raise CannotDo(f"{self.user.name} may not write in {channel.label}")
        copy = conversation.forward(self.world, message, channel, self.user)
        await asyncio.sleep(0)  # the gateway's writer gets its turn
        return copy

    def _attach(self, files: tuple[Upload, ...]) -> list[Attachment]:
        return [received(file, self.world.clock.snowflake()) for file in files]

    def deletes(self, message: Message) -> None:
        """Delete an own message, or anybody's with MANAGE_MESSAGES."""
        bits = permissions_of(self.user, message.channel, self.world.clock())
        if message.author is not self.user and not bits & Permission.MANAGE_MESSAGES:
            raise CannotDo("this is somebody else's message")
        conversation.delete(self.world, message, self.user.name)

    def _sees(self, message: Message) -> None:
        if message.seen_only_by not in (None, self.user):
            raise CannotDo(f"{self.user.name} does not see this message")
        if not permissions_of(self.user, message.channel, self.world.clock()) & Permission.VIEW_CHANNEL:
            raise CannotDo(f"{self.user.name} does not see {message.channel.label}")

    def sees(self, channel: Channel) -> list[Message]:
        """Return what this person reads in a channel, oldest first: public messages and those for their eyes only."""
        if not permissions_of(self.user, channel, self.world.clock()) & Permission.VIEW_CHANNEL:
            raise CannotDo(f"{self.user.name} does not see {channel.label}")
        return [message for message in channel.messages.values() if message.seen_only_by in (None, self.user)]


def _names(part: Json) -> list[str]:
    names = (part.get("label"), (part.get("emoji") or {}).get("name"), part.get("placeholder"), part.get("custom_id"))
    return [name for name in names if name]


def _words(value: Any) -> str:
    if isinstance(value, Upload):
        return f"[{value.name}]"
    return value.name if isinstance(value, User | Role | Channel) else str(value)
