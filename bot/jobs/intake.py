"""The Intake: an order becomes a job with reserved money, or is refused.

One transaction, under the database lock ``ACCEPTING``, decides on every order that waits at this moment:

1. If another process holds the slot, the order fails with StandsBy; that process answers it.
2. Maintenance, blocks, the server's rules and its API key are read, all in this transaction, so that nothing which was
   changed before can be overlooked.
3. Refusals are looked for in a fixed order: duplicate, maintenance or block or locked key, deleted source, the
   operator's limits, the server's rules, consent, quotas. The first one found is the answer.
4. Where none is found, the job's row and the entry that reserves its money are written: both or neither.

Only then is the command answered with the job's card, and only after the answer is the job handed to the engine
(``answered``). A crash after the commit leaves an accepted job without a workflow. Recovery looks for its card: where
it was shown, the job goes on; where it was not, the member is notified and the money goes back (``unanswered``).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial

from bot import log_privacy
from bot.database import Database, Transaction
from bot.errors import Interrupted, Refused, RetouchError, StandsBy, Undeliverable
from bot.guilds import consent
from bot.guilds.api_keys import ApiKeys, StoredKey
from bot.guilds.audit import Audit
from bot.guilds.blocks import Block, Blocks
from bot.guilds.gate import (
    Limit,
    Limits,
    MemberContext,
    check_blocked,
    check_limits,
    check_quotas,
    check_rules,
    limits_of,
)
from bot.guilds.rules import GuildRules, Rules
from bot.jobs.batch import Batch
from bot.jobs.courier import Courier, QueuePlace
from bot.jobs.engine import Engine
from bot.jobs.job import Destination, Job, JobState, Trouble, new_id
from bot.jobs.maintenance import Maintenance, Notice
from bot.jobs.member_usage import member_usage
from bot.jobs.priority import CommandPriority
from bot.jobs.slot import Slot
from bot.jobs.store import Jobs
from bot.ledger import Ledger, Spent
from bot.money import Micros
from bot.orders import Order

ACCEPTING = 20261124
"""The key of the database lock under which processes decide, one at a time, whether one more order fits the limits."""

DOUBLE_PRESS = 5.0
"""Seconds within which the same press of a member is a slip of the finger, not a second order."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A queued order.

    A job with the same idempotency key created at or after ``since`` (Unix seconds) makes this one a duplicate.
    """

    job: Job
    idempotency_key: str | None
    since: float
    member_context: MemberContext

    @property
    def who(self) -> tuple[int | None, int]:
        """Return the ids of the server and the member."""
        return self.job.destination.guild_id, self.job.destination.requester_id


_Server = tuple[GuildRules, StoredKey | None]
"""The rules of a server, and its own key at ToAPIs if it has one."""


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the orders of one transaction share, read once: by the server's id, and by server and member."""

    notice: Notice | None
    blocks: dict[tuple[int | None, int], Block]
    is_ours: bool
    servers: dict[int | None, _Server] = field(default_factory=dict)


