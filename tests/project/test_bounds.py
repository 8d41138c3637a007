"""Everything that grows has its bound here, by name. Whatever is new and has none fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bot.wiring  # noqa: F401 - so that every table is known
from bot.database import metadata

ROOT: Final = Path(__file__).parents[2]

TABLES: Final = {
    "jobs": "erased after RETENTION_DAYS, gone after 400 days (SUMS_LAST_DAYS); a member's limits",
    "ledger": "goes with its job",
    "order_messages": "goes with the words of its job",
    "order_owners": "goes with its job",
    "facts": "forms: 20 a member (OPEN_AT_ONCE), a day; proofs, webhooks' states: with their key; a model; a restore",
    "styles": "100 a server (bot.guilds.styles.MOST), and with the server",
    "rules": "one row a server, and with it",
    "rule_changes": "400 days (bot.privacy.personal_data.AUDIT_LAST_DAYS), and with the server",
    "opt_outs": "one row a member who says no",
    "audit": "400 days (bot.privacy.personal_data.AUDIT_LAST_DAYS), and with the server",
    "blocks": "one row a member of a server, until it ends, and with the server",
    "complaints": "one row a job, RETENTION_DAYS, and with the server",
    "complaint_voices": "some an hour for each member, RETENTION_DAYS, and with the server",
    "keys": "one in use a server; those that were replaced go once no job needs them",
    "departures": "one row a server that was left, until its data goes",
    "maintenance": "one row",
    "slots": "one row a slot",
    "workflows": "seven days after their end, or RETENTION_DAYS (bot.jobs.recovery.WORKFLOWS_LAST)",
    "steps": "with their workflow",
    "webhook_events": "36 hours (bot.jobs.webhook_events.LAST); only ToAPIs can sign them",
}
"""Each table of ours: until when its rows are kept, or how many there are at most."""

CONTAINERS: Final = {
    "bot/doctor/discord_checks.py:DiscordChecks._headers": "two headers",
    "bot/images/lane.py:Lane._waiting": "whose picture is to be opened at this moment: a step of a job, or a press",
    "bot/jobs/accounts.py:Accounts._servers": "REMEMBERED",
    "bot/jobs/batch.py:Batch._queue": "who waits at this moment",
    "bot/jobs/batch.py:Batch._tasks": "what runs at this moment",
    "bot/jobs/step_runner.py:StepRunner.held": "steps that run at this moment",
    "bot/jobs/engine.py:Engine._running": "workflows that run at this moment",
    "bot/jobs/engine.py:Engine._preparing": "workflows that are not past their purchase at this moment",
    "bot/jobs/engine.py:Engine._strays": "open workflows that no process runs, written anew by each look",
    "bot/jobs/engine.py:Engine._in_hand": "the same workflows, by their ids",
    "bot/jobs/fair_queue.py:FairQueue._servers": "workflows that wait for their turn, for each of which money is held",
    "bot/jobs/fair_queue.py:FairQueue._lengths": "the servers of those workflows",
    "bot/jobs/waiting_line.py:WaitingLine._resumed": "workflows that had begun before a restart, until they go on",
    "bot/jobs/waiting_line.py:WaitingLine._expected": "orders whose command is being answered",
    "bot/jobs/waiting_line.py:WaitingLine._overdue": "those of them whose turn has come",
    "bot/jobs/queue_news.py:QueueNews._edited": "channels that were edited in the last CHANNEL_EVERY seconds",
    "bot/jobs/ages.py:Ages._known": "REMEMBERED",
    "bot/jobs/webhooks.py:Webhooks._bells": "who waits for a painting at this moment",
    "bot/jobs/webhooks.py:Webhooks._keys": "REMEMBERED",
    "bot/jobs/experience.py:Experience._models": "MODELS",
    "bot/jobs/experience.py:ModelExperience.forecasts": "KINDS",
    "bot/jobs/experience.py:ModelExperience.weights": "KINDS",
    "bot/toapis/rate_limit.py:Window._calls": "the calls of ten seconds, of which there are as many as are allowed",
    "bot/toapis/rate_limit.py:Bucket._callers": "who waits at this moment",
    "bot/jobs/pipeline.py:Pipeline._known": "jobs whose workflows run at this moment",
    "bot/jobs/store.py:Jobs._added": "REMEMBERED",
    "bot/jobs/purchase.py:Purchase._sent": "jobs whose create this life may have sent; ends with the purchase",
    "cogs/ui/operators.py:Operators._warned": "REMEMBERED, and ten minutes",
    "bot/jobs/purchase.py:Purchase._unsent": "claims between two tries of a step; ends with the purchase",
    "bot/jobs/settlement.py:Settlement._first_asked": "jobs whose money is held",
    "bot/jobs/recovery.py:Recovery._asked": "REMEMBERED",
    "bot/jobs/recovery.py:Recovery._lost": "REMEMBERED",
    "bot/logs.py:operator_secrets": "the operator's settings",
    "bot/jobs/slot_lock.py:SlotLock._told": "the two reasons to wait",
    "bot/logs.py:_servers_keys": "10,000",
    "bot/logs.py:_tried_keys": "200",
    "bot/memory.py:PictureMemory._waiting": "who waits at this moment",
    "bot/i18n.py:Phrases._bundles": "the languages",
    "bot/i18n.py:Phrases._files": "the languages",
    "bot/guilds/rules.py:Rules._known": "_REMEMBERED",
    "bot/guilds/styles.py:Styles._known": "_REMEMBERED",
    "bot/guilds/styles.py:Styles._readings": "what is read at this moment",
    "bot/throttle.py:Turns._busy": "members who look at something at this moment",
    "bot/throttle.py:Turns._started": "REMEMBERED, and a window",
    "cogs/delivery/edit_queue.py:EditQueue._pending": "the newest edit of each message, until it is done",
    "cogs/delivery/edit_queue.py:EditQueue._under_way": "edits at this moment",
    "cogs/delivery/edit_queue.py:EditQueue._workers": "channels that are edited at this moment",
    "cogs/delivery/posting.py:Posting._result_locks": "weak",
    "cogs/moderation/report_inbox.py:ReportInbox._warned": "REMEMBERED",
    "cogs/delivery/collages.py:RecentMessages._messages": "REMEMBERED",
    "cogs/delivery/sent_posts.py:SentPosts._posts": "REMEMBERED",
    "cogs/ordering/conversation.py:Conversation._hinted": "REMEMBERED",
    "cogs/delivery/courier.py:DiscordCourier._progress": "REMEMBERED",
    "cogs/delivery/courier.py:DiscordCourier._cancelled": "REMEMBERED",
    "bot/client.py:Retouch.routes": "the actions of buttons and forms",
    "cogs/server/rules_panel.py:RulesPanel.additions": "the sections that other cogs add to the panel",
    "cogs/moderation/reports.py:PictureReporting._locks": "weak",
}
"""Each container that lives as long as the process: what bounds it."""

_MAKERS: Final = {
    *("dict", "list", "set", "deque", "OrderedDict", "defaultdict"),
    *("WeakValueDictionary", "WeakKeyDictionary", "WeakSet", "LRUCache", "TTLCache"),
}


def test_every_table_has_a_bound() -> None:
    assert set(metadata.tables) == set(TABLES)


def test_every_long_lived_container_has_a_bound() -> None:
    long_lived = {
        name for package in ("bot", "cogs") for file in (ROOT / package).rglob("*.py") for name in containers(file)
    }
    assert long_lived == set(CONTAINERS)


def containers(file: Path) -> Iterator[str]:
    """Yield the attributes and module variables filled while the process lives, as ``file:Class.attribute``."""
    source = ast.parse(file.read_text())
    path = file.relative_to(ROOT).as_posix()
    for kind in (node for node in ast.walk(source) if isinstance(node, ast.ClassDef)):
        for target, value in assigned(ast.walk(kind)):
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" and grows(value):
                yield f"{path}:{kind.name}.{target.attr}"
    for target, value in assigned(iter(source.body)):
        if isinstance(target, ast.Name) and not target.id.isupper() and target.id != "__all__" and grows(value):
            yield f"{path}:{target.id}"


def assigned(nodes: Iterator[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            yield node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None and "Final" not in ast.unparse(node.annotation):
            yield node.target, node.value


def grows(value: ast.expr) -> bool:
    """Return whether the expression makes something that can be added to."""
    if isinstance(value, ast.Dict | ast.List | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    if not isinstance(value, ast.Call):
        return False
    maker = value.func.value if isinstance(value.func, ast.Subscript) else value.func
    return ast.unparse(maker).rpartition(".")[2] in _MAKERS


def test_what_is_added_to_is_told_from_what_is_not() -> None:
    source = (
        "self._seen: dict[int, int] = {}\nself._last = LRUCache[int, int](3)\nself._number = 1\nself._jobs = Jobs()"
    )
    kinds = [(ast.unparse(target), grows(value)) for target, value in assigned(iter(ast.parse(source).body))]
    assert kinds == [("self._seen", True), ("self._last", True), ("self._number", False), ("self._jobs", False)]
