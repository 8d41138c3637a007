"""Word to systemd: over a real socket, by a path or an abstract name, and nothing breaks where nobody listens."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import tempfile

import pytest

from bot.database import Database
from bot.jobs.slot import Slot
from bot.process.notify import ServiceManager
from bot.reports.readiness import Readiness


@pytest.mark.parametrize("abstract", [True, False])
def test_lines_arrive_at_a_path_and_at_an_abstract_name(abstract: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        address = f"@retouch-{secrets.token_hex(8)}" if abstract else f"{folder}/notify"
        listener.bind(address.replace("@", "\0"))
        ServiceManager(address).tell("READY=1", "STATUS=working")
        assert listener.recv(4096) == b"READY=1\nSTATUS=working"


def test_nothing_breaks_where_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    ServiceManager(None).tell("READY=1")
    assert caplog.text == ""
    ServiceManager("/nowhere/notify").tell("READY=1")
    assert "systemd can't be told READY=1" in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("gone", [False, True])
async def test_process_whose_slot_is_gone_does_not_say_that_it_stops(
    database: Database, gone: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"{folder}/notify")
        listener.setblocking(False)
        readiness = Readiness(database, Slot())
        stop = asyncio.Event()
        stop.set()
        if gone:
            readiness.slot.gone.set()
        await ServiceManager(f"{folder}/notify").tell_stop(readiness, stop)
        assert readiness.phase == ("starting" if gone else "stopping")
        if gone:
            with pytest.raises(BlockingIOError):
                listener.recv(4096)
        else:
            assert b"STOPPING=1" in listener.recv(4096)
