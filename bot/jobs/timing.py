"""Timing: when ToAPIs is asked about a task next, and until when its picture is promised. Pure: seconds in and out.

A question has a price, in seconds of waiting. A task is asked for once the waiting that was probably lost since its
last question (it may have been done all the while) outweighs the price of the next. So questions stand densely where
paintings of its kind usually end, and far apart where they do not; the product of lost waiting and questions stays
within a few per cent of the least that is possible (``python -m bench timing``).
"""

from __future__ import annotations

import math
from typing import Final

from bot.jobs.durations import EDGES, WIDTHS, Law, bucket_of

LOOP: Final = 2.0
"""Seconds between two questions in the sample loop of ToAPIs' own documentation.
https://docs.toapis.com/docs/en/api-reference/tasks/image-status"""

SHARE: Final = 0.8
"""The share of the sample loop's questions that we may ask."""

FEWEST: Final = 2.0
"""Questions that may always be asked, on average."""

UNSEEN: Final = 0.27
"""Seconds of lost waiting, on average, that nobody notices: no more is asked to make them fewer."""

NEW: Final = 8.0
"""Known paintings below which the first question comes soon, whatever the catalogue says: it costs one question."""

TAIL: Final = 0.95
"""The share of paintings that have ended before the first question, where a webhook tells of the end.

Of those that end within half an hour: what is known of few paintings may say little of the others."""

VERY_FIRST: Final = 1.25
FIRST: Final = 2.0
"""Seconds within which the first question comes: while nothing is known, and while little is, as in the sample loop.
The bot needs longer than that loop from the answer to the picture, and its first picture longest."""

SHORTEST: Final = 0.25
SLOWEST: Final = 60.0
"""Seconds between two questions, at least and at most."""

SPREAD: Final = 0.1
BLIND: Final = 0.9
"""The share of a pause by which bots and jobs are spread apart: usually, and early on while nothing is known."""


def price(law: Law) -> float:
    """Return the price of a question in seconds of waiting.

    At the price c, about sqrt(P / c) questions are asked and sqrt(P c) seconds lost, where P is the least product of
    the two that this law allows. So the price follows from how many questions we may ask at most, and from how little
    lost waiting is too little to be noticed.
    """
    product, mean = _figures(law)
    share = SHARE if law.known >= NEW else 1.0
    for_questions = product / max(share * mean / LOOP, FEWEST) ** 2
    for_waiting = UNSEEN**2 / product
    return max(for_questions, for_waiting)


def _figures(law: Law) -> tuple[float, float]:
    """Return the least product of lost seconds and questions, and the mean of the law without its slowest tenth."""
    root = 0.0
    mean = 0.0
    for share, before, width in zip(law.shares, law.done, WIDTHS, strict=False):
        left = 1 - before - share / 2
        root += math.sqrt(share * max(left, 0.0) * width)
        if before < 0.95:
            mean += left * width
    return max(root * root / 2, 1e-3), mean


def next_ask(law: Law, denied: float, cost: float) -> float:
    """Return the age at which to ask about a task that was not done at the age of ``denied``, 0 where never asked.

    ``cost`` is the price of a question.
    """
    latest = denied + SLOWEST
    if law.known < NEW and denied <= 0:
        latest = FIRST if law.known >= 1 else VERY_FIRST
    if denied >= EDGES[-1]:
        return latest
    left = 1 - law.share_done(denied)
    budget = cost * left
    done = 0.0
    at = denied
    for bucket in range(bucket_of(denied), len(WIDTHS)):
        if at >= latest:
            return latest
        width = EDGES[bucket + 1] - at
        density = law.shares[bucket] / WIDTHS[bucket]
        lost = (done + density * width / 2) * width
        if lost >= budget:
            wait = 2 * budget / (done + math.sqrt(done * done + 2 * density * budget))
            return min(max(at + wait, denied + SHORTEST), latest)
        budget -= lost
        done += density * width
        at = EDGES[bucket + 1]
    return latest


def tail(law: Law) -> float:
    """Return the age of the first question where a webhook should tell of the end, so that its loss costs little."""
    return law.quantile(TAIL * law.done[-1])


def spread(law: Law, last: float, planned: float, roll: float) -> float:
    """Return the planned age, moved by a part of the time since the ``last`` question; ``roll`` is in [0, 1).

    While nothing is known, early questions are spread widely: whichever of many that wait asks first after the first
    picture is done tells all others.
    """
    blind = law.known < 1 and 0 < last < law.quantile(0.1)
    return planned + (planned - last) * (BLIND if blind else SPREAD) * (roll - 0.5)


def chance(law: Law, denied: float, age: float) -> float:
    """Return the chance that a task of this ``age`` is done by now, which was not at the age of ``denied``.

    Where more would be asked than ToAPIs allows, the likeliest comes first: a wait ends with each hit.
    """
    left = 1 - law.share_done(denied)
    return (law.share_done(age) - law.share_done(denied)) / left if left > 0 else 1.0


def remaining(age: float, slow: float) -> float | None:
    """Return the seconds until the slowest tenth, ``slow``, is reached at this ``age``, or None once that is over.

    For one painting the promised moment (now plus these seconds) never moves, so a message with it need not be edited.
    After that moment no honest number is left.
    """
    left = slow - max(age, 0.0)
    return left if left > 0 else None
