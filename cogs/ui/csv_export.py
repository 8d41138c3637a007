"""Rows as CSV. No cell is a formula to a spreadsheet program that opens the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a formula. https://owasp.org/www-community/attacks/CSV_Injection"""


def to_csv(heading: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return a CSV file in UTF-8, with a heading."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in row])
    return text.getvalue().encode()
