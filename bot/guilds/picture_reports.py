"""PictureReports: members report a painted picture to their server's moderators, who decide on it once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from bot.database import NOBODY, Database, Transaction, metadata
from bot.errors import Refused
from bot.guilds.audit import Audit, AuditEntry
from bot.ledger import SECONDS

Decision = Literal["deleted", "blocked", "dismissed"]

REASON_LIMIT: Final = 300
"""Characters."""

IN_AN_HOUR: Final = 5
"""Pictures that a member can report in any hour."""

_HOUR: Final = SECONDS["hour"]

_HEARING: Final = 20261125
"""The matter that processes decide one after the other: whether one more report is accepted."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """A member's own report. ``at`` in Unix seconds; ``reason`` as it was written, perhaps empty."""

    member_id: int
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class PictureReport:
    """A report about a job's picture, which is in the message ``result_id`` of the channel ``place_id``.

    ``channel_id`` and ``message_id``: what the moderators read, once they can. ``gone_by`` deleted the picture.
    """

    job_id: str
    guild_id: int
    requester_id: int
    place_id: int
    result_id: int
    channel_id: int | None = None
    message_id: int | None = None
    gone_by: int | None = None
    decision: Decision | None = None
    decided_by: int | None = None
    reporters: tuple[Reporter, ...] = ()


