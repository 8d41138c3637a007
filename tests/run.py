"""What ``make test`` runs: every test, eight at a time, and a last line for each external tool that is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

TOOLS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "page": (("chromium", "chromium-browser", "google-chrome"), "install chromium"),
    "alerts": (("promtool",), "install promtool, a part of Prometheus"),
    "systemd unit": (("systemd-analyze",), "install systemd"),
}
"""What cannot be checked without a program: its possible names, and what to do. Tests skip without it."""


def main() -> int:
    """Run all tests and return pytest's exit code; under CI also 1 if a check could not run."""
    # Eight also on two cores, since scenarios wait more than they work.
    command = [sys.executable, "-m", "pytest", "-n", "8", "-m", "not long", "-p", "tests.schedule", *sys.argv[1:]]
    code = subprocess.run(command, check=False, env=environment()).returncode
    missing = [line for names, line in lines() if not any(shutil.which(name) for name in names)]
    for line in missing:
        print(line)
    return code or int(bool(missing) and "CI" in os.environ)


def environment() -> dict[str, str]:
    """Return the environment without what keeps Python from storing byte code.

    Images of Docker often set it. Without byte code eight workers rewrite each assertion in each run, and each bot that
    is started compiles itself.
    """
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def lines() -> list[tuple[tuple[str, ...], str]]:
    """Return for each check the programs of which it needs one, and the line that says that it was not run."""
    return [(names, f"{check}: NOT RUN ({remedy})") for check, (names, remedy) in TOOLS.items()]


if __name__ == "__main__":
    sys.exit(main())
