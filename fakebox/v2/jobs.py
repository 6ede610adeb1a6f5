"""Batches and their jobs. A job is done by the time that its id is returned.

Source: the wire reference of version 2, jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from fakebox.core.async_jobs import JobResult
from fakebox.core.errors import JobNotFound
from fakebox.v2 import responses
from fakebox.v2.schema import struct, text
from fakebox.v2.tagged_errors import Failure, failure

if TYPE_CHECKING:
    from fakebox.core.entry import Entry
    from fakebox.v2.request import V2Request

JOB_ID = struct({"async_job_id": text(min_length=1)})
_SUCCESS: dict[str, Callable[[Entry], dict[str, Any]]] = {
    "create_folder": lambda entry: {"metadata": responses.metadata(entry)},
    "delete": lambda entry: {"metadata": responses.tagged(entry)},
    "copy": lambda entry: {"success": responses.tagged(entry)},
    "move": lambda entry: {"success": responses.tagged(entry)},
    "finish_batch": responses.metadata,
}
# The tag around an entry's error, where there is one.
_AROUND = {"copy": ("relocation_error",), "move": ("relocation_error",)}


def attempt(
    request: V2Request, work: Callable[[], Entry], *, is_one_transaction: bool = True
) -> JobResult:
    """What comes of one entry of a batch, which is a transaction of its own."""
    try:
        with request.world.unit_of_work() if is_one_transaction else nullcontext():
            return JobResult(work())
    except Failure as error:
        return JobResult(None, error.summary, error.field("correct_offset"))


def launch(request: V2Request, kind: str, results: Sequence[JobResult]) -> dict[str, Any]:
    """Keep the results of a job; the response that has its id."""
    job_id = request.world.async_jobs.add(request.scope, kind, results)
    return {".tag": "async_job_id", "async_job_id": job_id}


def complete(kind: str, results: Sequence[JobResult]) -> dict[str, Any]:
    """The response that has the results of a batch."""
    return {".tag": "complete", "entries": [entry(kind, result) for result in results]}


def outcome(request: V2Request, kind: str, argument: dict[str, Any]) -> dict[str, Any]:
    """The response to a question after a job.

    Raises:
        Failure: there is none of this kind and id.
    """
    try:
        results = request.world.async_jobs.results(request.scope, kind, argument["async_job_id"])
    except JobNotFound as error:
        raise failure("invalid_async_job_id") from error
    return complete(kind, results)


def entry(kind: str, result: JobResult) -> dict[str, Any]:
    """What a response says of one entry of a batch."""
    if result.entry:
        return {".tag": "success", **_SUCCESS[kind](result.entry)}
    offset = result.correct_offset
    fields = {} if offset is None else {"correct_offset": offset}
    why = failure(*_AROUND.get(kind, ()), *str(result.error).split("/"), **fields)
    return {".tag": "failure", "failure": why.error}
