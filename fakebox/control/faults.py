"""Routes for planned faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from fakebox.control.request import BadRequest, ResourceNotFound, body, namespace
from fakebox.control.serializers import fault
from fakebox.middleware.faults import Fault, InvalidFault

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint: Blueprint = Blueprint("faults", __name__)


@blueprint.get("/faults")
def shown() -> ResponseReturnValue:
    """List the faults in order, and whether all of them are consumed (`all_consumed`)."""
    faults = namespace().faults
    return {
        "faults": [fault(planned) for planned in faults],
        "all_consumed": not faults.unconsumed(),
    }


@blueprint.post("/faults")
def add() -> ResponseReturnValue:
    """Add one fault or a list of faults; none is added if one of them is not valid."""
    payload = body()
    try:
        planned = [
            Fault.of(values) for values in (payload if isinstance(payload, list) else [payload])
        ]
        if not planned:
            raise BadRequest("the list of faults must not be empty")
        last = namespace().faults.add(*planned)
    except InvalidFault as error:
        raise BadRequest(str(error)) from error
    return {"ids": list(range(last - len(planned) + 1, last + 1))}, 201


@blueprint.delete("/faults/<int:number>")
def remove(number: int) -> ResponseReturnValue:
    """Remove a fault."""
    try:
        namespace().faults.remove(number)
    except KeyError:
        raise ResourceNotFound(f"there is no fault {number}") from None
    return Response(status=204)


@blueprint.delete("/faults")
def clear() -> ResponseReturnValue:
    """Remove all faults."""
    namespace().faults.clear()
    return Response(status=204)
