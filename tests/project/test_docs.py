"""The documents name places in the code: each of them must be there, and the lists of tests must be up to date."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.project.proofs import DOCUMENTS, ROOT, markers, proofs, with_proofs

PLACE = re.compile(r"`([\w./]+\.py)::([\w.]+)`")
FILE = re.compile(r"`((?:bot|cogs|playground|tests|bench|locales|docs)/[\w./-]+\.\w+)`")


def names(file: Path) -> set[str]:
    """Return what a module holds: its functions, classes, methods, names, and what it imports from elsewhere."""
    held: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            held.add(node.name)
        if isinstance(node, ast.ImportFrom | ast.Import):
            held |= {alias.asname or alias.name for alias in node.names}
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            held |= {f"{node.name}.{method.name}" for method in methods}
        if isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            held |= {target.id for target in targets if isinstance(target, ast.Name)}
    return held


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_place_that_a_document_names_is_there(document: Path) -> None:
    for file, name in PLACE.findall(document.read_text()):
        assert name in names(ROOT / file), f"{document.name}: {file}::{name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    missing = [file for file in FILE.findall(document.read_text()) if not (ROOT / file).exists()]
    assert not missing, document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_lists_of_tests_are_up_to_date(document: Path) -> None:
    text = document.read_text()
    assert with_proofs(text, proofs()) == text, "run `make docs`"


def test_every_rule_has_a_test_and_every_marked_test_a_rule() -> None:
    assert set().union(*(markers(document) for document in DOCUMENTS)) == proofs().keys()


def test_no_test_is_listed_by_hand() -> None:
    """Check that ``make docs`` writes every list, which would have to be kept up by hand otherwise."""
    for document in DOCUMENTS:
        left = re.sub(r"<!-- proof: .*?<!-- end -->", "", document.read_text())
        assert not [name for _, name in PLACE.findall(left) if name.startswith("test_")], document.name


def test_both_tables_of_rules_are_checked() -> None:
    assert len(markers(ROOT / "docs" / "promises.md")) > 20
    assert len(markers(ROOT / "docs" / "rules.md")) > 80
