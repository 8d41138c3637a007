"""``python -m tests.support.dbos_process ADDRESS``: the previous version's engine, killed in the midst of its work.

It leaves the rows that it really wrote: "done" has ended, "broken" has failed, "runs" has saved two steps and is in its
third, "runs-found" waits for its turn.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID, StepOptions


class _Json(Serializer):
    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "retouch_json"


async def main(url: str) -> None:
    """Run four workflows until they are as the module says, then end as if killed."""
    reached = asyncio.Event()

    async def step(outcome: Any) -> Any:
        return outcome

    async def third() -> None:
        reached.set()
        await asyncio.Event().wait()

    async def story(job_id: str, phase: str) -> None:
        await DBOS.run_step_async(StepOptions(name="fetch"), step, {"value": None})
        await DBOS.run_step_async(StepOptions(name="upload"), step, {"value": {"urls": ["https://x/1"], "ratio": None}})
        if job_id == "broken":
            raise OSError
        if job_id == "runs":
            await DBOS.run_step_async(StepOptions(name="wait"), third)

    DBOS(
        config=DBOSConfig(
            name="retouch",
            system_database_url=url,
            application_version="1",
            executor_id="slot-0",
            serializer=_Json(),
            enable_otlp=False,
            log_level="CRITICAL",
        )
    )
    workflow = DBOS.workflow(name="story", max_recovery_attempts=None)(story)
    DBOS.listen_queues(["edits-0"])
    DBOS.launch()
    await DBOS.register_queue_async("edits-0", worker_concurrency=1, polling_interval_sec=0.1)
    for job_id in ("done", "broken", "runs", "runs-found"):
        with SetWorkflowID(job_id):
            await DBOS.enqueue_workflow_async("edits-0", workflow, job_id, "paint")
    await reached.wait()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
