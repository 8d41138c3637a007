"""Personal data: what each table keeps of people and servers, how it is exported, and how it is forgotten.

A new table belongs into ``KEPT``, or into ``IMPERSONAL`` with the reason; ``test_personal_data.py`` sees to it.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TextIO

import sqlalchemy as sa

from bot.database import NOBODY, Database, Rows, Transaction, rows_of
from bot.guilds import audit, blocks, picture_reports, rules
from bot.guilds.api_keys import KEYS
from bot.guilds.consent import OPT_OUTS
from bot.guilds.gate import DAY
from bot.guilds.styles import STYLES
from bot.jobs import sources
from bot.jobs.table import JOBS
from bot.key_value import FACTS, FORM, KeyValueStore
from bot.ledger import ENTRIES
from bot.privacy import export, forget_jobs
from bot.privacy.departures import Departures
from bot.privacy.disclosure import told_of, told_of_fact

AT_A_TIME: Final = 200
"""Jobs that one transaction of a duty forgets: writers wait for it."""

SUMS_LAST_DAYS: Final = 400
"""Days after which nothing is left of an order, including its cost: longer than any report or limit looks back."""

AUDIT_LAST_DAYS: Final = 400
"""Days for which the audit and the changes of rules are kept."""

FORMS_LAST: Final = DAY
"""Seconds for which an open form's pictures are kept: their addresses expire by then."""

_log = logging.getLogger(__name__)

