"""The laws of the house, executed: which way the arrows point, and what each room must have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final, get_args

import pytest

from bot.errors import BadPicture, Reasoned, Refused, RetouchError, family
from bot.i18n import Phrases
from bot.images.sniff import READABLE, Kind
from bot.jobs.job import WAYS_OUT, JobState
from cogs.ui.discord_errors import CONTENT_REFUSED
from tests.project.source import EVERY_FILE, FILES, MODULES, PACKAGES, ROOT, imports, module, name, tree

MAY_IMPORT = {
    "discord": ("bot/client.py", "bot/__main__.py", "bot/doctor/", "cogs/", "playground/redirect.py"),
    "aiohttp": (
        "bot/toapis/client.py",
        "bot/toapis/transport.py",  # the client's one request
        "bot/toapis/download.py",  # the download's own session, without the key
        "bot/web/",
        "bot/doctor/",  # Discord with its headers, and the bot's own address from outside
        "bot/attachments.py",  # files from Discord's file server, cut off while they are read
        "bot/gateway/rest_gate.py",  # discord.py's sessions wait there before each call
        "cogs/ui/discord_errors.py",  # discord.py lets its errors through
        "playground/",
    ),
    "cryptography": ("bot/guilds/api_keys.py",),
    "filelock": ("bot/database.py",),
    "confusable_homoglyphs": ("bot/guilds/lookalikes.py",),
    "psycopg": ("bot/jobs/slot_session.py", "bot/jobs/webhook_listener.py"),
    "PIL": (
        "bot/images/picture.py",
        "bot/images/codec.py",
        "bot/images/colours.py",
        "bot/images/collage.py",
        "bot/reports/chart.py",
        "bot/doctor/toapis_checks.py",  # a picture to upload
        "bot/images/works.py",
        "bot/images/metadata/exif.py",
        "bot/images/metadata/",
        "playground/",
    ),
    "prometheus_client": ("bot/web/exposition.py",),
    "sqlalchemy": ("bot/",),
    "pydantic": (
        "bot/settings.py",
        "bot/variables/values.py",
        "bot/toapis/",
        "bot/guilds/api_keys.py",
        "bot/jobs/accounts.py",
        "cogs/server/api_key.py",
    ),
    "dotenv": ("bot/settings.py", "playground/start.py"),
}


@pytest.mark.parametrize("library", MAY_IMPORT)
def test_a_library_is_imported_only_where_it_belongs(library: str) -> None:
    users = {name(file) for file in FILES if any(module.split(".")[0] == library for module in imports(file))}
    assert users, "the law names a library that nobody uses"
    assert not {user for user in users if not user.startswith(MAY_IMPORT[library])}


def test_the_bot_knows_neither_cogs_nor_playground_and_the_playground_knows_neither() -> None:
    for file in FILES:
        rooms = {module.split(".")[0] for module in imports(file)}
        forbidden = {"bot": {"cogs", "playground", "tests", "bench"}, "cogs": {"playground", "tests", "bench"}}
        assert not rooms & forbidden.get(name(file).split("/")[0], {"bot", "cogs", "tests", "bench"}), name(file)


def test_the_environment_is_read_in_one_place() -> None:
    readers = {name(file) for file in FILES if re.search(r"os\.(environ|getenv)", file.read_text())}
    assert {reader for reader in readers if not reader.startswith("playground/")} == {"bot/settings.py"}


def test_only_the_ledger_makes_reservations() -> None:
    holders = {name(file) for file in FILES if "LEDGER_SEAL" in file.read_text()}
    assert holders == {"bot/money.py", "bot/ledger.py"}


def test_no_task_is_started_that_nobody_holds() -> None:
    """Check that no call stands alone: its task may vanish while it runs. A TaskGroup holds its own.

    https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
    """
    starts = {"create_task", "ensure_future"}
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            call = node.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
            if call is not None and isinstance(call.func, ast.Attribute) and call.func.attr in starts:
                assert ast.unparse(call.func.value) == "group", f"{name(file)}:{call.lineno}"


def test_every_state_has_a_way_out_or_is_an_end() -> None:
    assert set(WAYS_OUT) == set(JobState)
    assert {state for state, ways in WAYS_OUT.items() if not ways} == {
        JobState.DELIVERED,
        JobState.FAILED,
        JobState.CANCELLED,
    }


def test_every_error_has_its_sentence() -> None:
    text = (ROOT / "locales" / "en.ftl").read_text()
    keys = set(re.findall(r"^([a-z][a-z0-9-]*) =", text, re.MULTILINE))
    for kind in family(RetouchError):
        if not issubclass(kind, Reasoned):
            assert kind.sentence in keys, kind
    for file in FILES:
        for key in reasons(file):
            assert key in keys, f"{name(file)} raises {key}"
    assert "en" in Phrases().locales


REFUSED_KINDS = {word for kinds in get_args(Kind) for word in get_args(kinds)} - READABLE.keys()
"""What ``sniff`` can name and we can't read. mypy sees to it that its tables hold nothing else."""

FROM_TABLES = {
    ("bot/images/sniff.py", "reason"): REFUSED_KINDS | {"other"},
    ("bot/images/picture.py", "file_kind"): REFUSED_KINDS,
    ("cogs/delivery/posting.py", "reason"): set(CONTENT_REFUSED.values()),
    ("bot/images/wire.py", "reason"): set(),  # raised in the worker process first, by the other files of this folder
}
"""Reasons that are raised from a variable which is filled elsewhere: the file, the variable, all that it can hold."""


