"""How the source reads: docstrings, names, sizes. What a machine can tell of the style guide in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pydocstyle.wordlists import IMPERATIVE_VERBS

from tests.project.source import EVERY_FILE, FILES, ROOT, Function, functions, name, tree

VERBS: Final = frozenset().union(*IMPERATIVE_VERBS.values())
FORBIDDEN: Final = {"one", "each", "some", "found", "made"}
"""Words that stand for a noun which the reader would have to guess."""

LONGEST_FUNCTION: Final = 50
LONGEST_FILE: Final = 300


def lines_of(function: Function) -> int:
    """Count the lines of a function from its ``def`` to its end, without its docstring."""
    docstring = function.body[0] if ast.get_docstring(function) else None
    written = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - written


@pytest.mark.parametrize("package", ["bot", "cogs", "playground"])
def test_docstrings_of_functions_open_with_verb(package: str) -> None:
    first_words = [
        docstring.split()[0].strip(".,:;").lower()
        for file in FILES
        if name(file).startswith(f"{package}/")
        for function in functions(file)
        if (docstring := ast.get_docstring(function))
    ]
    assert sum(word in VERBS for word in first_words) / len(first_words) >= 0.7


def test_variables_are_named_by_nouns() -> None:
    assert not [
        f"{name(file)}:{line}: {word}" for file in EVERY_FILE for word, line in _bound(tree(file)) if word in FORBIDDEN
    ]


def _bound(source: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each name that is assigned to or taken as a parameter, with its line."""
    for node in ast.walk(source):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, Function):
            yield node.name.lstrip("_"), node.lineno


def test_no_assignment_joins_unrelated_values() -> None:
    assert not [
        f"{name(file)}:{node.lineno}"
        for file in EVERY_FILE
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Assign) and _joins(node)
    ]


def _joins(node: ast.Assign) -> bool:
    """Return whether a tuple is written out on both sides, and not to swap the same names."""
    target = node.targets[0]
    if not isinstance(target, ast.Tuple) or not isinstance(node.value, ast.Tuple):
        return False
    left = {ast.unparse(part) for part in target.elts}
    right = {ast.unparse(part) for part in ast.walk(node.value) if isinstance(part, ast.Name | ast.Attribute)}
    return not left & right


def test_conditional_expressions_are_not_nested() -> None:
    assert not [
        f"{name(file)}:{node.lineno}"
        for file in EVERY_FILE
        for node in ast.walk(tree(file))
        if isinstance(node, ast.IfExp) and any(isinstance(part, ast.IfExp) for part in (node.body, node.orelse))
    ]


def test_functions_and_files_are_short() -> None:
    lengths = sorted(lines_of(function) for file in FILES for function in functions(file))
    assert lengths[int(len(lengths) * 0.9)] <= 20
    assert max(lines_of(function) for file in EVERY_FILE for function in functions(file)) <= LONGEST_FUNCTION
    assert not {name(file) for file in EVERY_FILE if file.read_text().count("\n") > LONGEST_FILE}


def test_names_of_tests_have_at_most_twelve_words() -> None:
    assert not [
        f"{name(file)}:{function.lineno}: {function.name}"
        for file in EVERY_FILE
        if file.name.startswith("test_")
        for function in functions(file)
        if function.name.startswith("test_") and len(function.name.split("_")) - 1 > 12
    ]


def test_glossary_is_short() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    glossary = text.split("## The words\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (?!word |---)", glossary, re.MULTILINE)
    assert 0 < len(rows) <= 22


def test_no_file_is_a_drawer_for_odds_and_ends() -> None:
    banned = {"utils", "helpers", "common", "misc", "manager"}
    assert not {name(file) for file in FILES if file.stem in banned}


def test_every_file_says_what_it_holds() -> None:
    assert not [name(file) for file in EVERY_FILE if not ast.get_docstring(tree(file)) and not _is_empty(file)]


def _is_empty(file: Path) -> bool:
    return not file.read_text().strip()
