"""python -m playground.failures docs/failures: plays every failure, and writes docs/failures.md and its pictures."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from playground.failures.page import mistakes, page, views
from playground.failures.picture import sight
from playground.failures.play import Act, played
from playground.screenshots.browser import chromium, opened
from playground.screenshots.camera import posed


@dataclass(frozen=True, slots=True)
class Shown:
    """The page, its pictures by name, and what is wrong with any ending: then there are no pictures."""

    page: str
    pictures: dict[str, bytes]
    wrong: list[str]


async def show(folder: str) -> Shown:
    """Plays everything. ``folder`` is where the pictures will lie, seen from the page."""
    async with played() as acts:
        wrong = list(mistakes(acts))
        return Shown(page(acts, folder), {} if wrong else await _pictures(acts), wrong)


async def _pictures(acts: list[Act]) -> dict[str, bytes]:
    """By name: one picture of each view, for which its first act sits."""
    made: dict[str, bytes] = {}
    sitters = [(view.name, view.acts[0]) for alike in views(acts).values() for view in alike]
    async with opened() as browser:
        for url in dict.fromkeys(act.url for _, act in sitters):
            async with posed(browser, url, 390) as phone:
                made |= {name: await sight(phone, act.ending) for name, act in sitters if act.url == url}
    return made


def main(words: list[str]) -> int:
    """The exit code: 0, or 1 where there is no browser or an ending is wrong."""
    parser = argparse.ArgumentParser(prog="python -m playground.failures", description="Failure by example.")
    parser.add_argument("folder", type=Path, help="where the pictures go, such as docs/failures; the page lies beside")
    folder = parser.parse_args(words).folder
    if not chromium():
        print("There is no Chromium here. On Debian or Ubuntu: apt install chromium", file=sys.stderr)
        return 1
    shown = asyncio.run(show(folder.name))
    if shown.wrong:
        print("\n".join(shown.wrong), file=sys.stderr)
        return 1
    write(folder, shown)
    print(f"{len(shown.pictures)} pictures, {sum(map(len, shown.pictures.values())) // 1000} kB in all")
    return 0


def write(folder: Path, shown: Shown) -> None:
    """The page beside the folder, and the pictures in it. Pictures of another run go."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    for name, data in shown.pictures.items():
        (folder / f"{name}.webp").write_bytes(data)
    folder.with_suffix(".md").write_text(shown.page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
