"""The Styles on offer in a server: the built-in ones, and its own. Answers autocomplete whatever the database does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from bot.database import Database, Transaction, metadata
from bot.errors import Refused
from bot.guilds.style_template import (
    PLACE,
    Style,
    apply,
    built_in,
    called,
    folded,
    nicknamed,
    placed,
    places,
    search,
    translated,
)
from bot.text import clean, escape, shorten

__all__ = ["PLACE", "Style", "Styles", "apply", "search", "translated"]

NAME_LIMIT: Final = 32
TEMPLATE_LIMIT: Final = 1_000
"""Characters."""
MOST: Final = 50
"""Of one server."""

_PATIENCE: Final = 1.0
"""Seconds that a suggestion waits for the database. Discord gives an autocomplete three, and people much less."""
_READ_LIMIT: Final = 10.0
"""Seconds after which a reading is given up, so that the next one may find the database well again."""
_REMEMBERED: Final = 200
"""Servers whose list is kept in memory; at worst 60 kB each. For further servers the list is read again."""

STYLES: Final = sa.Table(
    "styles",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(NAME_LIMIT), primary_key=True),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("made_by", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.Float, nullable=False),
)

_log = logging.getLogger(__name__)


class Styles:
    """A server is named by its id; None, in a direct message, has the built-in styles alone."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._built_in = built_in()
        self._known: dict[int, tuple[Style, ...]] = {}
        self._readings: dict[int, asyncio.Task[None]] = {}
        self._changes = 0

    async def offered(self, guild_id: int | None) -> tuple[Style, ...]:
        """Return the server's own styles by name, then the built-in ones."""
        return (*(await self._own(guild_id) if guild_id is not None else ()), *self._built_in)

    async def get(self, guild_id: int | None, name: str, *, say: Callable[[str], str] | None = None) -> Style:
        """Return the style that was chosen, or typed by its name. Raises Refused("style-unknown").

        ``say`` gives the built-ins' names in the member's language, by key.
        """
        chosen = called(self._built_in, name)
        if chosen is None:  # else no database is needed: no server's style is called like that
            styles = await self.offered(guild_id)
            styles = translated(styles, say) if say else styles
            chosen = called(styles, name) or nicknamed(styles, name)
        if chosen is None:
            raise Refused("style-unknown", style=_fact(name))
        return chosen

    async def put(self, guild_id: int, name: str, template: str, by: int) -> Style:
        """Store a server's style, in place of one that is called the same. ``by`` is the member's id.

        Raises Refused: style-name-empty, style-name-too-long, style-built-in, style-template-empty,
        style-template-too-long, style-place-twice, styles-full.
        """
        name = _name(name)
        template = _template(template)
        if called(self._built_in, name) is not None:
            raise Refused("style-built-in", style=_fact(name))
        async with self._database.write() as write:
            await self._database.decide_alone(write, guild_id)
            own = await _rows(write, guild_id)
            same = called(own, name)
            if same is None and len(own) >= MOST:
                raise Refused("styles-full", limit=MOST)
            if same is not None:
                await write.execute(sa.delete(STYLES).where(*_is(guild_id, same)))
            row = {"guild_id": guild_id, "name": name, "template": template, "made_by": by, "made_at": self._clock()}
            await write.execute(sa.insert(STYLES).values(row))
        style = Style(name, name, template)
        self._changed(guild_id, gone=same, new=style)
        return style

    async def remove(self, guild_id: int, name: str) -> Style:
        """Delete a server's own style, and return it. Raises Refused: style-built-in, style-unknown."""
        if called(self._built_in, name) is not None:
            raise Refused("style-built-in", style=_fact(name))
        async with self._database.write() as write:
            await self._database.decide_alone(write, guild_id)
            style = called(await _rows(write, guild_id), name)
            if style is None:
                raise Refused("style-unknown", style=_fact(name))
            await write.execute(sa.delete(STYLES).where(*_is(guild_id, style)))
        self._changed(guild_id, gone=style)
        return style

    async def suggest(
        self,
        guild_id: int | None,
        typed: str,
        *,
        say: Callable[[str], str] | None = None,
        timeout: float = _PATIENCE,
    ) -> list[Style]:
        """Return styles for autocomplete within ``timeout`` seconds, from the last known list if reading is slower.

        ``say`` as in ``get``. All who type in a server meanwhile share one reading, which goes on after the answer.
        """
        if guild_id is None:
            own: tuple[Style, ...] = ()
        else:
            await asyncio.wait({self._reading(guild_id)}, timeout=timeout)
            own = self._known.get(guild_id, ())
        styles = (*own, *self._built_in)
        return search(translated(styles, say) if say else styles, typed)

    async def close(self) -> None:
        """Cancel what is still being read, before the database is closed."""
        readings = list(self._readings.values())
        for reading in readings:
            reading.cancel()
        if readings:
            await asyncio.wait(readings, timeout=_PATIENCE)

    def _reading(self, guild_id: int) -> asyncio.Task[None]:
        """Return the task that reads this server's styles.

        ``_readings`` holds it until it ends, or ``close`` cancels it.
        """
        reading = self._readings.get(guild_id)
        if reading is None:
            reading = asyncio.get_running_loop().create_task(self._read(guild_id))
            self._readings[guild_id] = reading
            reading.add_done_callback(lambda _: self._readings.pop(guild_id, None))
        return reading

    async def _read(self, guild_id: int) -> None:
        before = self._changes
        try:
            async with asyncio.timeout(_READ_LIMIT):
                own = await self._own(guild_id)
        except (sa.exc.SQLAlchemyError, OSError) as error:  # a TimeoutError is one of the latter
            _log.warning("the styles of server %s can't be read, the last known serve: %r", guild_id, error)
            return
        if before == self._changes:  # else a change was made meanwhile, and this may be what was there before it
            self._remember(guild_id, own)

    async def _own(self, guild_id: int) -> tuple[Style, ...]:
        async with self._database.read() as read:
            return await _rows(read, guild_id)

    def _changed(self, guild_id: int, *, gone: Style | None, new: Style | None = None) -> None:
        self._changes += 1
        if guild_id in self._known:
            others = [style for style in self._known[guild_id] if gone is None or style.id != gone.id]
            self._remember(guild_id, _by_name([*others, new] if new else others))

    def _remember(self, guild_id: int, own: tuple[Style, ...]) -> None:
        self._known.pop(guild_id, None)
        self._known[guild_id] = own
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]  # the one that was read longest ago


