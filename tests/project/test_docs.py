"""The documents name places in the code: each of them must be there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PLACE = re.compile(r"`([\w./]+\.py)::([\w.]+)`")
FILE = re.compile(r"`((?:bot|cogs|playground|tests|bench|locales|docs)/[\w./-]+\.\w+)`")


def names(file: Path) -> set[str]:
    """What a module holds: its functions, classes, methods, names, and what it imports from elsewhere."""
    found: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ImportFrom | ast.Import):
            found |= {alias.asname or alias.name for alias in node.names}
        if isinstance(node, ast.ClassDef):
            inner = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}.{part.name}" for part in inner}
        if isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_place_that_a_document_names_is_there(document: Path) -> None:
    for file, name in PLACE.findall(document.read_text()):
        assert name in names(ROOT / file), f"{document.name}: {file}::{name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    missing = [file for file in FILE.findall(document.read_text()) if not (ROOT / file).exists()]
    assert not missing, document.name


def test_the_promises_are_checked_at_all() -> None:
    assert len(PLACE.findall((ROOT / "docs" / "promises.md").read_text())) > 40
