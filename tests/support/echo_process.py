"""``… echo_process EXIT_CODE``, or ``… wait``: print how this process was started, and end as told."""

import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    print(sys.argv[1:], os.environ.get("WORD"), Path.cwd(), flush=True)
    if sys.argv[1] == "wait":
        time.sleep(600)
    sys.exit(int(sys.argv[1]))