async def _rows(transaction: Transaction, guild_id: int) -> tuple[Style, ...]:
    rows = await transaction.execute(sa.select(STYLES).where(STYLES.c.guild_id == guild_id))
    return _by_name([Style(row.name, row.name, row.template) for row in rows])


def _by_name(styles: Sequence[Style]) -> tuple[Style, ...]:
    return tuple(sorted(styles, key=lambda style: folded(style.name)))


def _is(guild_id: int, style: Style) -> tuple[sa.ColumnElement[bool], ...]:
    return STYLES.c.guild_id == guild_id, STYLES.c.name == style.id


def _name(typed: str) -> str:
    name = clean(typed)
    if not name:
        raise Refused("style-name-empty", limit=NAME_LIMIT)
    if len(name) > NAME_LIMIT:
        raise Refused("style-name-too-long", limit=NAME_LIMIT, length=len(name))
    return name


def _template(typed: str) -> str:
    """Return the checked template as a single line, so that a card shows it as it is sent. Raises Refused."""
    template = clean(typed)
    if not clean(placed(template).replace(PLACE, "")):
        raise Refused("style-template-empty", place=PLACE)
    if len(template) > TEMPLATE_LIMIT:
        raise Refused("style-template-too-long", limit=TEMPLATE_LIMIT, length=len(template))
    if places(template) > 1:
        raise Refused("style-place-twice", place=PLACE, count=places(template))
    return placed(template)


def _fact(typed: str) -> str:
    """Return typed text, shortened and escaped, so that it is safe to repeat."""
    return escape(shorten(clean(typed), 60))
