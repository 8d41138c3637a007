"""What ``make test`` runs: every test, four at a time, and a last line about the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def main() -> int:
    """Pytest's exit code."""
    # Four also on two cores, since stories wait more than they work. The long ones come first in the alphabet:
    # without stealing, one worker would be left alone with them.
    command = [sys.executable, "-m", "pytest", "-n", "4", "--dist", "worksteal", *sys.argv[1:]]
    code = subprocess.run(command, check=False).returncode
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        print("page: NOT RUN (install chromium)")
        return code or int("CI" in os.environ)  # CI installs it: a skipped check must not count as passed
    return code


if __name__ == "__main__":
    sys.exit(main())
