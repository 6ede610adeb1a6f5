"""Batches and their jobs. A job is finished before its id is returned.

Source: the wire reference of version 2, jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

from fakebox.core.async_jobs import JobResult
from fakebox.core.errors import JobNotFound
from fakebox.v2 import responses
from fakebox.v2.schema import JSONObject, Struct, Text
from fakebox.v2.tagged_errors import TaggedError, tagged_error

if TYPE_CHECKING:
    from fakebox.core.entry import Entry
    from fakebox.v2.request import V2Request

_SUCCESS: dict[str, Callable[[Entry], JSONObject]] = {
    "create_folder": lambda entry: {"metadata": responses.metadata(entry)},
    "delete": lambda entry: {"metadata": responses.tagged(entry)},
    "copy": lambda entry: {"success": responses.tagged(entry)},
    "move": lambda entry: {"success": responses.tagged(entry)},
    "finish_batch": responses.metadata,
}
# The tags that contain the tag of an entry's error.
_OUTER_TAGS = {"copy": ("relocation_error",), "move": ("relocation_error",)}


class PollArg(Struct):
    """Argument of the routes that return the result of a job."""

    async_job_id: Annotated[str, Text(min_length=1)]


def attempt(
    request: V2Request, work: Callable[[], Entry], *, is_one_transaction: bool = True
) -> JobResult:
    """Process an entry of a batch.

    Args:
        request: the request.
        work: processes the entry.
        is_one_transaction: whether to run the work in a transaction. Otherwise the work opens
            transactions itself.

    Returns:
        The entry, or the error of the work.
    """
    try:
        with request.world.unit_of_work() if is_one_transaction else nullcontext():
            return JobResult(work())
    except TaggedError as error:
        offset = error.field("correct_offset")
        return JobResult(None, error.summary, offset if isinstance(offset, int) else None)


def launch(request: V2Request, kind: str, results: Sequence[JobResult]) -> JSONObject:
    """Store the results of a job, and return the response with its id."""
    job_id = request.world.async_jobs.add(request.scope, kind, results)
    return {".tag": "async_job_id", "async_job_id": job_id}


def complete(kind: str, results: Sequence[JobResult]) -> JSONObject:
    """Return the response with the results of a batch."""
    return {".tag": "complete", "entries": [entry(kind, result) for result in results]}


def results_view(kind: str) -> Callable[[V2Request, PollArg], JSONObject]:
    """Return the view of a route that returns the results of jobs.

    Args:
        kind: the kind of the jobs, as for `launch`.
    """

    def results(request: V2Request, arg: PollArg) -> JSONObject:
        """Return the results of a job."""
        try:
            found = request.world.async_jobs.results(request.scope, kind, arg.async_job_id)
        except JobNotFound as error:
            raise tagged_error("invalid_async_job_id") from error
        return complete(kind, found)

    return results


def entry(kind: str, result: JobResult) -> JSONObject:
    """Return the JSON of the result of an entry."""
    if result.entry:
        return {".tag": "success", **_SUCCESS[kind](result.entry)}
    tags = (*_OUTER_TAGS.get(kind, ()), *str(result.error).split("/"))
    offset = result.correct_offset
    error = tagged_error(*tags) if offset is None else tagged_error(*tags, correct_offset=offset)
    return {".tag": "failure", "failure": error.error}
