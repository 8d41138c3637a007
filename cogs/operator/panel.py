"""The texts of the operator's panel. Words only, nothing waits; the lines are short, for a phone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import discord

from bot.errors import Fact
from bot.i18n import Phrases
from bot.money import Micros, dollars
from bot.reports.health import VERSION, Checkup
from bot.reports.overview import SERVERS_OF, Budget, Overview
from bot.reports.usage import Sum
from bot.text import clean, escape, shorten

FIELD: Final = 1024
"""Characters. https://discord.com/developers/docs/resources/message#embed-object-embed-limits"""

_NAME: Final = 20
"""Characters of a server's name: the escaped names of ten servers fit into a field."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The connections to Discord: the seconds of a heartbeat by shard, None for a shard that is not connected."""

    shards: Mapping[int, float | None]

    @property
    def lost(self) -> list[int]:
        """Return the shards without a connection."""
        return [number for number, latency in self.shards.items() if latency is None]

    @property
    def latency(self) -> int | None:
        """Return the latency of the slowest shard in milliseconds; None before the first heartbeat."""
        latencies = [latency for latency in self.shards.values() if latency is not None and math.isfinite(latency)]
        return round(max(latencies) * 1000) if latencies else None


class OperatorPanel:
    """The panel in the language of a locale."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def embed(
        self,
        locale: str,
        checkup: Checkup,
        overview: Overview | None,
        gateway: Gateway,
        names: Mapping[int, str],
    ) -> discord.Embed:
        """Build the panel. ``names``: of the servers that the bot is in; ``overview``: None when the database fails."""
        embed = discord.Embed(title=self._phrases.say(locale, "operator-title"))
        sections = {"health": list(self._health(locale, checkup, gateway))}
        if overview is not None:
            embed.description = self._notice(locale, overview)
            sections |= {
                "queue": list(self._queue(locale, overview)),
                "money": list(self._money(locale, overview)),
                "servers": [self._server(locale, guild_id, total, names) for guild_id, total in overview.servers],
                "failures": [self._failure(locale, key, jobs) for key, jobs in overview.failures],
            }
        for section, lines in sections.items():
            said = "\n".join(lines) or self._phrases.say(locale, "operator-none")
            heading = self._phrases.say(locale, f"operator-{section}", {"days": SERVERS_OF})
            embed.add_field(name=heading, value=shorten(said, FIELD), inline=False)
        return embed

    def _notice(self, locale: str, overview: Overview) -> str:
        notice = overview.notice
        if notice is None:
            return self._phrases.say(locale, "operator-open")
        said = self._phrases.say(locale, "operator-closed", {"since": int(notice.since)})
        return f"{said}\n> {escape(notice.why)}" if notice.why else said

    def _health(self, locale: str, checkup: Checkup, gateway: Gateway) -> Iterator[str]:
        say = partial(self._phrases.say, locale)
        yield say("operator-version", {"version": VERSION, "since": int(checkup.up_since)})
        if gateway.lost:
            yield say("operator-discord-lost", {"shards": ", ".join(map(str, gateway.lost))})
        elif gateway.latency is None:
            yield say("operator-discord")
        else:
            yield say("operator-discord-latency", {"latency": gateway.latency})
        if checkup.round_trip is None:
            yield say("operator-database-silent", {"kind": checkup.database})
        else:
            took = f"{checkup.round_trip * 1000:.1f}"
            yield say("operator-database", {"kind": checkup.database, "took": took})
        yield say("operator-engine" if checkup.engine else "operator-engine-stopped")
        state = "operator-toapis" if checkup.reached else "operator-toapis-silent"
        yield say(state, {"answered": int(checkup.answered_at or 0)})
        yield self._key(locale, checkup)

    def _key(self, locale: str, checkup: Checkup) -> str:
        say = partial(self._phrases.say, locale)
        if checkup.key_refused:
            return say("operator-key-refused")
        if checkup.funds is None:
            return say("operator-key-unknown")
        left = checkup.funds.left
        return say("operator-key-unlimited") if left is None else say("operator-key", {"money": dollars(left)})

    def _queue(self, locale: str, overview: Overview) -> Iterator[str]:
        say = partial(self._phrases.say, locale)
        queue = overview.queue
        yield " · ".join(say(f"operator-{state}", {"jobs": jobs}) for state, jobs in queue.states.items())
        if queue.oldest is not None:
            yield say("operator-oldest", {"since": int(queue.oldest)})
        yield say("operator-held", {"money": dollars(queue.held)})

    def _money(self, locale: str, overview: Overview) -> Iterator[str]:
        yield self._budget(locale, "operator-day", overview.day)
        yield self._phrases.say(locale, "operator-week", {"money": dollars(overview.week)})
        yield self._budget(locale, "operator-month", overview.month)

    def _budget(self, locale: str, key: str, budget: Budget) -> str:
        say = partial(self._phrases.say, locale)
        facts: dict[str, Fact] = {"money": dollars(budget.spent)}
        if not budget.limit:
            return say(key, facts)
        facts |= {"limit": dollars(budget.limit), "left": dollars(budget.left)}
        text = say(f"{key}-of", facts)
        if budget.refills_at is None:
            return text
        return f"{text} {say('operator-refills', {'at': int(budget.refills_at)})}"

    def _server(self, locale: str, guild_id: int | None, total: Sum, names: Mapping[int, str]) -> str:
        say = partial(self._phrases.say, locale)
        facts: dict[str, Fact] = {"sum": self._sum(locale, total)}
        if guild_id is None:
            return say("operator-direct", facts)
        facts |= {"id": str(guild_id), "name": escape(shorten(clean(names.get(guild_id, "")), _NAME))}
        return say("operator-server" if facts["name"] else "operator-server-unknown", facts)

    def _sum(self, locale: str, total: Sum) -> str:
        facts: dict[str, Fact] = {"pictures": total.pictures, "money": dollars(Micros(total.amount))}
        return self._phrases.say(locale, "usage-sum", facts)

    def _failure(self, locale: str, key: str, jobs: int) -> str:
        """Return a line about failed jobs, named after their sentence: ``error-out-of-credit`` is "out of credit"."""
        kind = key.removeprefix("error-").replace("-", " ")
        facts: dict[str, Fact] = {"jobs": jobs, "kind": escape(kind)}
        return self._phrases.say(locale, "operator-failure" if kind else "operator-failure-forgotten", facts)
