"""reset, snapshots, namespaces and usage: the whole of an emulated Dropbox at once."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, send_file

from fakebox.control.request import BadRequest, ControlRequest, NotThere, namespace, world
from fakebox.control.serializers import account
from fakebox.core.errors import DataDirectoryError
from fakebox.core.snapshots import Snapshot

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


_SNAPSHOTS = 20
_BLOCK_BYTES = 1024 * 1024
_counting = threading.Lock()

blueprint: Blueprint = Blueprint("state", __name__)


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """Say that it is there."""
    return {"status": "ok"}


@blueprint.post("/reset")
def reset() -> ResponseReturnValue:
    """Become as new: no files, faults, limits and requests."""
    namespace().reset()
    return {}


@blueprint.post("/snapshots")
def take() -> ResponseReturnValue:
    """Keep what there is now, in memory, or what a snapshot's file in the body holds."""
    kept = namespace().snapshots
    if len(kept) >= _SNAPSHOTS:
        raise BadRequest(f"{_SNAPSHOTS} snapshots are kept already; delete one")
    taken = _uploaded() or world().snapshot()
    with _counting:
        number = str(max(map(int, kept), default=0) + 1)
        kept[number] = taken
    return {"id": number}, 201


@blueprint.get("/snapshots")
def snapshots() -> ResponseReturnValue:
    """Those that are kept."""
    return {"snapshots": list(namespace().snapshots)}


@blueprint.get("/snapshots/<number>")
def download(number: str) -> ResponseReturnValue:
    """A snapshot as a file."""
    found = _find(number)
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the response
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "snapshot")
        found.save(path)
        with path.open("rb") as saved:
            shutil.copyfileobj(saved, file)
    file.seek(0)
    return send_file(file, "application/zip", download_name=f"fakebox-{number}.zip")


@blueprint.post("/snapshots/<number>/restore")
def restore(number: str) -> ResponseReturnValue:
    """Hold again what it held then."""
    world().restore(_find(number))
    return {}


@blueprint.delete("/snapshots/<number>")
def forget(number: str) -> ResponseReturnValue:
    """Keep a snapshot no longer."""
    _find(number)
    del namespace().snapshots[number]
    return Response(status=204)


@blueprint.get("/namespaces")
def namespaces() -> ResponseReturnValue:
    """The names of those there are; the default one has none."""
    return {"namespaces": [each.name for each in ControlRequest.current().namespaces if each.name]}


@blueprint.delete("/namespaces/<name>")
def forget_namespace(name: str) -> ResponseReturnValue:
    """Let go of one; under `--data` its directory stays."""
    ControlRequest.current().namespaces.forget(name)
    return Response(status=204)


@blueprint.get("/usage")
def usage() -> ResponseReturnValue:
    """Figures: how much room is used, and what was requested how often."""
    records = list(namespace().requests)
    figures: dict[str, Any] = {
        "accounts": [account(each) for each in world().accounts.all()],
        "requests": len(records),
        "by_endpoint": Counter(record.endpoint for record in records),
        "by_status": Counter(str(record.status) for record in records),
        "faults": len(namespace().faults),
        "unconsumed_faults": len(namespace().faults.unconsumed()),
    }
    return figures


def _find(number: str) -> Snapshot:
    found = namespace().snapshots.get(number)
    if found is None:
        raise NotThere(f"there is no snapshot {number!r}")
    return found


def _uploaded() -> Snapshot | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "snapshot")
        with path.open("wb") as file:
            while block := request.stream.read(_BLOCK_BYTES):
                file.write(block)
        if not path.stat().st_size:
            return None
        try:
            return Snapshot.load(path)
        except DataDirectoryError as error:
            raise BadRequest(f"the body isn't usable: {error.reason}") from error
