"""The Exposition: the figures of /metrics in Prometheus' text format. No label names a person, a server or a job.

https://prometheus.io/docs/practices/naming/ · What is read from the database is told by the process of the first slot
alone, so that sums over several processes are right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Metric, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from bot.reports.health import VERSION
from bot.reports.overview import WAITED_FOR, Figures
from bot.reports.readiness import STATES, Condition, Parts, Readiness

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

MICROS: Final = 1_000_000
"""Micro-dollars of a dollar."""


class _Shown(Collector):
    """What was read for one answer."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def render(readiness: Readiness, condition: Condition, figures: Figures | None) -> bytes:
    """Return the text. ``figures``: None where they are not this process's to tell, or can't be read."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(_Shown(_of_process(readiness, condition)))
    if readiness.parts is not None:
        registry.register(_Shown(_of_parts(readiness.parts, condition)))
    if figures is not None:
        registry.register(_Shown(_of_jobs(figures)))
        registry.register(_Shown(_of_money(figures)))
    return generate_latest(registry)


def _of_process(readiness: Readiness, condition: Condition) -> Iterator[Metric]:
    build = {"version": VERSION, "database": readiness.database.kind}
    yield InfoMetricFamily("retouch_build", "The version of the bot, and its kind of database.", build)
    states: dict[str, float] = {state: state == condition.state for state in STATES}
    yield _labelled("retouch_state", "1 for the state of this process, 0 for all others.", "state", states)
    yield _plain("retouch_ready", "1 where the bot does its work, also during maintenance.", condition.is_ready)
    is_held = readiness.parts is not None and readiness.slot.is_held
    yield _plain("retouch_slot_held", "1 where this process holds a slot.", is_held)
    yield _plain("retouch_slots", "SLOTS: how many processes share the work.", readiness.slot.in_all)
    yield _plain("retouch_database_up", "1 where the database answered.", condition.round_trip is not None)
    if condition.round_trip is not None:
        yield _plain("retouch_database_round_trip_seconds", "Time of the smallest query.", condition.round_trip)


def _of_parts(parts: Parts, condition: Condition) -> Iterator[Metric]:
    latencies = [seconds for seconds in condition.shards.values() if seconds is not None]
    yield _plain("retouch_discord_shards", "Shards of this process at Discord's gateway.", len(condition.shards))
    yield _plain("retouch_discord_shards_connected", "Those of them that are connected.", len(latencies))
    slowest = max((seconds for seconds in latencies if math.isfinite(seconds)), default=None)
    if slowest is not None:
        yield _plain("retouch_discord_latency_seconds", "Time of a heartbeat of the slowest shard.", slowest)
    yield _plain("retouch_engine_up", "1 where workflows run.", parts.engine.is_running)
    workflows = {"running": parts.engine.under_way, "waiting": len(parts.engine.line)}
    yield _labelled("retouch_workflows", "Workflows of this process.", "state", workflows)
    if parts.toapis.answered_at is not None:
        name = "retouch_toapis_last_answer_timestamp_seconds"
        yield _plain(name, "When ToAPIs last answered anything.", parts.toapis.answered_at)
    balance = parts.balance_monitor.last
    if balance is not None and balance.left is not None:
        yield _plain("retouch_toapis_balance_dollars", "What can be spent at ToAPIs.", balance.left / MICROS)


def _of_jobs(figures: Figures) -> Iterator[Metric]:
    queue = figures.queue
    jobs = {state.value: queue.states.get(state, 0) for state in WAITED_FOR}
    yield _labelled("retouch_jobs", "Jobs that are not over.", "state", jobs)
    oldest = {state.value: since for state, since in queue.since.items()}
    name = "retouch_oldest_job_timestamp_seconds"
    yield _labelled(name, "When the oldest job in a state was ordered.", "state", oldest)
    failures = {_reason(key): jobs for key, jobs in figures.failures}
    yield _labelled("retouch_failed_jobs", "Jobs of the last 24 hours that failed or are unknown.", "reason", failures)
    yield _plain("retouch_maintenance", "1 during maintenance.", figures.notice is not None)


def _reason(key: str) -> str:
    """Return a short name of a failure from the key of its sentence, which is empty where the job was erased."""
    return key.removeprefix("error-").replace("-", "_") or "erased"


def _of_money(figures: Figures) -> Iterator[Metric]:
    budgets = {"day": figures.day, "month": figures.month}
    spent = {window: budget.spent / MICROS for window, budget in budgets.items()}
    yield _labelled("retouch_spent_dollars", "Money of the last 24 hours and 30 days, held included.", "window", spent)
    limits = {window: budget.limit / MICROS for window, budget in budgets.items() if budget.limit}
    yield _labelled("retouch_spending_limit_dollars", "MONEY_PER_DAY and MONEY_PER_MONTH.", "window", limits)
    yield _plain("retouch_held_dollars", "Money that is held for jobs that are not over.", figures.queue.held / MICROS)


def _plain(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_, value=float(value))


def _labelled(name: str, help_: str, label: str, values: Mapping[str, float]) -> Metric:
    """Build a metric from its values by the text of its label."""
    family = GaugeMetricFamily(name, help_, labels=[label])
    for text, value in values.items():
        family.add_metric([text], float(value))
    return family
