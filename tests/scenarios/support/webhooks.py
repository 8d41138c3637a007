"""A stage whose bot ToAPIs can call, and what is to be counted there."""

from __future__ import annotations

import socket
from pathlib import Path

from playground.stage import Stage
from playground.toapis.webhooks import Delivery
from tests.scenarios.support.server import CREATE, DOWNLOAD, LOOK, Server

SLOW = """
[models."gemini-3-pro-image-preview"]
seconds = [60, 120]
[models."gpt-image-2"]
seconds = [60, 120]
[models."gpt-4o-image"]
seconds = [60, 120]
"""
"""A catalogue by which no picture is to be expected while a scenario plays."""


def free_port() -> int:
    """Return a port that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def with_webhooks(stage: Stage, *, slow: bool = True, port: int | None = None) -> None:
    """Set up the webhook of the bot's key, and the bot for it. ``slow``: the bot knows its paintings for slow ones.

    ``port``: where ToAPIs calls, if that is not where this bot listens.
    """
    listening = free_port()
    url = f"http://127.0.0.1:{port or listening}"
    setting = stage.painter.set_up_webhook(f"{url}/default")
    stage.painter.webhooks.heard = stage.world.changed
    secrets = ",".join(setting.secrets)
    stage.settings |= {"PUBLIC_URL": url, "PORT": str(listening), "TOAPIS_WEBHOOK_SECRET": secrets}
    if slow:
        Path(stage.settings["CATALOGUE_FILE"]).write_text(SLOW)


class WebhookServer(Server):
    """A server whose members' pictures ToAPIs tells of."""

    async def job(self, prompt: str = "as a poster") -> str:
        """Order a picture, and return its job once it is bought."""
        known = set(self.jobs)
        await self.order(prompt=prompt)
        (job,) = self.jobs - known
        await self.world.until(lambda: self.charged(job) == 1, timeout=30)
        return job

    async def proved(self) -> None:
        """Order a picture of which a webhook tells, so that webhooks are known to work; forget it then."""
        job = await self.job()
        await self.picture(job)
        await self.settled()
        assert [delivery.status for delivery in self.deliveries(job)] == [200]

    def task_of(self, job: str) -> str:
        """Return the task of a job that is bought."""
        (charge,) = [charge for charge in self.painter.ledger if charge.business_id == job]
        return charge.task_id

    def deliveries(self, job: str) -> list[Delivery]:
        """Return the tries to deliver the event of a job."""
        task_id = self.task_of(job)
        return [delivery for delivery in self.painter.webhooks.deliveries if delivery.task_id == task_id]

    def questions(self, job: str) -> int:
        """Count the questions about a job's task before its picture was fetched, but for the one after the create."""
        task_id = self.task_of(job)
        count = 0
        for call in self.painter.requests:
            if call.route == DOWNLOAD and task_id in call.path:
                break
            count += call.route == LOOK and call.params["id"] == task_id
        return count

    def addresses(self, job: str) -> list[str | None]:
        """Return the address that each create of a job named."""
        calls = [call for call in self.painter.requests if call.route == CREATE]
        return [call.json.get("callback_url") for call in calls if call.json["client_business_id"] == job]
