"""A fault: the requests that it applies to, and its effect on them."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

from fakebox.middleware.endpoints import Endpoints, UnknownEndpoint
from fakebox.middleware.faults.presets import PRESETS, ServiceBody, preset_fields
from fakebox.middleware.request_view import RequestView
from fakebox.middleware.responses import Body

if TYPE_CHECKING:
    from typing_extensions import Self

# A function that returns the body of the response to a request.
BodyFactory = Callable[[RequestView], Body]

Reset = Literal["before_read", "after_applied", "mid_body"]
Malformed = Literal["json", "metadata"]
_ENDINGS = (
    "status",
    "cut_after_bytes",
    "reset",
    "malformed",
    "expired_token",
    "delta_reset",
    "no_fault",
)
_SLOWING = ("latency_s", "jitter_s", "bandwidth_bytes_per_s")
CHOICES: dict[str, tuple[str, ...]] = {
    "reset": ("before_read", "after_applied", "mid_body"),
    "malformed": ("json", "metadata"),
}
KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("endpoint", "method", "path", "account"), (str,)),
    **dict.fromkeys(("nth", "times", "seed", "status"), (int,)),
    **dict.fromkeys(("retry_after_s", "cut_after_bytes", "bandwidth_bytes_per_s"), (int,)),
    **dict.fromkeys(("probability", "latency_s", "jitter_s"), (int, float)),
    **dict.fromkeys(("expired_token", "delta_reset", "no_fault", "fine"), (bool,)),
    **dict.fromkeys(CHOICES, (str,)),
    "headers": (Mapping,),
    "body": (str, bytes, Mapping, list, Callable),  # type: ignore[dict-item]
}
_NEVER_NONE = ("seed", "latency_s", "jitter_s", "headers", "no_fault", "fine")
LOWEST = {"nth": 1, "times": 1, "bandwidth_bytes_per_s": 1, "status": 200}


class InvalidFault(ValueError):
    """The fields of a fault are not valid. The message is the reason, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault, for the requests that meet its conditions.

    The fields up to `seed` are conditions; `None` matches every request. The other fields are
    effects. Latency and bandwidth can be combined with one other effect.

    Attributes:
        endpoint: the documented endpoint of version 1 or 2, such as `files_put`, `fileops/copy` or
            `files/upload`; `*` matches any text.
        method: `GET`, `POST` or `PUT`.
        path: a file or folder in the URL or in an argument; `*` matches any text.
        account: the account of the token: an e-mail address, or a uid in digits.
        nth: only the nth request that meets the other conditions, counted from 1.
        times: the number of requests that the fault applies to; `None` for no limit.
        probability: the probability that the fault applies to a request, from 0 to 1; `None`
            for always.
        seed: the seed of the random numbers for `probability` and `jitter_s`.
        latency_s: a delay before the response, in seconds.
        jitter_s: the largest random delay that is added to `latency_s`, in seconds.
        bandwidth_bytes_per_s: the bandwidth of bodies in both directions, in bytes per second.
        status: the status of the response. The request has no other effect.
        body: the body of that response: a text, bytes, or a value to encode as JSON. `None` sends
            the body that the API version of the request has for the status. It may be a function
            that is called with the request, a `RequestView`, and returns one of these.
        headers: headers of that response. `Transfer-Encoding` is not accepted, and
            `Content-Length` only with the length of the body.
        retry_after_s: the `Retry-After` of that response, in seconds.
        cut_after_bytes: the connection ends after this number of bytes of the response's body.
        reset: the connection is reset: `before_read` (the request has no effect),
            `after_applied` (the request has its effect, the response is lost), or `mid_body` (after
            half of the uploaded body; without one, after half of the response's body).
        malformed: `json` sends half of the response's body, `metadata` sends a malformed
            `x-dropbox-metadata`.
        expired_token: 401, as for a revoked token in version 1, or an expired one in version 2.
        delta_reset: cursors of the account restart with this request.
        no_fault: the request is served normally, and counts as a use of this fault.
        fine: an alias of `no_fault`.

    Raises:
        InvalidFault: a field is not valid, or two fields exclude each other.

    Example:
        >>> _ = box.faults.add(Fault(endpoint="metadata", status=503, retry_after_s=0))
        >>> client.metadata("/notes.txt")["bytes"]
        14
        >>> [request.status for request in box.requests]
        [503, 200]
    """

    endpoint: str | None = None
    method: str | None = None
    path: str | None = None
    account: str | None = None
    nth: int | None = None
    times: int | None = 1
    probability: float | None = None
    seed: int = 0

    latency_s: float = 0
    jitter_s: float = 0
    bandwidth_bytes_per_s: int | None = None
    status: int | None = None
    body: Body | BodyFactory | ServiceBody | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: int | None = None
    cut_after_bytes: int | None = None
    reset: Reset | None = None
    malformed: Malformed | None = None
    expired_token: bool = False
    delta_reset: bool = False
    no_fault: bool = False
    fine: bool = field(default=False, repr=False, compare=False)
    _preset: str = field(default="", repr=False, compare=False)

    def __new__(cls, **values: object) -> Self:
        """Check that `fine` does not contradict `no_fault`."""
        # In `__post_init__`, an omitted field cannot be distinguished from one that is False.
        if {"no_fault", "fine"} <= values.keys() and values["no_fault"] != values["fine"]:
            raise InvalidFault("no_fault and fine are the same field; give one of them")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        for name, kinds in KINDS.items():
            _check(name, getattr(self, name), kinds)
        for name in ("no_fault", "fine"):
            object.__setattr__(self, name, self.no_fault or self.fine)
        if self.probability is not None and self.probability > 1:
            raise InvalidFault(f"probability must be between 0 and 1, not {self.probability}")
        if self.status is not None and self.status > 599:
            raise InvalidFault(f"status must be between 200 and 599, not {self.status}")
        for name, value in self.headers.items():
            if not _can_be_header(name) or not _can_be_header(value):
                raise InvalidFault(
                    f"headers: {name!r} and its value must be text on one line, not {value!r}"
                )
            self._check_framing(name.lower(), value)
        if inspect.iscoroutinefunction(self.body):
            raise InvalidFault("body must not be a coroutine function; use a function")
        self._check_effect()

    def __str__(self) -> str:
        """The fields that do not have their default, in one line."""
        return " ".join(f"{name}={value!r}" for name, value in self.to_dict().items())

    @classmethod
    def preset(cls, name: str, **fields: object) -> Fault:
        """Make a fault with a response that the service is known to send.

        Args:
            name: the name of the preset; the error for an unknown name lists all names.
            fields: more fields, such as `endpoint`, or other values for the fields of the preset.

        Raises:
            InvalidFault: the name or a field is unknown, or a field is not valid.

        Example:
            >>> fault = Fault.preset("too_many_write_operations", endpoint="files/upload")
            >>> fault.status, fault.retry_after_s
            (429, 1)
        """
        if name not in PRESETS:
            raise InvalidFault(f"unknown preset {name!r}; accepted: {', '.join(PRESETS)}")
        made = cls.of(preset_fields(name, fields))
        object.__setattr__(made, "_preset", name)
        return made

    @classmethod
    def of(cls, values: object) -> Fault:
        """Make a fault from a JSON object.

        Args:
            values: a mapping from names of fields to values. With the name `preset` it has the
                name of a ready-made fault; see `Fault.preset`.

        Raises:
            InvalidFault: `values` is not a mapping, or a field is unknown or not valid.

        Example:
            >>> Fault.of({"endpoint": "delta", "status": 500}).status
            500
            >>> Fault.of({"statsu": 500})
            Traceback (most recent call last):
            ...
            fakebox.middleware.faults.fault.InvalidFault: unknown field 'statsu'; ...
        """
        if not isinstance(values, Mapping):
            raise InvalidFault(f"a fault must be an object, not {type(values).__name__}")
        if "preset" in values:
            rest = {name: value for name, value in values.items() if name != "preset"}
            if not isinstance(values["preset"], str):
                kind = type(values["preset"]).__name__
                raise InvalidFault(f"preset must be of type str, not {kind}")
            return cls.preset(values["preset"], **rest)
        accepted = [item.name for item in fields(cls) if not item.name.startswith("_")]
        known = [item.name for item in fields(cls) if item.repr]
        for name in values:
            if name not in accepted:
                nearest = difflib.get_close_matches(str(name), known, 1)
                hint = (
                    f"did you mean {nearest[0]!r}?" if nearest else f"accepted: {', '.join(known)}"
                )
                raise InvalidFault(f"unknown field {name!r}; {hint}")
        return cls(**values)

    def to_dict(self) -> dict[str, object]:
        """The fields that do not have their default, as `Fault.of` accepts them.

        A fault from a preset has its name in `preset`, and the fields that differ from it.

        Example:
            >>> Fault(endpoint="delta", latency_s=0.5).to_dict()
            {'endpoint': 'delta', 'latency_s': 0.5}
        """
        defaults = {item.name: item.default for item in fields(self) if item.repr}
        defaults["headers"] = {}
        named: dict[str, object] = {"preset": self._preset} if self._preset else {}
        if self._preset:
            defaults |= preset_fields(self._preset, {"retry_after_s": self.retry_after_s})
            defaults["retry_after_s"] = PRESETS[self._preset].get("retry_after_s")
        values = {name: getattr(self, name) for name in defaults}
        return named | {name: value for name, value in values.items() if value != defaults[name]}

    def _check_framing(self, name: str, value: str) -> None:
        # The server sets the length of the body. With another length, a client would wait forever.
        if name == "transfer-encoding":
            raise InvalidFault(f"headers: Transfer-Encoding: {value} is not accepted; omit it")
        if name != "content-length":
            return
        body = self.body.encode() if isinstance(self.body, str) else self.body
        if not isinstance(body, bytes) or value != str(len(body)):
            raise InvalidFault(
                f"headers: Content-Length: {value} is not the length of the body in bytes; omit it,"
                " or use cut_after_bytes to end the response early"
            )

    def _check_effect(self) -> None:
        # The value 0 of cut_after_bytes is an effect.
        endings = [
            name
            for name in _ENDINGS
            if getattr(self, name) is not None and getattr(self, name) is not False
        ]
        if len(endings) > 1:
            raise InvalidFault(f"{endings[0]} and {endings[1]} exclude each other; use two faults")
        if not endings and not any(getattr(self, name) for name in _SLOWING):
            raise InvalidFault(f"a fault needs at least one of {', '.join(_ENDINGS + _SLOWING)}")
        if self.status is None and (self.body, self.retry_after_s) != (None, None):
            raise InvalidFault("body and retry_after_s need a status")


def _can_be_header(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and (not text or text.isprintable())


def _check(name: str, value: object, kinds: tuple[type, ...]) -> None:
    if value is None and name not in _NEVER_NONE:
        return
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        accepted = " or ".join(kind.__name__.lower() for kind in kinds)
        raise InvalidFault(f"{name} must be of type {accepted}, not {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidFault(f"{name} must be a finite number, not {value}")
    if isinstance(value, (int, float)) and value < LOWEST.get(name, 0):
        raise InvalidFault(f"{name} must be at least {LOWEST.get(name, 0)}, not {value}")
    if name in CHOICES and value not in CHOICES[name]:
        raise InvalidFault(f"{name} must be one of {', '.join(CHOICES[name])}, not {value!r}")


def check_endpoint(fault: Fault, endpoints: Endpoints) -> None:
    """Check that the endpoint of a fault, or its pattern, matches at least one endpoint.

    Args:
        fault: the fault.
        endpoints: the endpoints that the emulator serves.

    Raises:
        InvalidFault: it matches none; the message has the most similar one.
    """
    try:
        endpoints.check(fault.endpoint)
    except UnknownEndpoint as error:
        raise InvalidFault(str(error)) from error
