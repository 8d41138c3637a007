"""Writes beside each rule of the documents which tests prove it: ``make docs``.

A test says what it proves with ``@pytest.mark.proves("marker")``. A document has ``<!-- proof: marker -->`` where the
list of these tests belongs, and ``<!-- end -->`` after it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_LIST: Final = re.compile(r"<!-- proof: ([\w-]+) -->.*?<!-- end -->")


def markers(document: Path) -> set[str]:
    """Return the markers that a document holds."""
    return set(_LIST.findall(document.read_text()))


def proofs() -> dict[str, list[str]]:
    """Return for each marker the tests that prove it, as ``file::name``, in the order of files and lines."""
    tests: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for function in ast.parse(file.read_text()).body:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for marker in _proved_by(function):
                    tests.setdefault(marker, []).append(f"{file.relative_to(ROOT).as_posix()}::{function.name}")
    return tests


def _proved_by(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.proves":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


def with_proofs(text: str, tests: dict[str, list[str]]) -> str:
    """Return a document's text with the list after each marker written anew; empty for a marker without a test."""

    def rewrite(match: re.Match[str]) -> str:
        names = ", ".join(f"`{test}`" for test in tests.get(match[1], []))
        return f"<!-- proof: {match[1]} -->{names}<!-- end -->"

    return _LIST.sub(rewrite, text)


def main() -> None:
    """Write the lists in all documents anew."""
    tests = proofs()
    for document in DOCUMENTS:
        before = document.read_text()
        after = with_proofs(before, tests)
        if after != before:
            document.write_text(after)


if __name__ == "__main__":
    main()
