"""Chapters: endings sorted by what happens to the member, and written as a page. Decides only; no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from playground.failures.bad_inputs import Misfit
from playground.failures.outcome import NO_CHARGE, REFUNDED
from playground.failures.play import Act

COMMAND: Final = "python -m playground.failures docs/failures"


@dataclass(frozen=True, slots=True)
class Sort:
    """A chapter. ``holds`` looks at an act and at all its words; the first that says yes has it."""

    title: str
    line: str
    holds: Callable[[Act, str], bool]


def _says(pattern: str) -> Callable[[Act, str], bool]:
    return lambda _, words: re.search(pattern, words) is not None


SORTS: Final = (
    Sort(
        "A picture comes all the same",
        "The bot mends these by itself: it looks a lost order up instead of sending it again, asks once more where "
        "that is free, and reads every spelling of an answer. It is paid for once.",
        lambda act, _: act.ending.pictures == 1,
    ),
    Sort(
        "The picture comes as a link",
        "It is painted and paid for, and can't be fetched or is no picture. The member gets its address.",
        _says("could not bring it here"),
    ),
    Sort(
        "Not known yet",
        "Nobody can tell whether it was ordered, or it never ended. Nothing is sent again blindly, since that may cost "
        "twice. The bot looks on, and the operator is told.",
        _says("Not known yet"),
    ),
    Sort("Declined", "The content rules of the service said no.", _says("content rules")),
    Sort(
        "It is forbidden here",
        "A server's managers have set it in /server, or the operator for all. It is refused at once, for the member's "
        "eyes only: nothing is stored, uploaded or ordered.",
        lambda act, _: isinstance(act.case, Misfit) and act.case.is_law,
    ),
    Sort(
        "Whoever runs the bot is needed",
        "Nothing that the member does can help. Of a refused key, an empty account and a picture that was paid for "
        "and never came, the operator hears by direct message as well.",
        _says("whoever runs"),
    ),
    Sort(
        "The picture can't be used",
        "What a file says of itself is refused at once, for the member's eyes only. What only its bytes reveal turns "
        "the card into one sentence, before anything is uploaded or ordered.",
        lambda act, _: isinstance(act.case, Misfit) and act.case.is_file,
    ),
    Sort(
        "Something to change in the order",
        "The same order would fail again, another one may do.",
        _says("[Pp]ick |Shorten|Write a few|[Tt]ry another|choose another"),
    ),
    Sort("A moderator is needed", "The bot may not do here what it must.", _says("[Mm]oderator")),
    Sort("Try again later", "The same order may go well in a while.", _says("try again|[Pp]lease wait|order again")),
)


@dataclass(frozen=True, slots=True)
class View:
    """What one or more acts came to, word for word."""

    acts: tuple[Act, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return self.acts[0].ending.words

    @property
    def name(self) -> str:
        """The picture's file name without its ending."""
        case = self.acts[0].case
        text = case.line if isinstance(case, Misfit) else f"{case.fault} {case.how}"
        return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].rstrip("-")


def sort_of(act: Act) -> Sort:
    """Raises ValueError where the words fit no chapter: then they say neither what happened nor what to do."""
    words = " ".join(act.ending.words)
    found = next((sort for sort in SORTS if sort.holds(act, words)), None)
    if found is None:
        raise ValueError(f"{act.case}: {words!r} tells nobody what to do next")
    return found


def views(acts: Sequence[Act]) -> dict[str, list[View]]:
    """By the chapter's title: what looks the same to the member is one view."""
    found: dict[str, dict[object, list[Act]]] = {sort.title: {} for sort in SORTS}
    for act in acts:
        one = act.ending
        key = (one.words, one.buttons, one.private, one.in_thread)
        found[sort_of(act).title].setdefault(key, []).append(act)
    return {title: [View(tuple(alike)) for alike in kinds.values()] for title, kinds in found.items()}


def mistakes(acts: Sequence[Act]) -> Iterator[str]:
    """What no ending may be: wrong about the money, or words for machines."""
    for act in acts:
        words = " ".join(act.ending.words)
        money = act.ending.money
        if re.search("not charged|no charge", words) and money not in (NO_CHARGE, REFUNDED):
            yield f"{act.case}: {money}, and the member is told: {words}"
        if re.search(r"[{}]|\bNone\b|</?\w+>|<[@#t]|\d{12}", words):
            yield f"{act.case}: this is not for people: {words}"


def page(acts: Sequence[Act], folder: str) -> str:
    """The whole page, as Markdown. ``folder`` is where the pictures are, seen from the page."""
    sorted_ = views(acts)
    faults = {act.case.fault for act in acts if not isinstance(act.case, Misfit)}
    count = sum(isinstance(act.case, Misfit) for act in acts)
    lines = [
        "# Failure by example",
        "",
        f"What a member sees when something goes wrong. Made by `{COMMAND}` (`make failures`): the real bot in the",
        f"playground meets each of the {len(faults)} moods of the stand-in ToAPIs, and {count} orders and files that",
        "can't be taken. Many ways end in the same words; each of those is shown once, with all that lead to it.",
        "What it cost is read from the stand-in's ledger of charges. Please don't edit this page: change the sentence",
        "in `locales/en.ftl`, and make it anew.",
        "",
        "| what happens to the member | ways to get there | different views |",
        "|---|---|---|",
    ]
    for title, alike in sorted_.items():
        lines.append(f"| [{title}](#{_anchor(title)}) | {sum(len(view.acts) for view in alike)} | {len(alike)} |")
    for sort in SORTS:
        lines += ["", f"## {sort.title}", "", sort.line]
        for view in sorted_[sort.title]:
            lines += ["", *_view(view, folder)]
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", title.lower()).replace(" ", "-")


def _view(view: View, folder: str) -> Iterator[str]:
    one = view.acts[0].ending
    yield from ("\n>\n".join(f"> {_escaped(words)}" for words in view.words)).split("\n")
    yield ""
    yield _where(view)
    yield ""
    alt = re.sub(r"[\[\]]", "", " ".join(view.words))
    if one.buttons:
        alt += " Buttons: " + ", ".join(one.buttons) + "."
    yield f"![{_escaped(alt)}]({folder}/{view.name}.webp)"
    yield ""
    if all(isinstance(act.case, Misfit) for act in view.acts):
        yield from ("| what was asked for | what it cost |", "|---|---|")
        yield from (f"| {act.line} | {act.ending.money} |" for act in view.acts)
    else:
        yield from ("| what went wrong | how often, or where | what it cost |", "|---|---|---|")
        yield from (_row(act) for act in view.acts)


def _where(view: View) -> str:
    one = view.acts[0].ending
    if one.private:
        said = "Only the member sees it."
    elif one.in_thread:
        card = "leads there" if one.pictures else "says so as well"
        said = f"In the order's thread, where it calls the member; the card in the channel {card}."
    elif one.pictures:
        said = "In the channel, in reply to the card, where it calls the member."
    else:
        said = "On the card in the channel."
    return said + (f" Buttons: {', '.join(one.buttons)}." if one.buttons else "")


def _row(act: Act) -> str:
    case = act.case
    if isinstance(case, Misfit):
        return f"| {case.line} | | {act.ending.money} |"
    return f"| `{case.fault}`: {_escaped(act.line)} | {case.how or 'as it is'} | {act.ending.money} |"


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_`~<>|\[\]])", r"\\\1", text)