Tell = Callable[[Transaction, int], Rows]
Forget = Callable[[Transaction, int, float], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """A table that keeps something of people, or for a server.

    ``tell`` yields a member's rows. ``forget`` forgets them, and returns the ids of the jobs that it forgot.
    ``guild`` is the column of the server with which the rows go.
    """

    table: sa.Table
    tell: Tell
    forget: Forget
    guild: str | None = None


def named_in(table: sa.Table, *columns: str, guild: str | None = None) -> PersonalTable:
    """Describe a table some columns of which name members; the first column names the member whose row it is.

    The rows are shown to the members they name (``bot.privacy.disclosure``); forgetting erases only the name.
    """

    async def tell(read: Transaction, member_id: int) -> Rows:
        query = sa.select(table).where(sa.or_(sa.false(), *(table.c[column] == member_id for column in columns)))
        async for row in rows_of(read, query):
            yield told_of(row, columns, member_id)

    async def forget_name(write: Transaction, member_id: int, _: float) -> Sequence[str]:
        for column in columns:
            await write.execute(sa.update(table).where(table.c[column] == member_id).values({column: NOBODY}))
        return ()

    return PersonalTable(table, tell, forget_name, guild)


async def _forget_jobs(write: Transaction, member_id: int, now: float) -> Sequence[str]:
    await forget_jobs.want(write, member_id, now)
    mine = JOBS.c.member_id == member_id
    erased = await forget_jobs.erase(write, sa.and_(mine, forget_jobs.unwanted()), now)
    disowned = await forget_jobs.disown(write, mine, now)
    return list(dict.fromkeys([*erased, *disowned]))


async def _with_their_jobs(_: Transaction, __: int, ___: float) -> Sequence[str]:
    """Keep everything here: ``forget_jobs.disown`` sees to the entries of a job."""
    return ()


async def _kept_wish(_: Transaction, __: int, ___: float) -> Sequence[str]:
    """Keep everything: a forgotten member still wants nobody to use their pictures."""
    return ()


async def _tell_facts(read: Transaction, member_id: int) -> Rows:
    """Yield the facts about a member. There are few, and an id may stand anywhere in them: the database searches."""
    them = re.compile(rf"(?<!\d){member_id}(?!\d)")
    texts = (FACTS.c.name, sa.cast(FACTS.c.value, sa.Text))
    named = sa.or_(FACTS.c.member_id == member_id, *(text.contains(str(member_id)) for text in texts))
    async for row in rows_of(read, sa.select(FACTS).where(named)):
        if row["member_id"] == member_id or them.search(f"{row['name']} {json.dumps(row['value'])}"):
            yield told_of_fact(row["name"], row["value"], member_id, opened=row["member_id"] == member_id)


async def _forget_facts(write: Transaction, member_id: int, _: float) -> Sequence[str]:
    names = [row["name"] async for row in _tell_facts(write, member_id)]
    await write.execute(sa.delete(FACTS).where(FACTS.c.name.in_(names)))
    return ()


async def _tell_keys(read: Transaction, member_id: int) -> Rows:
    """Yield the rows without the sealed key, which is the server's."""
    columns = [column for column in KEYS.c if column.name != "sealed"]
    async for row in rows_of(read, sa.select(*columns).where(KEYS.c.set_by == member_id)):
        yield dict(row)


KEPT: Final = (
    PersonalTable(JOBS, named_in(JOBS, "member_id", "called_off_by").tell, _forget_jobs),
    PersonalTable(ENTRIES, named_in(ENTRIES, "member_id").tell, _with_their_jobs),
    PersonalTable(FACTS, _tell_facts, _forget_facts),
    named_in(STYLES, "made_by", guild="guild_id"),
    named_in(rules.GUILD_RULES, guild="guild_id"),
    named_in(rules.RULE_CHANGES, "by", guild="guild_id"),
    PersonalTable(OPT_OUTS, named_in(OPT_OUTS, "member_id").tell, _kept_wish),
    named_in(audit.AUDIT, "member_id", "by", guild="guild_id"),
    # A block that holds, and an open report, are not lifted by asking to be forgotten: see there.
    PersonalTable(blocks.BLOCKS, named_in(blocks.BLOCKS, "member_id", "by").tell, blocks.forget, "guild_id"),
    PersonalTable(
        picture_reports.PICTURE_REPORTS,
        named_in(picture_reports.PICTURE_REPORTS, "requester_id", "gone_by", "decided_by").tell,
        picture_reports.forget,
        "guild_id",
    ),
    PersonalTable(
        picture_reports.VOICES,
        named_in(picture_reports.VOICES, "member_id").tell,
        picture_reports.forget_voices,
        "guild_id",
    ),
    PersonalTable(sources.ORDER_OWNERS, sources.uses, sources.keep_all),
    replace(named_in(KEYS, "set_by", guild="guild_id"), tell=_tell_keys),
)
"""Every table that keeps something of a member or for a server."""

TOLD_AS: Final = {"order_owners": "used_by_others"}
"""What a table is called in a member's export, where its own name would not say it."""

IMPERSONAL: Final = {
    "order_messages": "ids of messages, and ends with the words of the order that took pictures from them",
    "departures": "which servers the bot left, and when: names no person, and ends with the server's data",
    "workflows": "ids of jobs and the moments when their steps began and ended; deleted with the words of the job",
    "steps": "what the steps of a job returned, its pictures' addresses among it; deleted with the words of the job",
    "webhook_events": "ids of jobs, and of their tasks at ToAPIs, for 36 hours after these have ended",
    "slots": "the number under which the running process holds its right to buy: names nobody",
    "maintenance": "the operator's own sentence to everybody, for as long as no orders are taken",
}
"""The other tables, each with the reason."""


class Workflows(Protocol):
    """The engine, as far as it is needed here."""

    async def forget(self, job_ids: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Left:
    """Numbers of a member's orders: forgotten now; still counted for the limits; not over yet."""

    forgotten: int
    counted: int
    open: int


class Privacy:
    """``retention_days``: so long is kept what ended. ``guild_gone_days``: so long what a server kept, once we left."""

    def __init__(
        self,
        database: Database,
        workflows: Workflows,
        *,
        retention_days: int,
        guild_gone_days: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._workflows = workflows
        self._key_values = KeyValueStore(database)
        self.retention_days = retention_days
        self.guild_gone_days = guild_gone_days
        self._clock = clock
        self.departures = Departures(database, clock)
        self._done_at = 0.0

    async def export(self, member_id: int, file: TextIO, note: str = "") -> None:
        """Write all that the database keeps about a member into a file, as JSON. ``note``: on the pictures in it."""
        async with self._database.read() as read:
            tables = [(TOLD_AS.get(kept.table.name, kept.table.name), kept.tell(read, member_id)) for kept in KEPT]
            await export.write(file, member_id, self._clock(), tables, note)

    async def forget(self, member_id: int) -> Left:
        """Remove, in one transaction, what can be forgotten now. ``keep_word`` does the rest once it can."""
        erased: list[str] = []
        async with self._database.write() as write:
            for kept in KEPT:
                erased += await kept.forget(write, member_id, self._clock())
            mine = sa.and_(JOBS.c.member_id == member_id, forget_jobs.unwanted())
            count = sa.select(sa.func.count(), sa.func.count(JOBS.c.forgotten_at)).where(mine)
            rest, counted = (await write.execute(count)).one()
        if erased:  # a scrub holds up everybody's orders, and is done daily anyway: not for a repeated press
            await self._workflows.forget(erased)
            await self._database.scrub()
        return Left(len(erased), counted, rest - counted)

    async def keep_word(self) -> None:
        """Remove what members wanted forgotten and could not be yet. A chore of recovery."""
        now = self._clock()
        changed = False
        for step in (forget_jobs.erase, forget_jobs.disown):
            while ids := await self._step(step, forget_jobs.unwanted(), now):
                changed = True
                await self._workflows.forget(ids)
        if changed:
            await self._database.scrub()

    async def once_a_day(self) -> None:
        """Delete what is older than the retention, forms that nobody sent, and what left servers kept.

        A chore of recovery.
        """
        now = self._clock()
        if now - self._done_at < DAY:
            return
        old = 0
        while ids := await self._step(forget_jobs.erase, forget_jobs.older(now - self.retention_days * DAY), now):
            old += len(ids)
        while await self._step(
            forget_jobs.drop, forget_jobs.older(now - max(self.retention_days, SUMS_LAST_DAYS) * DAY), now
        ):
            pass
        await self._key_values.forget(FORM, before=now - FORMS_LAST)
        async with self._database.write() as write:
            await blocks.forget_ended(write, now)
            await picture_reports.forget_old(write, now - self.retention_days * DAY)
            await audit.forget_old(write, now - AUDIT_LAST_DAYS * DAY)
            await rules.forget_old_changes(write, now - AUDIT_LAST_DAYS * DAY)
        for guild_id in await self.departures.before(now - self.guild_gone_days * DAY):
            try:
                await self._forget_guild(guild_id, now - self.guild_gone_days * DAY)
            except sa.exc.SQLAlchemyError:
                _log.exception("server %d was left long ago: what it kept here can't be erased now", guild_id)
        await self._database.scrub()  # even if nothing went today: a crash may have come between, and this ends it
        self._done_at = now
        if old:
            _log.info("%d jobs are older than RETENTION_DAYS: their words, sources and links are erased", old)

    async def present(self, guild_ids: Collection[int], owns: Callable[[int], bool] = lambda _: True) -> None:
        """Record which servers the bot left and joined while it was away.

        ``guild_ids`` are all that it is in, of those which this process ``owns``: it hears of no others.
        """
        recorded: set[int] = set()
        async with self._database.read() as read:
            for kept in KEPT:
                if kept.guild is not None:
                    column = kept.table.c[kept.guild]
                    recorded |= set((await read.scalars(sa.select(column).distinct())).all())
        await self.departures.take_back(guild_ids)
        await self.departures.note({guild_id for guild_id in recorded - set(guild_ids) if owns(guild_id)})

    async def _step(
        self,
        step: Callable[[Transaction, sa.ColumnElement[bool], float, int], Awaitable[Sequence[str]]],
        which: sa.ColumnElement[bool],
        now: float,
    ) -> Sequence[str]:
        async with self._database.write() as write:
            return await step(write, which, now, AT_A_TIME)

    async def _forget_guild(self, guild_id: int, before: float) -> None:
        async with self._database.write() as write:
            if not await self.departures.close(write, guild_id, before):
                return
            for kept in KEPT:
                if kept.guild is not None:
                    await write.execute(sa.delete(kept.table).where(kept.table.c[kept.guild] == guild_id))
        _log.info("server %d was left long ago: what it kept here is erased", guild_id)
