"""Paintings that overlap, simulated: what is learned from the first ones wakes those who wait for the others."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from bench.paintings import Durations
from bot.jobs.durations import Law, Weights, interval, law, observed, prior
from bot.jobs.timing import NEW, next_ask, price, spread


@dataclass(slots=True)
class Overlapping:
    """A painting that is waited for, and the moment of the next question, in seconds of the simulation."""

    begun: float
    duration: float
    next: float
    roll: float = 0.5
    asked: float = 0.0
    questions: int = 0
    lost: float | None = None


def overlapping(
    durations: Durations, usual: tuple[float, float], count: int, per_second: float, dice: random.Random
) -> list[Overlapping]:
    """Wait for ``count`` paintings that begin at this pace, on a fresh database, and return them."""
    base = prior(usual)
    weights: Weights = {}
    known = law(weights, weights, base)
    jobs = [Overlapping(number / per_second, durations.sample(dice), 0.0) for number in range(count)]
    for job in jobs:
        _plan(job, known, dice.random())
    waiting = list(jobs)
    while waiting:
        job = min(waiting, key=lambda waiting_job: waiting_job.next)
        now = job.next
        age = now - job.begun
        job.questions += 1
        if age < job.duration:
            job.asked = age
            _plan(job, known, dice.random())
            continue
        job.lost = age - job.duration
        waiting.remove(job)
        began = dice.random()
        stated = math.ceil(began + job.duration) - int(began)
        weights = observed(weights, *interval(job.asked, age, stated), known)
        known = law(weights, weights, base)
        for other in waiting:
            if other.begun > now or known.known < NEW:  # once much is known, those who wait are not woken
                _plan(other, known, other.roll)
                other.next = max(other.next, now)
    return jobs


def _plan(job: Overlapping, known: Law, roll: float) -> None:
    job.roll = roll
    job.next = job.begun + spread(known, job.asked, next_ask(known, job.asked, price(known)), roll)