PICTURE_REPORTS: Final = sa.Table(
    "complaints",
    metadata,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("requester_id", sa.BigInteger, nullable=False),
    sa.Column("place_id", sa.BigInteger, nullable=False),
    sa.Column("result_id", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("gone_by", sa.BigInteger),
    sa.Column("decision", sa.String(16)),
    sa.Column("decided_by", sa.BigInteger),
)
VOICES: Final = sa.Table(
    "complaint_voices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.String(32), nullable=False, index=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String(REASON_LIMIT), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("voices_of_member", "member_id", "at"),
)


class PictureReports:
    """At most one report for each job, with all its reporters. Decisions are recorded in the audit."""

    def __init__(self, database: Database, audit: Audit, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    async def get(self, job_id: str) -> PictureReport | None:
        """Return the report on a job with all its reporters, the first one first, or None."""
        async with self._database.read() as read:
            return await self._get(read, job_id)

    async def may(self, job_id: str, member_id: int) -> None:
        """Check whether this member's report on the job would be accepted. Raises Refused."""
        async with self._database.read() as read:
            await self._hearable(read, job_id, member_id)

    async def hear(self, about: PictureReport, member_id: int, reason: str) -> PictureReport:
        """Add a member's report; the first one creates the report on the job. Return it.

        Raises Refused, storing nothing.
        """
        async with self._database.write() as write:
            await self._database.decide_alone(write, _HEARING)
            existing = await self._hearable(write, about.job_id, member_id)
            now = self._clock()
            if existing is None:
                row = {
                    name: getattr(about, name)
                    for name in ("job_id", "guild_id", "requester_id", "place_id", "result_id")
                }
                await write.execute(sa.insert(PICTURE_REPORTS).values(at=now, **row))
            await _take_back(
                write, about.job_id, member_id
            )  # of a process that ended before the moderators were notified
            reporter = {"job_id": about.job_id, "guild_id": about.guild_id, "member_id": member_id}
            await write.execute(sa.insert(VOICES).values(reason=reason, at=now, **reporter))
            heard = await self._get(write, about.job_id)
        assert heard is not None  # it was just written
        return heard

    async def take_back(self, job_id: str, member_id: int) -> None:
        """Delete a member's report where the moderators could not be notified."""
        async with self._database.write() as write:
            await _take_back(write, job_id, member_id)
            untold = sa.and_(PICTURE_REPORTS.c.job_id == job_id, PICTURE_REPORTS.c.message_id.is_(None))
            await write.execute(sa.delete(PICTURE_REPORTS).where(untold))

    async def told(self, job_id: str, channel_id: int, message_id: int) -> None:
        """Store which message the moderators read."""
        async with self._database.write() as write:
            mine = PICTURE_REPORTS.c.job_id == job_id
            await write.execute(
                sa.update(PICTURE_REPORTS).where(mine).values(channel_id=channel_id, message_id=message_id)
            )

    async def gone(self, job_id: str, by: int) -> None:
        """Record that the picture was deleted."""
        async with self._database.write() as write:
            await write.execute(sa.update(PICTURE_REPORTS).where(PICTURE_REPORTS.c.job_id == job_id).values(gone_by=by))

    async def decide(self, about: PictureReport, decision: Decision, by: int, **facts: str) -> AuditEntry | None:
        """End the report. Return the audit entry, if it is worth one. Raises Refused where it was decided before.

        A block has an audit entry of its own.
        """
        async with self._database.write() as write:
            here = sa.and_(PICTURE_REPORTS.c.job_id == about.job_id, PICTURE_REPORTS.c.decision.is_(None))
            values = {"decision": decision, "decided_by": by}
            if not (await write.execute(sa.update(PICTURE_REPORTS).where(here).values(**values))).rowcount:
                raise Refused("report-decided")
            if decision == "blocked":
                return None
            action: Literal["picture-deleted", "report-dismissed"] = (
                "picture-deleted" if decision == "deleted" else "report-dismissed"
            )
            return await self._audit.within(write, about.guild_id, action, by, about.requester_id, **facts)

    async def _get(self, within: Transaction, job_id: str) -> PictureReport | None:
        row = (await within.execute(sa.select(PICTURE_REPORTS).where(PICTURE_REPORTS.c.job_id == job_id))).one_or_none()
        if row is None:
            return None
        query = sa.select(VOICES).where(VOICES.c.job_id == job_id).order_by(VOICES.c.id)
        reporters = tuple(Reporter(voice.member_id, voice.reason, voice.at) for voice in await within.execute(query))
        return _picture_report(row, reporters)

    async def _hearable(self, within: Transaction, job_id: str, member_id: int) -> PictureReport | None:
        """Return the report that there is already, or None. Raises Refused."""
        existing = await self._get(within, job_id)
        if existing is not None and existing.decision is not None:
            raise Refused("report-decided")
        is_delivered = existing is not None and existing.message_id is not None
        if (
            existing is not None
            and is_delivered
            and any(reporter.member_id == member_id for reporter in existing.reporters)
        ):
            raise Refused("report-twice")
        lately = sa.and_(VOICES.c.member_id == member_id, VOICES.c.at > self._clock() - _HOUR)
        query = sa.select(sa.func.count(), sa.func.min(VOICES.c.at)).where(lately)
        count, oldest = (await within.execute(query)).one()
        if count >= IN_AN_HOUR:
            raise Refused("report-flood", limit=IN_AN_HOUR, at=int(oldest + _HOUR) + 1)
        return existing


async def _take_back(write: Transaction, job_id: str, member_id: int) -> None:
    theirs = sa.and_(VOICES.c.job_id == job_id, VOICES.c.member_id == member_id)
    await write.execute(sa.delete(VOICES).where(theirs))


def _picture_report(row: Any, reporters: tuple[Reporter, ...]) -> PictureReport:
    return PictureReport(
        job_id=row.job_id,
        guild_id=row.guild_id,
        requester_id=row.requester_id,
        place_id=row.place_id,
        result_id=row.result_id,
        channel_id=row.channel_id,
        message_id=row.message_id,
        gone_by=row.gone_by,
        decision=row.decision,
        decided_by=row.decided_by,
        reporters=reporters,
    )


async def forget(within: Transaction, member_id: int, _: float) -> Sequence[str]:
    """Remove a member from reports that are decided, and as the person who deleted or decided.

    In an open report they stay existing. Otherwise a reported member would only have to ask to be forgotten.
    """
    decided = PICTURE_REPORTS.c.decision.is_not(None)
    for column, where in (("requester_id", decided), ("gone_by", decided), ("decided_by", sa.true())):
        theirs = sa.and_(PICTURE_REPORTS.c[column] == member_id, where)
        await within.execute(sa.update(PICTURE_REPORTS).where(theirs).values({column: NOBODY}))
    return ()


async def forget_voices(within: Transaction, member_id: int, now: float) -> Sequence[str]:
    """Delete a member's own reports, except those of the last hour, by which a flood of reports is held back."""
    old = sa.and_(VOICES.c.member_id == member_id, VOICES.c.at <= now - _HOUR)
    await within.execute(sa.delete(VOICES).where(old))
    return ()


async def forget_old(within: Transaction, before: float) -> None:
    """Delete the reports made before a moment (Unix seconds), decided or not."""
    await within.execute(sa.delete(VOICES).where(VOICES.c.at < before))
    await within.execute(sa.delete(PICTURE_REPORTS).where(PICTURE_REPORTS.c.at < before))
