"""The command line: each command is known, help and version need nothing, and a slip is named with the right word."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.process.command_line import COMMANDS, parse


def ended(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Return the exit code with which these words end, and what was printed."""
    with pytest.raises(SystemExit) as end:
        parse(list(words))
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out + captured.err


def test_no_word_runs_the_bot_and_each_command_is_known() -> None:
    assert parse([]).command == "run"
    assert parse(["backup", "a.copy"]).file == Path("a.copy")
    assert parse(["restore", "a.copy", "--replace"]).replace
    assert parse(["doctor", "--channel", "7"]).channel == 7
    for name in ("run", "migrate", "reconcile", "rotate", "doctor"):
        assert parse([name]).command == name


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = ended(capsys, "--help")
    assert code == 0
    assert all(name in text for name in COMMANDS)
    code, text = ended(capsys, "--version")
    assert (code, text.split()[0]) == (0, "Retouch")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["migrat"], "there is no command 'migrat'; did you mean migrate?"),
        (["reconsile", "now"], "did you mean reconcile?"),
        (["zebra"], "there is no command 'zebra'"),
        (["migrate", "now"], "unrecognized arguments: now"),
        (["--quick"], "unrecognized arguments: --quick"),
        (["backup"], "FILE"),
        (["restore"], "restore takes a FILE, or --mark"),
        (["restore", "a.copy", "--mark"], "restore takes a FILE, or --mark"),
        (["doctor", "--channel", "general"], "'general'"),
    ],
)
def test_what_can_not_be_understood_is_named_and_ends_with_two(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code, text = ended(capsys, *words)
    assert code == 2
    assert said in text
    assert text.count("\n") == 1
    assert "--help" in text
