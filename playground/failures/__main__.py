"""python -m playground.failures docs/failures: play every failure, and write docs/failures.md and its pictures."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from playground.failures.page import mistakes, page, views
from playground.failures.picture import picture_of
from playground.failures.play import PlayedCase, play_all
from playground.screenshots.browser import chromium, open_browser
from playground.screenshots.camera import open_page


@dataclass(frozen=True, slots=True)
class FailurePage:
    """The page, its pictures by name, and the mistakes in any ending: with a mistake there are no pictures."""

    page: str
    pictures: dict[str, bytes]
    wrong: list[str]


async def show(folder: str) -> FailurePage:
    """Run every case. ``folder`` is where the pictures will lie, seen from the page."""
    async with play_all() as cases:
        wrong = list(mistakes(cases))
        return FailurePage(page(cases, folder), {} if wrong else await _pictures(cases), wrong)


async def _pictures(cases: list[PlayedCase]) -> dict[str, bytes]:
    """Return one picture of each view, by name; its first case is the model."""
    pictures: dict[str, bytes] = {}
    models = [(view.name, view.cases[0]) for alike in views(cases).values() for view in alike]
    async with open_browser() as browser:
        for url in dict.fromkeys(case.url for _, case in models):
            async with open_page(browser, url, 390) as phone:
                pictures |= {name: await picture_of(phone, case.ending) for name, case in models if case.url == url}
    return pictures


def main(words: list[str]) -> int:
    """Run the program. Returns the exit code: 0, or 1 where there is no browser or an ending is wrong."""
    parser = argparse.ArgumentParser(prog="python -m playground.failures", description="Failure by example.")
    parser.add_argument("folder", type=Path, help="where the pictures go, such as docs/failures; the page lies beside")
    folder = parser.parse_args(words).folder
    if not chromium():
        print("There is no Chromium here. On Debian or Ubuntu: apt install chromium", file=sys.stderr)
        return 1
    result = asyncio.run(show(folder.name))
    if result.wrong:
        print("\n".join(result.wrong), file=sys.stderr)
        return 1
    write(folder, result)
    print(f"{len(result.pictures)} pictures, {sum(map(len, result.pictures.values())) // 1000} kB in all")
    return 0


def write(folder: Path, result: FailurePage) -> None:
    """Write the page beside the folder, and the pictures into it. Pictures of another run are deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    for name, data in result.pictures.items():
        (folder / f"{name}.webp").write_bytes(data)
    folder.with_suffix(".md").write_text(result.page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
