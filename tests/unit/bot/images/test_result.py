"""The look at a result by its container: right where it says that a picture is whole, and silent everywhere else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.errors import BadPicture
from bot.images.picture import inspect_result
from bot.images.result import inspected
from tests.support import photos

FILES = photos.clean() | photos.revealing()


@pytest.mark.parametrize("name", FILES)
def test_where_it_speaks_the_decoder_agrees(name: str) -> None:
    picture = inspected(FILES[name])
    assert picture is None or picture == inspect_result(FILES[name])


def test_it_speaks_of_the_usual_results() -> None:
    assert [inspected(photos.clean()[kind]) is None for kind in ("png", "jpeg", "webp")] == [False] * 3


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif"])
def test_half_a_file_is_left_to_the_worker(kind: str) -> None:
    data = photos.clean()[kind]
    assert inspected(data[: len(data) // 2]) is None
    assert inspected(b"") is None


def test_the_bot_starts_without_a_decoder() -> None:
    """Check in a process of its own: a decoder takes time and memory, and strangers' files belong elsewhere."""
    program = "import sys, bot.__main__, cogs; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_decoder_says_what_is_wrong() -> None:
    with pytest.raises(BadPicture):
        inspect_result(photos.clean()["png"][:-30])
