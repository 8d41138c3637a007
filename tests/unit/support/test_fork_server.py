"""The fork server: what it starts is a process like any other."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fork_server import AVAILABLE, ForkedProcess, ForkServer

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="only Linux tells of the end of other processes")


@pytest.fixture
def server() -> Iterator[ForkServer]:
    with ForkServer.running() as server:
        yield server


async def start(server: ForkServer, folder: Path, argument: str) -> ForkedProcess:
    return await server.launch(("tests.support.echo_process", argument), {"WORD": "hello"}, folder, folder / "log")


@pytest.mark.parametrize("code", [0, 3])
async def test_arguments_environment_folder_log_and_exit_code_are_its_own(
    server: ForkServer, tmp_path: Path, code: int
) -> None:
    (tmp_path / "log").write_text("before\n")
    process = await start(server, tmp_path, str(code))
    assert process.pid != os.getpid()
    assert await process.wait() == process.returncode == code
    assert (tmp_path / "log").read_text() == f"before\n{[str(code)]} hello {tmp_path}\n"
    process.kill()  # nothing happens any more


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_signal_ends_it_and_is_told(server: ForkServer, tmp_path: Path, number: int) -> None:
    process = await start(server, tmp_path, "wait")
    assert process.returncode is None
    process.kill() if number == signal.SIGKILL else process.terminate()
    assert await process.wait() == -number


async def test_nothing_outlives_the_server(tmp_path: Path) -> None:
    with ForkServer.running() as server:
        process = await start(server, tmp_path, "wait")
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
