"""What a monitor on this machine asks a bot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from playground.stage import Stage
from tests.scenarios.support.webhooks import free_port

Samples = Mapping[tuple[str, str], float]
"""The values of metrics, by the name and the text of the label (empty without one)."""


@dataclass
class Monitor:
    """Asks the bot of a stage, which listens at ``port`` from its next start on."""

    stage: Stage
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.stage.settings["PORT"] = str(self.port)

    async def ask(self, path: str, **headers: str) -> tuple[int, str]:
        """Return the status and the body of an answer."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}{path}", headers=headers) as response,
        ):
            return response.status, await response.text()

    async def says(self, status: int, words: str) -> None:
        """Wait until /readyz answers so. It sends no news, so it is asked again and again."""
        answer: tuple[int, str] | None = None
        try:
            async with asyncio.timeout(60):
                while answer is None or answer[0] != status or words not in answer[1]:
                    try:
                        answer = await self.ask("/readyz")
                    except aiohttp.ClientConnectorError:
                        answer = None  # it does not listen yet
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"/readyz answers {answer}") from None

    async def samples(self) -> Samples:
        """Return all metrics that the bot tells."""
        status, text = await self.ask("/metrics")
        assert status == 200, text
        return read(text)


def read(text: str) -> Samples:
    """Return the samples of a text in Prometheus' format. Raises ValueError where it is none."""
    return {
        (sample.name, " ".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
