"""The table of the jobs. ``bot/jobs/store.py`` reads and writes whole jobs; others join the table or ask for a sum."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from bot.database import metadata

JOBS: Final = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False),
    sa.Column("order", sa.JSON, nullable=False),
    sa.Column("destination", sa.JSON, nullable=False),
    sa.Column("task_id", sa.String(200)),
    sa.Column("submitted_at", sa.Float),
    sa.Column("result_id", sa.BigInteger),
    sa.Column("trouble", sa.JSON),
    sa.Column("model", sa.String(100)),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("place_id", sa.BigInteger),
    sa.Column("parent_id", sa.String(32)),
    sa.Column("origin", sa.String(100)),
    sa.Column("intended_at", sa.Float),
    sa.Column("painted_at", sa.Float),
    sa.Column("called_off_at", sa.Float),
    sa.Column("called_off_by", sa.BigInteger),
    sa.Column("unwanted_at", sa.Float),  # its member asked for it to be forgotten, which is not all done yet
    sa.Column("forgotten_at", sa.Float),
    sa.Column("erased_id", sa.BigInteger),
    sa.Column("key_id", sa.String(32)),
    sa.Column("slot", sa.Integer),  # whose holder accepted it; null: an earlier version, which had slot 0
    sa.Column("sends", sa.Integer),  # these two are read and written by ``bot/jobs/claim.py``
    sa.Column("claim_id", sa.String(32)),
    sa.Index("jobs_of_member", "member_id", "created_at"),
    sa.Index("jobs_of_model", "model", "painted_at"),
    sa.Index("jobs_of_channel", "channel_id", "created_at"),
    sa.Index("jobs_of_place", "place_id", "created_at"),
    sa.Index("jobs_unwanted", "unwanted_at"),
    sa.Index("jobs_erased", "erased_id"),
    sa.Index("jobs_of_key", "key_id"),
    sa.Index("jobs_by_age", "forgotten_at", "created_at"),
    sa.Index("jobs_called_off", "called_off_by"),
    sa.Index("jobs_created", "created_at"),
)
