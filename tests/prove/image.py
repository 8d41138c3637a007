"""The image of the Dockerfile, built and run without a registry and without Docker, on a base of Debian's packages.

``buildah`` builds it and runs its command in a fresh root, as the image's user; a picture is ordered from that bot.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from playground.stage import Process, Stage, launch
from tests.prove.record import Record
from tests.scenarios.support.monitor import Monitor
from tests.scenarios.support.server import Server

BATCH: Final = "image"

ROOT: Final = Path(__file__).parents[2]

AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
"""This machine's certificates: a proxy of its network may have one of its own, which no image knows."""

IN_ROOT: Final = ("--isolation", "chroot", "--network", "host")


class ImageMaker:
    """Builds in a folder of its own, whose images go with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def command(self, *words: str) -> list[str]:
        """Return a command of buildah on this folder."""
        return ["buildah", "--root", f"{self._folder}/store", "--runroot", f"{self._folder}/run", *words]

    def run(self, *words: str) -> str:
        """Run a command of buildah and return what it prints. Raises CalledProcessError where it fails."""
        done = subprocess.run(self.command(*words), check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def build(self) -> None:
        """Build a base with Debian's Python, and on it the image ``retouch``."""
        base = f"{self._folder}/base.tar"
        packages = "--include=python3,python3-venv,ca-certificates"
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", packages, "bookworm", base], check=True)
        container = self.run("from", "scratch")
        self.run("add", "--quiet", container, base, "/")
        self.run("commit", "--quiet", container, "retouch-base")
        self.run("rm", container)
        settings = Path(self._folder, "pip.conf")
        settings.write_text(f"[global]\ncert = {AUTHORITIES}\n")
        mounts = (f"--volume={AUTHORITIES}:{AUTHORITIES}:ro", f"--volume={settings}:/etc/pip.conf:ro")
        base_argument = "--build-arg=BASE=localhost/retouch-base"
        self.run("build", "--quiet", "--format=docker", *IN_ROOT, *mounts, base_argument, "--tag=retouch", str(ROOT))

    def run_inside(self, container: str, environment: Mapping[str, str], *words: str) -> list[str]:
        """Return the command that runs something in a container, which gets the playground beside it."""
        variables = [f"--env={name}={text}" for name, text in environment.items()]
        mount = f"--volume={ROOT}/playground:/playground/playground:ro"
        return self.command("run", *IN_ROOT, mount, *variables, container, "--", *words)


def prove(record: Record, only: str) -> None:
    """Build the image and order a picture from its bot. Raises AssertionError where the bot does not hold."""
    if only not in BATCH or record.has(BATCH):
        return
    if shutil.which("buildah") is None or shutil.which("mmdebstrap") is None:
        print(f"{BATCH}: NOT RUN (install buildah and mmdebstrap)", flush=True)
        return
    folder = Path(tempfile.mkdtemp(prefix="retouch-"))
    maker = ImageMaker(folder)
    try:
        maker.build()
        asyncio.run(_play(maker, maker.run("from", "localhost/retouch")))
    finally:
        Stage.launch = staticmethod(launch)
        maker.run("rm", "--all")
        maker.run("rmi", "--all", "--force")
        shutil.rmtree(folder, ignore_errors=True)
    record.add(BATCH)
    print(f"{BATCH}: held", flush=True)


async def _play(maker: ImageMaker, container: str) -> None:
    """Order a picture from the bot in the container, check its health as Docker would, and stop it."""
    processes: list[Process] = []

    async def start(module: Sequence[str], environment: Mapping[str, str], _: Path, __: Path | None) -> Process:
        own = {name: text for name, text in environment.items() if os.environ.get(name) != text}
        words = maker.run_inside(container, {**own, "PYTHONPATH": "/playground"}, "python", "-m", *module)
        processes.append(await asyncio.create_subprocess_exec(*words))
        return processes[-1]

    Stage.launch = staticmethod(start)
    settings = {"LOOK_UP_SECONDS": "4", "DATABASE_URL": "sqlite:////data/retouch.db"}  # the second is the image's own
    async with Stage.open(settings, seconds=(0.2, 0.4), rate_limits=False) as stage:
        monitor = Monitor(stage)
        await stage.start()
        await monitor.says(200, '"ready"')
        server = Server(stage)
        await server.result()
        assert len(server.pictures) == server.charges == 1
        health = maker.run("inspect", "--format", "{{index .Docker.Config.Healthcheck.Test 1}}", container)
        check = maker.run_inside(container, {"PORT": str(monitor.port)}, "sh", "-c", f"{health}; echo $? $(id -u)")
        said = await asyncio.to_thread(subprocess.run, check, check=True, stdout=subprocess.PIPE, text=True)
        assert said.stdout.split() == ["0", "10001"], said
        os.kill(_python_below(stage.pid), signal.SIGTERM)  # buildah passes no signal on
        assert await asyncio.wait_for(processes[0].wait(), 60) == 0


def _python_below(pid: int) -> int:
    """Return the bot's process below buildah's, each of which has one child."""
    while Path(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()).name != "python":
        children = "".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children"))
        pid = int(children.split()[0])
    return pid
