"""The field ``file_types`` of attachment options and file uploads, and a Discord that does not take it.

https://discord.com/developers/docs/reference#file-type-filtering
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from .errors import FormErrors
from .fields import Path, many, text

GROUPS: Final = ("image", "video", "audio")
LONGEST: Final = 16


def _file_type(errors: FormErrors, path: Path, value: Any) -> None:
    text(errors, path, value, LONGEST, least=1)
    if isinstance(value, str) and value not in GROUPS and not re.fullmatch(r"\.\w+", value):
        errors.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {GROUPS}, or an extension.")


FILE_TYPES: Final = many(_file_type, 10)
"""The rule of the field. The apps choose by it which files they offer; what is sent may be any file all the same."""


def refuse_file_types(body: Any) -> None:
    """Raise Refusal 50035 if the field stands anywhere in a body. The sender could not have known."""
    errors = FormErrors()
    for path in _places(body, ()):
        errors.add(path, "DICT_TYPE_UNKNOWN_KEY", "This field is not known.")
    errors.check(foreseeable=False)


def _places(body: Any, path: Path) -> Iterator[Path]:
    inner = body.items() if isinstance(body, dict) else enumerate(body if isinstance(body, list) else ())
    for key, value in inner:
        if key == "file_types":
            yield (*path, key)
        yield from _places(value, (*path, key))
