"""Work that is asked about later. Here it is done by the time that its id is told.

Source: the wire reference of version 2, jobs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fakebox.core.errors import JobNotFound
from fakebox.v2.failures import failure
from fakebox.v2.schema import struct, text

if TYPE_CHECKING:
    from fakebox.v2.asked import Asked

JOB_ID = struct({"async_job_id": text(min_length=1)})


def launch(asked: Asked, kind: str, told: dict[str, Any]) -> dict[str, Any]:
    """Keep what will be told of a job, and answer its id."""
    job_id = asked.world.jobs.note(asked.scope, kind, json.dumps(told))
    return {".tag": "async_job_id", "async_job_id": job_id}


def outcome(asked: Asked, kind: str, argument: dict[str, Any]) -> Any:
    """What is told of a job.

    Raises:
        Failure: there is none of this kind and id.
    """
    try:
        return json.loads(asked.world.jobs.outcome(asked.scope, kind, argument["async_job_id"]))
    except JobNotFound as error:
        raise failure("invalid_async_job_id") from error
