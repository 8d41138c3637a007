"""Timing: the question is asked when it is worth its price, and never later than that."""

from __future__ import annotations

import random
import statistics
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.overlap import overlapping
from bench.paintings import (
    Cost,
    Durations,
    Student,
    cost_of,
    even_sample,
    exactly,
    lognormal,
    loop_ages,
    optimum_with,
    our_ages,
    traced,
    uniform,
)
from bot.jobs.durations import EDGES, Law, law, prior
from bot.jobs.timing import FIRST, LOOP, SHORTEST, SLOWEST, SPREAD, chance, next_ask, price, remaining, spread, tail
from bot.toapis.catalogue.catalogue import Catalogue

USUAL = (15.0, 60.0)
PAIRS = st.tuples(st.floats(0.1, 300), st.floats(0, 600)).map(lambda two: (two[0], two[0] + two[1]))
AGES = st.floats(0, 100_000)
SLOW = st.floats(0.1, 900)
LAWS = PAIRS.map(lambda usual: law({}, {}, prior(usual)))
OLD_LAWS = PAIRS.map(lambda usual: Law.of(prior(usual), known=50.0))


def taught(durations: Durations, paintings: int, *, seed: int = 1, stated: bool = True) -> Law:
    """Return the law after so many paintings that were waited for one after the other."""
    student = Student(durations.usual, random.Random(seed), stated=stated)
    for _ in range(paintings):
        student.wait(durations.sample(student.chance))
    return student.known


def ours(durations: Durations, known: Law) -> tuple[Cost, Cost, Cost]:
    """Return what this law's questions cost, the sample loop's, and the least for as many questions as ours."""
    ends = even_sample(durations)
    own = cost_of(our_ages(known, ends[-1]), ends)
    return own, cost_of(loop_ages(ends[-1]), ends), optimum_with(durations.done(), own.questions)


@given(AGES, LAWS | OLD_LAWS)
def test_pause_is_never_nothing_and_never_endless(age: float, known: Law) -> None:
    pause = next_ask(known, age, price(known)) - age
    assert SHORTEST * 0.999 <= pause <= SLOWEST * 1.001


@given(LAWS)
def test_first_question_comes_soon_while_little_is_known(known: Law) -> None:
    assert next_ask(known, 0.0, price(known)) <= FIRST


@given(AGES, OLD_LAWS, st.floats(0.001, 100), st.floats(1, 10))
def test_dearer_question_is_never_asked_sooner(age: float, known: Law, cost: float, dearer: float) -> None:
    assert next_ask(known, age, cost) <= next_ask(known, age, cost * dearer) + 1e-6


@given(OLD_LAWS, st.floats(1, 500), st.floats(0, 1, exclude_max=True), st.floats(0.25, 60))
def test_roll_moves_the_question_by_a_part_of_the_pause(known: Law, last: float, roll: float, pause: float) -> None:
    assert abs(spread(known, last, last + pause, roll) - (last + pause)) <= pause * SPREAD / 2 + 1e-9


@given(LAWS, st.floats(0, 500), st.floats(0, 1, exclude_max=True), st.floats(0.25, 60))
def test_roll_never_moves_a_question_before_the_last(known: Law, last: float, roll: float, pause: float) -> None:
    assert spread(known, last, last + pause, roll) > last


@given(AGES, AGES, LAWS)
def test_chance_to_be_done_is_a_chance_and_grows(first: float, second: float, known: Law) -> None:
    denied, age = sorted((first, second))
    assert 0 <= chance(known, denied, age) <= 1 + 1e-9
    assert chance(known, denied, age) <= chance(known, denied, age + 10) + 1e-9


