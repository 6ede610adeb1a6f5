"""faults: what goes wrong on purpose, and whether it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from fakebox.control.request import BadRequest, NotThere, body, namespace
from fakebox.control.serializers import fault
from fakebox.middleware.faults import Fault, InvalidFault

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint: Blueprint = Blueprint("faults", __name__)


@blueprint.get("/faults")
def shown() -> ResponseReturnValue:
    """Those that are planned, in order; `all_consumed` is what a test asserts on."""
    faults = namespace().faults
    return {
        "faults": [fault(planned) for planned in faults],
        "all_consumed": not faults.unconsumed(),
    }


@blueprint.post("/faults")
def add() -> ResponseReturnValue:
    """Plan one, or a list of them in their order; none if any of them is invalid."""
    payload = body()
    try:
        planned = [
            Fault.of(values) for values in (payload if isinstance(payload, list) else [payload])
        ]
    except InvalidFault as error:
        raise BadRequest(str(error)) from error
    if not planned:
        raise BadRequest("the list is empty")
    last = namespace().faults.add(*planned)
    return {"ids": list(range(last - len(planned) + 1, last + 1))}, 201


@blueprint.delete("/faults/<int:number>")
def remove(number: int) -> ResponseReturnValue:
    """Take one out of the list."""
    try:
        namespace().faults.remove(number)
    except KeyError:
        raise NotThere(f"there is no fault {number}") from None
    return Response(status=204)


@blueprint.delete("/faults")
def clear() -> ResponseReturnValue:
    """Plan nothing any more."""
    namespace().faults.clear()
    return Response(status=204)
