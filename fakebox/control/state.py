"""Routes for the state as a whole: health, reset, snapshots, namespaces and usage."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, send_file

from fakebox.control.request import BadRequest, ControlRequest, ResourceNotFound, namespace, world
from fakebox.control.serializers import account
from fakebox.core.errors import DataDirectoryError
from fakebox.core.snapshots import Snapshot
from fakebox.world_form import WorldFormError, describe

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


_SNAPSHOTS = 20
_BLOCK_BYTES = 1024 * 1024
_counting = threading.Lock()

blueprint: Blueprint = Blueprint("state", __name__)


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """Respond that the server is running, with the version of fakebox."""
    return {"status": "ok", "version": version("fakebox")}


@blueprint.get("/ca.pem")
def ca_certificate() -> ResponseReturnValue:
    """Return the CA certificate that clients trust, in PEM; it requires no admin token."""
    ca_pem = ControlRequest.current().ca_pem
    if ca_pem is None:
        raise ResourceNotFound("this server has no CA, because it has no certificate of --tls")
    return Response(ca_pem, content_type="application/x-pem-file")


@blueprint.get("/world")
def declared_form() -> ResponseReturnValue:
    """Return the world in its declared form, which `fakebox serve --world` accepts."""
    try:
        return describe(namespace())
    except WorldFormError as error:
        raise BadRequest(str(error)) from error


@blueprint.post("/reset")
def reset() -> ResponseReturnValue:
    """Return to the declared world, or a new one; remove the rate limit and all requests."""
    namespace().reset()
    return {}


@blueprint.post("/snapshots")
def take() -> ResponseReturnValue:
    """Store a snapshot in memory: the file in the body, or else the state of the world."""
    kept = namespace().snapshots
    if len(kept) >= _SNAPSHOTS:
        raise BadRequest(f"there may be at most {_SNAPSHOTS} snapshots; delete one first")
    taken = _uploaded() or world().snapshot()
    with _counting:
        number = str(max(map(int, kept), default=0) + 1)
        kept[number] = taken
    return {"id": number}, 201


@blueprint.get("/snapshots")
def snapshots() -> ResponseReturnValue:
    """List the ids of all snapshots."""
    return {"snapshots": list(namespace().snapshots)}


@blueprint.get("/snapshots/<number>")
def download(number: str) -> ResponseReturnValue:
    """Return a snapshot as a file."""
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
    """Restore a snapshot."""
    world().restore(_find(number))
    return {}


@blueprint.delete("/snapshots/<number>")
def delete_snapshot(number: str) -> ResponseReturnValue:
    """Delete a snapshot."""
    _find(number)
    del namespace().snapshots[number]
    return Response(status=204)


@blueprint.get("/namespaces")
def namespaces() -> ResponseReturnValue:
    """List the names of all namespaces, except the default one, which has no name."""
    return {"namespaces": [each.name for each in ControlRequest.current().namespaces if each.name]}


@blueprint.delete("/namespaces/<name>")
def delete_namespace(name: str) -> ResponseReturnValue:
    """Close a namespace; with `--data` its directory stays."""
    ControlRequest.current().namespaces.remove(name)
    return Response(status=204)


@blueprint.get("/usage")
def usage() -> ResponseReturnValue:
    """Return the used storage, and the numbers of requests and faults."""
    records = list(namespace().requests)
    figures: dict[str, object] = {
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
        raise ResourceNotFound(f"there is no snapshot {number!r}")
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
            raise BadRequest(f"the body is not a valid snapshot: {error.reason}") from error