def test_beyond_all_experience_it_asks_ever_more_rarely() -> None:
    known = taught(lognormal(20, 0.3), 60)
    pauses = [next_ask(known, age, price(known)) - age for age in (120.0, 400.0, 1_200.0, 3_600.0)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 15
    assert pauses[-1] == SLOWEST


@pytest.mark.parametrize("durations", [lognormal(30, 0.35), lognormal(60, 0.5), *traced()[::6]], ids=lambda d: d.name)
def test_questions_are_within_a_few_per_cent_of_the_best_possible(durations: Durations) -> None:
    for known, most in ((taught(durations, 0), 1.4), (taught(durations, 50), 1.15)):
        own, loop, least = ours(durations, known)
        assert own.product <= least.product * most
        assert own.questions <= loop.questions


def test_it_is_as_good_where_nobody_says_when_a_painting_was_done() -> None:
    durations = lognormal(30, 0.35)
    own, _, least = ours(durations, taught(durations, 50, stated=False))
    assert own.product <= least.product * 1.15


def test_narrow_law_costs_half_the_loops_waiting_and_fewer_questions() -> None:
    durations = uniform(6, 8)
    student = Student(USUAL, random.Random(3))
    for _ in range(20):
        student.wait(durations.sample(student.chance))
    waits = [student.wait(durations.sample(student.chance)) for _ in range(200)]
    lost = sorted(seconds for _, seconds in waits)
    assert statistics.median(lost) <= 0.4
    assert lost[190] <= 1.5
    assert statistics.mean(questions for questions, _ in waits) <= 2.8


@pytest.mark.parametrize("factor", [1 / 3, 1.0, 3.0])
@pytest.mark.parametrize("usual", sorted({model.seconds for model in Catalogue.load().models}), ids=str)
def test_first_ten_lose_no_more_than_the_loop(usual: tuple[float, float], factor: float) -> None:
    """Try the law of each model's paintings, also where the catalogue is wrong by three times."""
    middle = (usual[0] * usual[1]) ** 0.5 * factor
    durations = lognormal(middle, 0.35)
    medians = []
    for seed in range(25):
        student = Student(usual, random.Random(seed))
        medians.append(statistics.median(student.wait(durations.sample(student.chance))[1] for _ in range(10)))
    ends = even_sample(durations)
    loop = cost_of(loop_ages(ends[-1]), ends).middle
    assert statistics.mean(medians) <= max(loop * 1.05, LOOP / 2)  # its first question may come by chance at the end


@pytest.mark.parametrize("seconds", [1.0, 3.0, 5.0, 7.0])
def test_painter_much_faster_than_the_catalogue_says_is_learned(seconds: float) -> None:
    student = Student((10.0, 20.0), random.Random(5))
    lost = [student.wait(exactly(seconds).sample(student.chance))[1] for _ in range(8)]
    loop = LOOP - seconds % LOOP
    assert statistics.median(lost) <= loop
    assert max(lost[2:]) <= loop + 0.5
    if seconds < LOOP:
        assert max(lost) <= loop + 0.5


@pytest.mark.parametrize(("stated", "pictures"), [(True, 3), (False, 25)])
def test_painter_that_became_faster_is_noticed(stated: bool, pictures: int) -> None:
    student = Student(USUAL, random.Random(4), stated=stated)
    slow = lognormal(30, 0.1)
    for _ in range(60):
        student.wait(slow.sample(student.chance))
    for _ in range(pictures):
        student.wait(7.0)
    assert statistics.mean(student.wait(7.0)[1] for _ in range(10)) <= 1.0


def test_decision_takes_less_than_a_millisecond() -> None:
    known = taught(lognormal(30, 0.35), 50)
    began = time.process_time()
    for number in range(100):
        next_ask(known, float(number), price(known))
    assert (time.process_time() - began) / 100 < 0.001


def test_overlapping_paintings_learn_from_the_first_that_is_done() -> None:
    """Two orders a second, of which the catalogue says that they take twice to eight times as long."""
    first: list[float] = []
    later: list[float] = []
    for seed in range(20):
        jobs = overlapping(uniform(6, 8), USUAL, 40, 2.0, random.Random(seed))
        lost = [job.lost for job in jobs if job.lost is not None]
        first += lost[:10]
        later += lost[20:]
    assert statistics.median(first) <= 0.8
    assert statistics.median(later) <= 0.4


def test_what_remains_is_counted_to_the_slowest_tenth_and_then_no_longer() -> None:
    assert remaining(0.0, 60.0) == 60.0
    assert remaining(45.0, 60.0) == 15.0
    assert remaining(60.0, 60.0) is None
    assert remaining(3_600.0, 60.0) is None


@given(st.floats(-100, 10_000), SLOW)
def test_what_remains_is_never_nothing_never_negative_and_never_more_than_all(age: float, slow: float) -> None:
    left = remaining(age, slow)
    assert left is None or 0 < left <= slow


@given(st.floats(0, 10_000), st.floats(0, 10_000), SLOW)
def test_what_remains_shrinks_with_age_and_the_promised_moment_stands(first: float, second: float, slow: float) -> None:
    younger, older = sorted((first, second))
    before = remaining(younger, slow)
    after = remaining(older, slow)
    if after is not None:
        assert before is not None
        assert before >= after
        assert younger + before == pytest.approx(older + after)


def test_scale_reaches_beyond_the_deadline() -> None:
    assert EDGES[-1] > 15 * 60


@given(SLOW)
def test_where_a_webhook_should_come_the_first_question_is_for_stragglers(slow: float) -> None:
    usual = Law.of(prior((slow / 3, slow)))
    assert slow < tail(usual) < EDGES[-1]
    assert usual.share_done(tail(usual)) == pytest.approx(0.95 * usual.done[-1])


def test_lost_webhook_is_missed_soon_where_little_is_known_of_a_tenth() -> None:
    known = Law.of([0.09] * 10 + [0.0] * (len(EDGES) - 11))  # the blur of few paintings, at the end of the scale
    assert known.slow == EDGES[-1] or known.slow < 1
    assert tail(known) < 1
