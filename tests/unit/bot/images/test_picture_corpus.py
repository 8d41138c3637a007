"""A sample of the corpus: of each kind of odd picture at least one goes every way. All of it: ``make prove``."""

from __future__ import annotations

import functools
import random
from typing import Final

from tests.support.cases import failures
from tests.support.corpus import Case, cases
from tests.support.corpus_checks import check_case

_SEED: Final = 2026
_MORE: Final = 60


@functools.cache
def corpus() -> list[Case]:
    return cases(_SEED)


def sample() -> list[Case]:
    """Return a case of each format and oddity, a few of those that are cut, and more at random."""
    chance = random.Random(_SEED)
    kinds: dict[tuple[str, str], list[Case]] = {}
    for case in corpus():
        oddity = case.name.partition(", ")[2]
        kinds.setdefault((case.name[:4], "cut" if oddity.endswith("of it") else oddity), []).append(case)
    chosen = {case.name: case for group in kinds.values() for case in chance.sample(group, min(len(group), 2))}
    return list((chosen | {case.name: case for case in chance.sample(corpus(), _MORE)}).values())


def test_odd_pictures_are_right_on_every_way_or_refused_with_their_reason() -> None:
    assert len(corpus()) >= 600
    assert not failures(check_case, {case.name: case for case in sample()})


def test_raw_photos_and_thumbnails_in_tiff_are_told_apart() -> None:
    tiffs = {case.name: case for case in corpus() if case.name.startswith(("TIFF raw by", "TIFF RGB thumb"))}
    assert len(tiffs) == 8
    assert not failures(check_case, tiffs)
