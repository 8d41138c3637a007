"""The API keys: servers' own keys at ToAPIs, stored encrypted ("sealed"), and which of them a server pays with.

A key that was replaced or removed is retired: no new job begins with it, and it is deleted once no job needs it.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from pydantic import SecretStr

from bot import logs
from bot.database import Database, Transaction, metadata
from bot.errors import KeyLocked, Refused
from bot.guilds.gate import DAY

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

LAST: Final = 4
"""Characters of a key that people are shown."""

_log = logging.getLogger(__name__)

KEYS: Final = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("last_four", sa.String(LAST), nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    sa.Column("set_at", sa.Float, nullable=False),
    sa.Column("retired_at", sa.Float),
    sa.Column("rejected_at", sa.Float),
    sa.Column("told_at", sa.Float),  # when the server's managers were last told of trouble with it
    # What makes two keys of one server impossible, by whatever path they come.
    sa.Index(
        "keys_in_use",
        "guild_id",
        unique=True,
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    ),
)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it is kept. ``rejected_at``: when ToAPIs refused it (Unix seconds), or None."""

    id: str
    guild_id: int
    last_four: str
    set_by: int
    set_at: float
    rejected_at: float | None
    sealed: str = field(repr=False)


class ApiKeys:
    """The keys of servers. ``encryption_keys`` are the operator's Fernet keys: the first encrypts, each decrypts.

    Without them no key is stored.
    """

    def __init__(
        self, database: Database, encryption_keys: Sequence[SecretStr] = (), clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._clock = clock
        self._box = _box(encryption_keys) if encryption_keys else None

    @property
    def is_set_up(self) -> bool:
        """Return whether the operator has set SECRET_KEYS."""
        return self._box is not None

    async def keep(self, guild_id: int, key: SecretStr, by: int) -> StoredKey:
        """Store the key that the server pays with from now on, in place of an earlier one.

        Raises Refused("own-key-off").
        """
        if self._box is None:
            raise Refused("own-key-off")
        key_id = secrets.token_hex(8)
        text = key.get_secret_value()
        stored_key = StoredKey(
            id=key_id,
            guild_id=guild_id,
            last_four=text[-LAST:],
            set_by=by,
            set_at=self._clock(),
            rejected_at=None,
            sealed=self._box.encrypt(f"{key_id} {text}".encode()).decode(),
        )
        async with self._database.write() as write:
            await self._database.decide_alone(write, guild_id)
            await self._retire(write, guild_id)
            await write.execute(sa.insert(KEYS).values(asdict(stored_key)))
        _log.info("server %d: its own key was set by member %d", guild_id, by)
        return stored_key

    async def remove(self, guild_id: int, by: int) -> bool:
        """Drop the server's key, so that the operator's pays again. Return False where it had none."""
        async with self._database.write() as write:
            await self._database.decide_alone(write, guild_id)
            gone = await self._retire(write, guild_id)
        if gone:
            _log.info("server %d: its own key was removed by member %d", guild_id, by)
        return gone

    async def _retire(self, write: Transaction, guild_id: int) -> bool:
        return bool(
            (await write.execute(sa.update(KEYS).where(_of(guild_id)).values(retired_at=self._clock()))).rowcount
        )

    async def now(self, guild_id: int) -> StoredKey | None:
        """Return the key that the server pays with, or None where the operator's pays."""
        async with self._database.read() as read:
            row = (await read.execute(sa.select(KEYS).where(_of(guild_id)))).one_or_none()
        return _stored_key(row) if row else None

    async def within(self, write: Transaction, guild_id: int | None) -> StoredKey | None:
        """Return the same as ``now``, in the caller's transaction.

        Until its end the key can't be retired, nor deleted.
        """
        if guild_id is None:
            return None
        row = (await write.execute(sa.select(KEYS).where(_of(guild_id)).with_for_update(read=True))).one_or_none()
        return _stored_key(row) if row else None

    async def get(self, key_id: str) -> StoredKey | None:
        """Return a key by its id, retired or not, or None."""
        async with self._database.read() as read:
            row = (await read.execute(sa.select(KEYS).where(KEYS.c.id == key_id))).one_or_none()
        return _stored_key(row) if row else None

    def opened(self, stored_key: StoredKey) -> SecretStr:
        """Return the decrypted key. Raises KeyLocked if none of SECRET_KEYS opens it, or its sealed id differs."""
        text = _decrypted(self._box, stored_key.sealed) if self._box else ""
        key_id, _, key = text.partition(" ")
        if key_id != stored_key.id or not key:
            raise KeyLocked(f"no key in SECRET_KEYS opens the own key of server {stored_key.guild_id}")
        logs.conceal_key(key)
        return SecretStr(key)

    def refuses(self, stored_key: StoredKey | None) -> Refused | None:
        """Return a refusal if nothing can be bought with this key (rejected by ToAPIs, or locked), else None."""
        if stored_key is None:
            return None
        if stored_key.rejected_at is not None:
            return Refused("own-key-rejected", last_four=stored_key.last_four)
        try:
            self.opened(stored_key)
        except KeyLocked as error:
            _log.error("an order was refused: %s", error.detail)
            return Refused("own-key-locked")
        return None

    async def reject(self, key_id: str) -> None:
        """Record that ToAPIs refused the key: nothing is bought with it any more. The first moment is kept."""
        async with self._database.write() as write:
            first = sa.and_(KEYS.c.id == key_id, KEYS.c.rejected_at.is_(None))
            await write.execute(sa.update(KEYS).where(first).values(rejected_at=self._clock()))

    async def unreported(self) -> list[StoredKey]:
        """Return the rejected keys in use whose servers' managers were not notified yet."""
        unknown = sa.or_(KEYS.c.told_at.is_(None), KEYS.c.told_at < KEYS.c.rejected_at)
        query = sa.select(KEYS).where(KEYS.c.retired_at.is_(None), KEYS.c.rejected_at.is_not(None), unknown)
        async with self._database.read() as read:
            return [_stored_key(row) for row in await read.execute(query)]

    async def record_notice(self, key_id: str, *, at_most_daily: bool = False) -> bool:
        """Record that the managers are notified of trouble with a key in use.

        Return False where it is retired or, with ``at_most_daily``, they were notified within a day.
        """
        now = self._clock()
        mine = sa.and_(KEYS.c.id == key_id, KEYS.c.retired_at.is_(None))
        if at_most_daily:
            mine = sa.and_(mine, sa.or_(KEYS.c.told_at.is_(None), KEYS.c.told_at <= now - DAY))
        async with self._database.write() as write:
            return bool((await write.execute(sa.update(KEYS).where(mine).values(told_at=now))).rowcount)

    async def clear(self, needed: sa.Select[tuple[str | None]]) -> list[str]:
        """Delete the retired keys whose ids ``needed`` does not select. Return the ids of the deleted ones."""
        async with self._database.read() as read:
            if await read.scalar(sa.select(KEYS.c.id).where(KEYS.c.retired_at.is_not(None)).limit(1)) is None:
                return []  # nearly always; and writers need not wait for it
        async with self._database.write() as write:
            over = sa.and_(KEYS.c.retired_at.is_not(None), KEYS.c.id.not_in(needed))
            return list(await write.scalars(sa.delete(KEYS).where(over).returning(KEYS.c.id)))

    async def rotate(self) -> tuple[int, int]:
        """Update the encryption of every key to the first of SECRET_KEYS.

        Return how many were sealed, and how many none of them opens.
        """
        done = locked = 0
        async with self._database.write() as write:
            for row in (await write.execute(sa.select(KEYS).with_for_update())).all():
                try:
                    text = f"{row.id} {self.opened(_stored_key(row)).get_secret_value()}"
                except KeyLocked:
                    locked += 1
                    continue
                assert self._box is not None  # it has just opened one
                sealed = self._box.encrypt(text.encode()).decode()
                await write.execute(sa.update(KEYS).where(KEYS.c.id == row.id).values(sealed=sealed))
                done += 1
        return done, locked


def _of(guild_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(KEYS.c.guild_id == guild_id, KEYS.c.retired_at.is_(None))


def _box(encryption_keys: Sequence[SecretStr]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet  # only where there are keys: it takes 6 MiB

    return MultiFernet([Fernet(key.get_secret_value()) for key in encryption_keys])


def _decrypted(box: MultiFernet, sealed: str) -> str:
    """Return the text, or an empty one where no key opens it."""
    from cryptography.fernet import InvalidToken

    try:
        return box.decrypt(sealed).decode()
    except (InvalidToken, ValueError):  # the latter: it is no text of Fernet's at all
        return ""


def _stored_key(row: Any) -> StoredKey:
    return StoredKey(
        id=row.id,
        guild_id=row.guild_id,
        last_four=row.last_four,
        set_by=row.set_by,
        set_at=row.set_at,
        rejected_at=row.rejected_at,
        sealed=row.sealed,
    )