class Intake:
    """``accept`` is called before the command is answered, ``answered`` after it. Recovery takes up jobs in between."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        ledger: Ledger,
        engine: Engine,
        limits: Limits,
        rules: Rules | None = None,
        blocks: Blocks | None = None,
        api_keys: ApiKeys | None = None,
        command_priority: CommandPriority | None = None,
        slot: Slot | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._ledger = ledger
        self._engine = engine
        self._limits = limits
        self._rules = rules or Rules(database, clock)
        self._blocks = blocks or Blocks(database, Audit(database, self._rules, clock), clock)
        self._api_keys = api_keys or ApiKeys(database)
        self._clock = clock
        self._slot = slot or Slot()
        self.command_priority = command_priority or CommandPriority()
        self.maintenance = Maintenance(database, clock)
        self._closed = False
        self._batch = Batch(database, ACCEPTING, self._prepare, self._decide)

    def close(self) -> None:
        """Accept no more orders: the process is about to restart."""
        self._closed = True

    def admit(self, member_id: int, guild_id: int | None) -> None:
        """Check the operator's blocks, before anything else. Raises Refused."""
        if (barred := check_blocked(self._limits, member_id=member_id, guild_id=guild_id)) is not None:
            raise barred

    async def is_open(self) -> None:
        """Check that orders are taken, before a form is opened that becomes an order. Raises Refused in maintenance."""
        if (notice := await self.maintenance.now()) is not None:
            raise notice.refusal()

    async def pause(self, why: str) -> None:
        """Start maintenance: once this has returned, no process accepts an order. ``why`` is the operator's sentence.

        Each accepting transaction reads the maintenance row under the lock ``ACCEPTING``. Those that took the lock
        earlier have ended when this returns, and those that take it later see the row.
        """
        async with self._database.write() as write:
            await self._database.decide_alone(write, ACCEPTING)
            await self.maintenance.begin(write, why)

    async def resume(self) -> None:
        """End maintenance: accept orders again."""
        async with self._database.write() as write:
            await self.maintenance.end(write)

    async def accept(
        self,
        order: Order,
        price: Micros,
        destination: Destination,
        *,
        parent_id: str | None = None,
        idempotency_key: str | None = None,
        within: float = DOUBLE_PRESS,
        member_context: MemberContext = MemberContext(),  # noqa: B008 - a frozen value
    ) -> Job:
        """Write the job and reserve its money, in one transaction with the check of the limits. Return the job.

        Raises Refused, and then nothing is written; StandsBy where another process answers by now.
        A second order of one member with the same ``idempotency_key`` within ``within`` seconds is refused as "twice".
        """
        log_privacy.note(order.prompt)
        if self._closed:
            raise Refused("restarting")
        job = Job(
            id=new_id(),
            order=order,
            destination=destination,
            state=JobState.ACCEPTED,
            price=price,
            created_at=self._clock(),
            parent_id=parent_id,
        )
        waiting = _Waiting(job, idempotency_key, self._clock() - within, member_context)
        await self._batch.decide(waiting)
        return waiting.job

    async def _prepare(self, write: Transaction, waiting: Sequence[_Waiting]) -> _Shared:
        blocks = await self._blocks.in_force(write, {order.who for order in waiting})
        return _Shared(await self.maintenance.within(write), blocks, await self._slot.is_ours(write))

    async def _decide(self, write: Transaction, shared: _Shared, waiting: _Waiting) -> RetouchError | None:
        if not shared.is_ours:
            return StandsBy("another process has taken over")
        guild, member = waiting.who
        rules, key = await self._decided_by(write, guild, shared)
        job = waiting.job = replace(waiting.job, key_id=key.id if key else None)
        notice_or_block = shared.notice or shared.blocks.get(waiting.who)
        barred = notice_or_block.refusal() if notice_or_block else self._api_keys.refuses(key)
        if await self._is_duplicate(write, waiting):
            return Refused("twice")
        if barred is not None:
            return barred
        if await self._jobs.has_erased(write, {source.message_id for source in job.order.sources if source.message_id}):
            return Refused("picture-deleted")
        usage = await member_usage(write, member, guild, now=self._clock())
        refused = (
            check_limits(self._limits, usage, member_id=member, guild_id=guild, count=job.order.count, rules=rules)
            or check_rules(rules, waiting.member_context, job.order, member_id=member, now=self._clock())
            or await consent.verdict(
                write, rules, job.order.sources, requester_id=member, roles=waiting.member_context.owner_roles
            )
            or await self._overspent(write, job, rules, waiting.member_context)
        )
        if refused is None:
            await self._jobs.add(write, job, waiting.idempotency_key)
            await self._ledger.reserve(
                write,
                job.id,
                job.price,
                member_id=member,
                guild_id=guild,
                pictures=job.order.count,
                key_id=job.key_id,
            )
        return refused

    async def _is_duplicate(self, write: Transaction, waiting: _Waiting) -> bool:
        if waiting.idempotency_key is None:
            return False
        requester_id = waiting.job.destination.requester_id
        return await self._jobs.is_duplicate(write, requester_id, waiting.idempotency_key, since=waiting.since)

    async def _decided_by(self, write: Transaction, guild: int | None, shared: _Shared) -> _Server:
        """Return a server's rules and its API key, read once in a transaction."""
        if guild not in shared.servers:
            shared.servers[guild] = await self._rules.within(write, guild), await self._api_keys.within(write, guild)
        return shared.servers[guild]

    async def _overspent(
        self, write: Transaction, job: Job, rules: GuildRules, member_context: MemberContext
    ) -> Refused | None:
        """Return a refusal if a quota is used up or the member's last order is too recent, else None.

        Sums only what is limited.
        """
        member = job.destination.requester_id
        guild = job.destination.guild_id
        limits = limits_of(self._limits, rules, member_context.role_ids, operator_pays=job.key_id is None)
        scopes = {limit.scope for limit in limits} | ({"member"} if rules.cooldown else set())
        counted: list[tuple[Limit, Spent]] = []
        for scope in scopes:
            windows, newest = await self._ledger.spent(
                write,
                member_id=member if scope == "member" else None,
                guild_id=None if scope == "all" else guild,
            )
            if scope == "member" and newest is not None and self._clock() < newest + rules.cooldown:
                return Refused("cooldown", seconds=rules.cooldown, at=int(newest + rules.cooldown))
            counted += [(limit, windows[limit.window]) for limit in limits if limit.scope == scope]
        return check_quotas(counted, count=job.order.count, price=job.price)

    def expecting(self, job: Job) -> AbstractContextManager[QueuePlace | None]:
        """Keep a place in the queue for an accepted job until it was ``answered``; None where it will begin at once."""
        return self._engine.line.expecting(job)

    async def leave_queue(self, job: Job) -> None:
        """Give up the place of a job that was cancelled while it waited."""
        await self._engine.drop(job.id)

    async def answered(self, job: Job, card_id: int) -> None:
        """Record the id of the card that the member has seen, then hand the job to the engine. Safe to repeat."""
        await self.command_priority.over()
        await self._engine.submit(job.id, along=partial(self._jobs.place_within, job_id=job.id, card_id=card_id))

    async def unanswered(self, job: Job, courier: Courier, error: RetouchError | None = None) -> None:
        """Report to the member, where they ordered, that no card could be shown, and give the money back.

        The member is notified before the state changes. A crash between the two leaves an accepted job, which recovery
        takes up again, and the courier adds nothing that people already have. In the other order a crash would leave a
        failed job that nobody looks at, and a member without an answer. Where the job went on, nothing happens.
        """
        error = error or Interrupted()
        current = await self._jobs.get(job.id)
        if current is None or current.state is not JobState.ACCEPTED:
            return
        try:
            await courier.apologise(job, error)
        except Undeliverable:
            _log.warning("job %s: no place is left to say what went wrong", job.id)
        trouble = Trouble(error.key, error.facts)
        if await self._jobs.move(job.id, JobState.FAILED, only_from=JobState.ACCEPTED, trouble=trouble):
            await self._ledger.give_back(job.id)
