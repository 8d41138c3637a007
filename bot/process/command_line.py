"""The words of the command line: which commands there are, and what is said about a word that is none."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final, NoReturn

from bot.reports.health import VERSION
from bot.variables.names import nearest

COMMANDS: Final = {
    "run": "run the bot; so does no command at all",
    "migrate": "bring the tables of the database to this version",
    "reconcile": "compare jobs, ledger and ToAPIs; exit code 1: they differ, 2: ToAPIs could not be asked",
    "rotate": "seal servers' own keys with the first of SECRET_KEYS",
    "doctor": "check everything that the bot needs, and say what to do; exit code 1 where something is wrong",
    "backup": "copy the database to a file, also while the bot runs",
    "restore": "put such a copy in the place of the database",
}
"""Each command, with what it does."""


class _Parser(argparse.ArgumentParser):
    """Ends with one sentence and exit code 2 where a word can't be understood."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, and end."""
        end = "" if message.endswith("?") else "."
        sys.stderr.write(f"{self.prog}: {message}{end} `python -m bot --help` lists the commands\n")
        sys.exit(2)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the command and its options. End with exit code 2 at an unknown word, and with 0 after help or version."""
    parser = _parser()
    word = next((argument for argument in arguments if not argument.startswith("-")), "run")
    if word not in COMMANDS:
        right = nearest(word, COMMANDS)
        parser.error(f"there is no command {word!r}" + (f"; did you mean {right}?" if right else ""))
    if arguments and all(argument.startswith("-") for argument in arguments):
        parser.parse_known_args([*arguments, "run"])  # help and version end here
        parser.error(f"unrecognized arguments: {' '.join(arguments)}")
    parsed = parser.parse_args(arguments or ["run"])
    if parsed.command == "restore" and parsed.mark == (parsed.file is not None):
        parser.error("restore takes a FILE, or --mark where another tool has restored the database already")
    return parsed


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m bot", description="Retouch, a Discord bot for pictures.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"Retouch {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    parsers = {
        name: commands.add_parser(name, help=does, description=does, allow_abbrev=False)
        for name, does in COMMANDS.items()
    }
    parsers["doctor"].add_argument("--channel", type=int, metavar="ID", help="check the permissions in this channel")
    parsers["doctor"].add_argument(
        "--paid", action="store_true", help="buy one picture, which costs money, and prove that it can be looked up"
    )
    parsers["backup"].add_argument("file", type=Path, metavar="FILE", help="a name that is not taken yet")
    parsers["restore"].add_argument("file", type=Path, metavar="FILE", nargs="?", help="made by backup")
    parsers["restore"].add_argument("--replace", action="store_true", help="overwrite a database that was used")
    parsers["restore"].add_argument(
        "--mark", action="store_true", help="another tool has restored the database: only mark it as restored"
    )
    return parser
