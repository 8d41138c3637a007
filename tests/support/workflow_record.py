"""What workflows did in a test: their steps, and how they ended."""

from __future__ import annotations

import asyncio
from typing import Any


class WorkflowRecord:
    """What the steps of workflows did, and how the workflows ended."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.ends: dict[str, Any] = {}
        self.over = asyncio.Condition()

    async def end(self, job_id: str, how: Any) -> None:
        async with self.over:
            self.ends[job_id] = how
            self.over.notify_all()

    async def until(self, *job_ids: str) -> None:
        async with self.over:
            await asyncio.wait_for(self.over.wait_for(lambda: self.ends.keys() >= set(job_ids)), 60)
