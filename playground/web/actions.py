"""Actions that the page's forms ask a person to do: each reads the form, and calls the verb of Member."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from aiohttp.web import FileField

from playground.world.filled_form import TEXT_INPUT
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import Upload, upload
from playground.world.places import Channel, Message
from playground.world.typed_command import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    INTEGER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    USER,
    CannotDo,
)
from playground.world.world import World

Json = dict[str, Any]

UNKNOWN: Final = "application/octet-stream"
MOST_FILES: Final = 10
"""Files in one message: https://discord.com/developers/docs/resources/message#create-message"""


class Form(Protocol):
    """A posted form, as aiohttp reads it."""

    def get(self, name: str, /) -> Any: ...
    def getall(self, name: str, default: Any, /) -> list[Any]: ...


class Actions:
    """The actions by name in ``table``. Each takes the form, returns what the page shows next, and raises CannotDo."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.table: dict[str, Callable[[Form], Awaitable[Json]]] = {
            "command": self.command, "autocomplete": self.autocomplete, "press": self.press, "select": self.select,
            "fill": self.fill, "uses": self.uses, "says": self.says, "delete": self.delete,
        }  # fmt: skip

    async def command(self, form: Form) -> Json:
        """Run a command: ``name``, ``options`` as a JSON object of texts, and the files as ``file:<option>``.

        ``spoilers``: the options whose files are covered.
        """
        me = self.member(form.get("me"))
        channel = self.channel(form.get("channel"))
        name = _text(form, "name")
        options = self._options(me, channel, name, form)
        return _outcome(await me.command(channel, name, **options))

    async def autocomplete(self, form: Form) -> Json:
        """Return suggestions: ``option`` is being typed into, ``text`` is its content, ``options`` are the others."""
        me = self.member(form.get("me"))
        channel = self.channel(form.get("channel"))
        name = _text(form, "name")
        others = self._options(me, channel, name, form)
        option = _text(form, "option")
        others.pop(option, None)
        return {"choices": await me.autocomplete(channel, name, option, _text(form, "text"), **others)}

    async def press(self, form: Form) -> Json:
        me = self.member(form.get("me"))
        message = self.message(form)
        return _outcome(await me.press(message, _text(form, "custom_id")))

    async def select(self, form: Form) -> Json:
        """Pick in a menu: ``values`` has each choice."""
        me = self.member(form.get("me"))
        message = self.message(form)
        values = [str(choice) for choice in form.getall("values", [])]
        return _outcome(await me.select(message, *values, menu=_text(form, "custom_id")))

    async def fill(self, form: Form) -> Json:
        """Submit a form: ``interaction`` opened it; each field is ``field:<custom id>``, files alike."""
        me = self.member(form.get("me"))
        opened = self._interaction(form)
        fields: dict[str, Any] = {}
        for row in (opened.modal or {}).get("components", []):
            inner = row.get("component") or (row.get("components") or [{}])[0]
            name = inner.get("custom_id")
            posted = form.getall(f"field:{name}", [])
            if name and posted:
                fields[name] = _fields(inner["type"], posted)
        return _outcome(await me.fill(opened, **fields))

    async def uses(self, form: Form) -> Json:
        me = self.member(form.get("me"))
        message = self.message(form)
        return _outcome(await me.uses(message, _text(form, "name")))

    async def says(self, form: Form) -> Json:
        """Post a message: ``text``, ``files``, and ``reply_to`` with ``ping`` ("1" or "0").

        ``spoilers``: the numbers, from 0, of the files that are covered.
        """
        me = self.member(form.get("me"))
        channel = self.channel(form.get("channel"))
        spoilers = form.getall("spoilers", [])
        posted = _files(form.getall("files", []))
        files = tuple(replace(file, spoiler=str(number) in spoilers) for number, file in enumerate(posted))
        if len(files) > MOST_FILES:
            raise CannotDo(f"a message holds {MOST_FILES} files at most")
        text = _text(form, "text").strip()
        if not text and not files:
            raise CannotDo("there is nothing to say")
        reply = self.message(form, "reply_to") if form.get("reply_to") else None
        await me.says(channel, text, files=files, reply_to=reply, ping=form.get("ping") != "0")
        return {}

    async def delete(self, form: Form) -> Json:
        self.member(form.get("me")).deletes(self.message(form))
        return {}

    def member(self, snowflake: Any) -> Member:
        """Return the person of this id; without an id the first who is no bot, which is Ana in the studio."""
        people = [user for user in self._world.users.values() if not user.bot]
        if not snowflake:
            return Member(self._world, next((user for user in people if user.name == "Ana"), people[0]))
        for user in people:
            if str(user.id) == snowflake:
                return Member(self._world, user)
        raise CannotDo("there is no such person here")

    def channel(self, snowflake: Any) -> Channel:
        for place in self._world.channels.values():
            if str(place.id) == snowflake:
                return place
        raise CannotDo("there is no such channel")

    def message(self, form: Form, key: str = "message") -> Message:
        for place in self._world.channels.values():
            for message in place.messages.values():
                if str(message.id) == form.get(key):
                    return message
        raise CannotDo("the message is gone")

    def _interaction(self, form: Form) -> Interaction:
        for interaction in self._world.interactions.values():
            if str(interaction.id) == form.get("interaction"):
                return interaction
        raise CannotDo("no form is open")

    def _options(self, me: Member, channel: Channel, name: str, form: Form) -> dict[str, Any]:
        _, _, specs = me.finds(channel, name)
        texts = _texts(form)
        options: dict[str, Any] = {}
        for spec in specs:
            if spec["type"] == ATTACHMENT:
                files = _files(form.getall(f"file:{spec['name']}", []))
                spoiler = spec["name"] in form.getall("spoilers", [])
                options |= {spec["name"]: replace(files[0], spoiler=spoiler)} if files else {}
            elif spec["name"] in texts:
                options[spec["name"]] = self._value(spec, texts[spec["name"]], channel)
        return options

    def _value(self, spec: Json, text: str, channel: Channel) -> Any:
        """Convert a typed text to what the option wants. Raises CannotDo."""
        kind = spec["type"]
        try:
            if kind in (INTEGER, NUMBER):
                return int(text) if kind == INTEGER else float(text)
            if kind == BOOLEAN:
                return text == "true"
            if kind == CHANNEL:
                return self.channel(text)
            if kind in (USER, ROLE, MENTIONABLE):
                roles = channel.guild.roles if channel.guild is not None else {}
                return self._world.users.get(int(text)) or roles[int(text)]
        except (ValueError, KeyError):
            raise CannotDo(f"{spec['name']}: {text!r} does not fit here") from None
        return text


def _outcome(interaction: Interaction) -> Json:
    opened = None
    if interaction.modal is not None:
        opened = interaction.modal | {"interaction": str(interaction.id)}
    return {"failed": interaction.failed, "form": opened}


def _text(form: Form, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _texts(form: Form) -> Mapping[str, str]:
    try:
        options = json.loads(_text(form, "options") or "{}")
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise CannotDo("the options can't be read")
    return {str(key): str(value) for key, value in options.items()}


def _files(posted: list[Any]) -> tuple[Upload, ...]:
    """Return the uploads. A file keeps the browser's type; where it has none, the name decides, as in Discord's app."""
    return tuple(
        upload(file.filename, file.file.read(), file.content_type if file.content_type != UNKNOWN else None)
        for file in posted
        if isinstance(file, FileField) and file.filename
    )


def _fields(kind: int, posted: list[Any]) -> Any:
    """Return a field of a form: a text, some values, or some files."""
    files = _files(posted)
    if files:
        return files
    values = [value for value in posted if isinstance(value, str)]
    if kind == TEXT_INPUT:
        return values[0] if values else ""
    return [value for value in values if value]
