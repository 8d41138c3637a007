"""The source of the project as the house tests read it: files, modules, imports, functions, docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("bot", "cogs", "playground")
FILES: Final = sorted(
    file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if "versions" not in file.parts
)
"""Without the migrations, which stay as they were run."""
EVERY_FILE: Final = sorted([*FILES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")])

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(file: Path) -> str:
    """Return the path of a file from the root, with slashes."""
    return file.relative_to(ROOT).as_posix()


def module(file: Path) -> str:
    """Return the dotted name of a file's module."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(file: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(file.read_text())


MODULES: Final = {module(file): file for file in EVERY_FILE}


def imports(file: Path) -> set[str]:
    """Return the modules that a file names, in full: a module of ours that is imported from its package as well."""
    named: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            named |= inner or {node.module}
    return named


def functions(file: Path) -> Iterator[Function]:
    """Yield each function and method of a file."""
    return (node for node in ast.walk(tree(file)) if isinstance(node, Function))


# Which module a test file is about

UNIT: Final = ROOT / "tests" / "unit"
TESTED_PACKAGES: Final = (*PACKAGES, "bench")


def mirrored(test_file: Path) -> Path | None:
    """Return the module that a unit test file is about by its name, or None if there is no such module.

    ``test_client.py`` and ``test_client_create.py`` are about ``client.py`` of the same folder. In the folder of a
    package they may be named after the package instead. ``tests/unit/support`` is about ``tests/support``.
    """
    folder = test_file.parent.relative_to(UNIT)
    source = ROOT / (Path("tests") / folder if folder.parts[0] == "support" else folder)
    words = test_file.stem.removeprefix("test_").split("_")
    for length in range(len(words), 0, -1):
        stem = "_".join(words[:length])
        if (source / f"{stem}.py").exists():
            return source / f"{stem}.py"
        if stem == source.name and (source / "__init__.py").exists():
            return source / "__init__.py"
    return None


def only_declares(file: Path) -> bool:
    """Return whether a module has nothing to test: no function that does anything, only names and values."""
    return not any(map(_acts, functions(file)))


def _acts(function: Function) -> bool:
    """Return whether a function has a body other than its docstring and ``...``, as that of a Protocol."""
    return not all(isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) for part in function.body)