def reasons(file: Path) -> Iterator[str]:
    """Yield the keys of all sentences that a file's errors name, whether as a literal or by a variable."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        kind = {"Refused": Refused, "BadPicture": BadPicture}.get(node.func.id)
        if kind is not None:
            for reason in words(node.args[0], tree, file):
                yield f"{kind.sentence}-{reason}"


def words(node: ast.expr, tree: ast.Module, file: Path) -> set[str]:
    """Return all that an expression can be. Fails where it can't be told: then the table above wants a row."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return words(node.body, tree, file) | words(node.orelse, tree, file)
    assert isinstance(node, ast.Name), f"{name(file)}:{node.lineno} raises for a reason that nobody can foresee"
    if (name(file), node.id) in FROM_TABLES:
        return FROM_TABLES[name(file), node.id]
    values = [
        assignment.value
        for assignment in ast.walk(tree)
        if isinstance(assignment, ast.Assign)
        and [target.id for target in assignment.targets if isinstance(target, ast.Name)] == [node.id]
    ]
    assert values, f"{name(file)}:{node.lineno} raises for a reason that nobody can foresee"
    return set().union(*(words(value, tree, file) for value in values))


def test_reasons_from_tables_and_variables_are_seen_too() -> None:
    assert "picture-heic" in set(reasons(ROOT / "bot/images/sniff.py"))
    assert set(reasons(ROOT / "bot/images/codec.py")) >= {"picture-truncated", "picture-broken", "picture-too-small"}
    assert set(reasons(ROOT / "bot/images/metadata/png.py")) == {"picture-truncated", "picture-broken"}
    for place, variable in FROM_TABLES:
        assert variable in (ROOT / place).read_text(), f"{place} has no such variable any more"


# The import law. A package may import what stands before it, never what stands after it.

BOT: Final = (
    (
        "errors",
        "money",
        "orders",
        "text",
        "search",
        "log_privacy",
        "logs",
        "sqlite_scrub",
        "sqlite_connection",
        "database",
        "memory",
        "throttle",
        "variables",
    ),
    ("settings", "key_value", "i18n", "ledger"),
    ("images", "attachments"),
    ("toapis",),
    ("guilds",),
    ("jobs",),
    ("reports", "privacy", "web", "gateway", "backup", "doctor"),
    ("services",),
    ("client",),
    ("wiring",),
    ("process",),
    ("__main__",),
)
"""The parts of ``bot``: each may import its own row and the rows above it."""

COGS: Final = {
    "ui": {"ui"},
    "delivery": {"ui", "delivery"},
    "moderation": {"ui", "delivery", "moderation"},
    "ordering": {"ui", "delivery", "moderation", "ordering"},
    "server": {"ui", "server"},
    "member": {"ui", "member"},
    "operator": {"ui", "operator"},
}
"""The packages of ``cogs``, each with those that it may import. Only ``cogs/__init__.py`` knows all of them."""

MOST_LOOSE_FILES: Final = 22
"""Files at the top of ``bot``."""


def part(dotted: str) -> str:
    """Return the second word of a dotted name: the part of ``bot`` or ``cogs`` that it belongs to."""
    return [*dotted.split("."), ""][1]


def test_imports_inside_bot_go_one_way() -> None:
    row = {word: number for number, words in enumerate(BOT) for word in words}
    for file in sorted((ROOT / "bot").rglob("*.py")):
        if part(module(file)) in ("", "migrations"):
            continue
        assert part(module(file)) in row, f"{name(file)} has no place in the import law"
        for dotted in imports(file):
            if dotted.startswith("bot.") and part(dotted) != "migrations":
                assert row[part(dotted)] <= row[part(module(file))], f"{name(file)} imports {dotted}"


def test_imports_inside_cogs_go_one_way() -> None:
    for file in sorted((ROOT / "cogs").rglob("*.py")):
        if part(module(file)) == "":
            continue
        for dotted in imports(file):
            if dotted.startswith("cogs"):
                assert part(dotted) in COGS[part(module(file))], f"{name(file)} imports {dotted}"


def test_no_modules_import_each_other_in_circle() -> None:
    """Imports for type checking alone count: a reader follows them as well."""
    graph = {module(file): {dotted for dotted in imports(file) if dotted in MODULES} for file in EVERY_FILE}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_private_name_crosses_a_file() -> None:
    crossing = [
        f"{name(file)}:{node.lineno} imports {alias.name}"
        for file in EVERY_FILE
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in (*PACKAGES, "tests", "bench")
        for alias in node.names
        if alias.name.startswith("_") and alias.name != "__main__"
    ]
    assert not crossing


def test_cogs_are_not_looked_up_by_a_string() -> None:
    assert not [name(file) for file in FILES if "get_cog(" in file.read_text()]


def test_few_files_lie_loose_at_the_top() -> None:
    assert len(list((ROOT / "bot").glob("*.py"))) <= MOST_LOOSE_FILES


def test_tables_are_reached_by_their_module() -> None:
    assert not [name(file) for file in FILES if "metadata.tables[" in file.read_text()]
