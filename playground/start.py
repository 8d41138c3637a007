"""The program behind ``make run``: the real bot where a token or a key is set, else the playground."""

from __future__ import annotations

import os
import sys

from dotenv import dotenv_values


def main() -> None:
    """Replace this process. With only one of the two set it is the bot, which names the other, never the playground."""
    variables = {**dotenv_values(".env"), **os.environ}
    real = any(variables.get(name) for name in ("DISCORD_TOKEN", "TOAPIS_API_KEY"))
    module = "bot" if real else "playground"
    os.execv(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]])  # noqa: S606 - our own interpreter and module


if __name__ == "__main__":
    main()
