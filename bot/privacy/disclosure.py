"""What an export shows a member of the rows that name them: their own in full, of others' next to nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.database import NOBODY

_KEYS: Final = ("id", "job_id", "name")
_MOMENTS: Final = ("called_off_at", "at")


def told_of(row: Mapping[str, Any], columns: Sequence[str], member_id: int) -> dict[str, Any]:
    """Return what a member may see of a row that names them in one of these columns. The first names its owner.

    Their own row is shown in full, without the names of others. Of another member's row they see its id,
    the moment, and in which columns they stand ("role"): a moderator who cancelled a job did not write its prompt.
    """
    if row[columns[0]] == member_id:
        others = {name for name in columns if row[name] not in (None, member_id)}
        return {name: NOBODY if name in others else value for name, value in row.items()}
    return _outline(row) | {"role": [name for name in columns if row[name] == member_id]}


def told_of_fact(name: str, value: Any, member_id: int, *, opened: bool) -> dict[str, Any]:
    """Return what a member may see of a small fact that names them: of a form that they opened, or of their picture.

    What the form was opened on may be somebody else's.
    """
    role = "name" if str(member_id) in name.split(":") else "owner"
    role = "opened" if opened else role
    return _outline({"name": name, **(value if isinstance(value, dict) else {})}) | {"role": [role]}


def _outline(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in (*_KEYS, *_MOMENTS) if row.get(name) is not None}
