"""A CsvExport: rows as CSV. Nothing in it is a formula to a program that opens it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""https://owasp.org/www-community/attacks/CSV_Injection"""


def sheet(heading: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """UTF-8, with a heading."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([f"'{one}" if isinstance(one, str) and one.startswith(FORMULA) else one for one in row])
    return text.getvalue().encode()
