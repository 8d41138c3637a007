"""The page of failures: endings in sections, by what happens to the member. Decides only; no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from playground.failures.bad_inputs import BadInput
from playground.failures.outcome import NO_CHARGE, REFUNDED
from playground.failures.play import PlayedCase

COMMAND: Final = "python -m playground.failures docs/failures"


@dataclass(frozen=True, slots=True)
class Section:
    """A section. A case belongs to the first section whose ``holds`` accepts the case and its words."""

    title: str
    line: str
    holds: Callable[[PlayedCase, str], bool]


def _says(pattern: str) -> Callable[[PlayedCase, str], bool]:
    return lambda _, words: re.search(pattern, words) is not None


SECTIONS: Final = (
    Section(
        "A picture comes all the same",
        "The bot mends these by itself: it looks a lost order up instead of sending it again, asks once more where "
        "that is free, and reads every spelling of an answer. It is paid for once.",
        lambda case, _: case.ending.pictures == 1,
    ),
    Section(
        "The picture comes as a link",
        "It is painted and paid for, and can't be fetched or is no picture. The member gets its address.",
        _says("could not bring it here"),
    ),
    Section(
        "Not known yet",
        "Nobody can tell whether it was ordered, or it never ended. Nothing is sent again blindly, since that may cost "
        "twice. The bot looks on, and the operator is told.",
        _says("Not known yet"),
    ),
    Section("Declined", "The content rules of the service said no.", _says("content rules")),
    Section(
        "It is forbidden here",
        "A server's managers have set it in /server, or the operator for all. It is refused at once, for the member's "
        "eyes only: nothing is stored, uploaded or ordered.",
        lambda case, _: isinstance(case.cause, BadInput) and case.cause.is_forbidden,
    ),
    Section(
        "Whoever runs the bot is needed",
        "Nothing that the member does can help. Of a refused key, an empty account and a picture that was paid for "
        "and never came, the operator hears by direct message as well.",
        _says("whoever runs"),
    ),
    Section(
        "The picture can't be used",
        "What a file says of itself is refused at once, for the member's eyes only. What only its bytes reveal turns "
        "the card into one sentence, before anything is uploaded or ordered.",
        lambda case, _: isinstance(case.cause, BadInput) and case.cause.is_file,
    ),
    Section(
        "Something to change in the order",
        "The same order would fail again, another one may do.",
        _says("[Pp]ick |Shorten|Write a few|[Tt]ry another|choose another"),
    ),
    Section("A moderator is needed", "The bot may not do here what it must.", _says("[Mm]oderator")),
    Section("Try again later", "The same order may go well in a while.", _says("try again|[Pp]lease wait|order again")),
)


@dataclass(frozen=True, slots=True)
class View:
    """Cases with the same ending, word for word."""

    cases: tuple[PlayedCase, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return self.cases[0].ending.words

    @property
    def name(self) -> str:
        """Return the picture's file name without its ending."""
        cause = self.cases[0].cause
        text = cause.line if isinstance(cause, BadInput) else f"{cause.fault} {cause.how}"
        return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].rstrip("-")


def section_of(case: PlayedCase) -> Section:
    """Return a case's section. Raises ValueError if its words say neither what happened nor what to do."""
    words = " ".join(case.ending.words)
    matching = next((section for section in SECTIONS if section.holds(case, words)), None)
    if matching is None:
        raise ValueError(f"{case.cause}: {words!r} tells nobody what to do next")
    return matching


def views(cases: Sequence[PlayedCase]) -> dict[str, list[View]]:
    """Return the views by the title of their section: cases that look the same to the member are one view."""
    by_section: dict[str, dict[object, list[PlayedCase]]] = {section.title: {} for section in SECTIONS}
    for case in cases:
        ending = case.ending
        key = (ending.words, ending.buttons, ending.private, ending.in_thread)
        by_section[section_of(case).title].setdefault(key, []).append(case)
    return {title: [View(tuple(alike)) for alike in kinds.values()] for title, kinds in by_section.items()}


def mistakes(cases: Sequence[PlayedCase]) -> Iterator[str]:
    """Yield what no ending may be: wrong about the money, or words for machines."""
    for case in cases:
        words = " ".join(case.ending.words)
        money = case.ending.money
        if re.search("not charged|no charge", words) and money not in (NO_CHARGE, REFUNDED):
            yield f"{case.cause}: {money}, and the member is told: {words}"
        if re.search(r"[{}]|\bNone\b|</?\w+>|<[@#t]|\d{12}", words):
            yield f"{case.cause}: this is not for people: {words}"


def page(cases: Sequence[PlayedCase], folder: str) -> str:
    """Write the whole page, as Markdown. ``folder`` is where the pictures are, seen from the page."""
    by_section = views(cases)
    faults = {case.cause.fault for case in cases if not isinstance(case.cause, BadInput)}
    count = sum(isinstance(case.cause, BadInput) for case in cases)
    lines = [
        "# Failure by example",
        "",
        f"What a member sees when something goes wrong. Made by `{COMMAND}` (`make failures`): the real bot in the",
        f"playground meets each of the {len(faults)} faults of the stand-in ToAPIs, and {count} orders and files that",
        "can't be taken. Many ways end in the same words; each of those is shown once, with all that lead to it.",
        "What it cost is read from the stand-in's ledger of charges. Please don't edit this page: change the sentence",
        "in `locales/en.ftl`, and make it anew.",
        "",
        "| what happens to the member | ways to get there | different views |",
        "|---|---|---|",
    ]
    for title, alike in by_section.items():
        lines.append(f"| [{title}](#{_anchor(title)}) | {sum(len(view.cases) for view in alike)} | {len(alike)} |")
    for section in SECTIONS:
        lines += ["", f"## {section.title}", "", section.line]
        for view in by_section[section.title]:
            lines += ["", *_view(view, folder)]
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", title.lower()).replace(" ", "-")


def _view(view: View, folder: str) -> Iterator[str]:
    ending = view.cases[0].ending
    yield from ("\n>\n".join(f"> {_escaped(words)}" for words in view.words)).split("\n")
    yield ""
    yield _where(view)
    yield ""
    alt = re.sub(r"[\[\]]", "", " ".join(view.words))
    if ending.buttons:
        alt += " Buttons: " + ", ".join(ending.buttons) + "."
    yield f"![{_escaped(alt)}]({folder}/{view.name}.webp)"
    yield ""
    if all(isinstance(case.cause, BadInput) for case in view.cases):
        yield from ("| what was asked for | what it cost |", "|---|---|")
        yield from (f"| {case.line} | {case.ending.money} |" for case in view.cases)
    else:
        yield from ("| what went wrong | how often, or where | what it cost |", "|---|---|---|")
        yield from (_row(case) for case in view.cases)


def _where(view: View) -> str:
    ending = view.cases[0].ending
    if ending.private:
        said = "Only the member sees it."
    elif ending.in_thread:
        card = "leads there" if ending.pictures else "says so as well"
        said = f"In the order's thread, where it calls the member; the card in the channel {card}."
    elif ending.pictures:
        said = "In the channel, in reply to the card, where it calls the member."
    else:
        said = "On the card in the channel."
    return said + (f" Buttons: {', '.join(ending.buttons)}." if ending.buttons else "")


def _row(case: PlayedCase) -> str:
    cause = case.cause
    if isinstance(cause, BadInput):
        return f"| {cause.line} | | {case.ending.money} |"
    return f"| `{cause.fault}`: {_escaped(case.line)} | {cause.how or 'as it is'} | {case.ending.money} |"


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_`~<>|\[\]])", r"\\\1", text)
