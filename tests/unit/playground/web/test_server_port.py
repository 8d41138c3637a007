"""The port of the page: the one that was asked for, or any where the usual one is taken; and never a traceback."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from playground.web import server
from playground.web.server import choose_port
from tests.project.source import ROOT


def test_usual_port_that_is_taken_gives_way_to_any(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(server, "PORT", other.getsockname()[1])
        assert choose_port(None) == 0
    assert choose_port(None) == server.PORT
    assert choose_port(0) == 0


def test_chosen_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "playground", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr == (
        f"Port {port} can't be used for the page (another program has it). Choose another one with --port.\n"
    )


def test_port_that_is_none_is_told_in_one_line() -> None:
    command = [sys.executable, "-m", "playground", "--port", "70000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
