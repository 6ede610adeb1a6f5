"""One thing that goes wrong on purpose: which requests it befalls, and what happens to them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from typing_extensions import Self

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
_CHOICES: dict[str, tuple[str, ...]] = {
    "reset": ("before_read", "after_applied", "mid_body"),
    "malformed": ("json", "metadata"),
}
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("endpoint", "method", "path", "account"), (str,)),
    **dict.fromkeys(("nth", "times", "seed", "status"), (int,)),
    **dict.fromkeys(("retry_after_s", "cut_after_bytes", "bandwidth_bytes_per_s"), (int,)),
    **dict.fromkeys(("probability", "latency_s", "jitter_s"), (int, float)),
    **dict.fromkeys(("expired_token", "delta_reset", "no_fault", "fine"), (bool,)),
    **dict.fromkeys(_CHOICES, (str,)),
    "headers": (Mapping,),
    "body": (str, bytes, Mapping, list),
}
_NEVER_NONE = ("seed", "latency_s", "jitter_s", "headers", "no_fault", "fine")
_LOWEST = {"nth": 1, "times": 1, "bandwidth_bytes_per_s": 1, "status": 200}


class InvalidFault(ValueError):
    """A fault that can't be; its text says what is wrong, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, for the requests that it befalls.

    The fields up to `seed` say which requests; what is left out may be anything. The others say
    what happens; slowing goes together with any one of the rest.

    Attributes:
        endpoint: the documented call, as `files_put` or `fileops/copy`; `*` stands for anything.
        method: `GET`, `POST` or `PUT`.
        path: the file or folder in the URL or in a parameter; `*` stands for anything.
        account: whose token it comes with: an e-mail address, or a uid in digits.
        nth: only the nth request of those, counted from 1.
        times: how many requests it befalls; `None` for every one of them.
        probability: how likely it befalls each of them, from 0 to 1; by default always.
        seed: makes that repeatable.
        latency_s: the answer waits so long, in seconds,
        jitter_s: and up to so much longer.
        bandwidth_bytes_per_s: bodies pass no faster, in both directions.
        status: this is answered, and nothing is done;
        body: with this: a text, bytes, or what JSON is made from; by default what the version that
            is asked says with that status,
        headers: and with these headers (no `Transfer-Encoding`, and no `Content-Length` but that of
            the body),
        retry_after_s: and with a `Retry-After` of so many seconds.
        cut_after_bytes: the connection ends after so many bytes of the answer's body.
        reset: the connection is reset: `before_read` (nothing is done), `after_applied` (all is
            done, the answer is lost), or `mid_body` (half-way through the upload, or else the
            answer).
        malformed: `json` spoils the answer's body, `metadata` its `x-dropbox-metadata`.
        expired_token: 401, as if the token had been revoked; of version 2, as if it had expired.
        delta_reset: the account's cursors have to start again, from this request on.
        no_fault: nothing happens to the request, and the next entry of the list applies to the
            next request.
        fine: an alias of `no_fault`.

    Raises:
        InvalidFault: the fields contradict each other.
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
    body: str | bytes | Mapping[str, Any] | list[Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: int | None = None
    cut_after_bytes: int | None = None
    reset: Reset | None = None
    malformed: Malformed | None = None
    expired_token: bool = False
    delta_reset: bool = False
    no_fault: bool = False
    fine: bool = field(default=False, repr=False, compare=False)

    def __new__(cls, **values: Any) -> Self:
        """Check that an alias does not contradict the field that it is for."""
        # Afterwards, a field that was left out looks the same as one that was given as False.
        if {"no_fault", "fine"} <= values.keys() and values["no_fault"] != values["fine"]:
            raise InvalidFault("no_fault and fine are the same field; give one of them")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        for name, kinds in _KINDS.items():
            _check(name, getattr(self, name), kinds)
        for name in ("no_fault", "fine"):
            object.__setattr__(self, name, self.no_fault or self.fine)
        if self.probability is not None and self.probability > 1:
            raise InvalidFault("probability is a number from 0 to 1")
        if self.status is not None and self.status > 599:
            raise InvalidFault("status is a number from 200 to 599")
        for name, value in self.headers.items():
            if not _can_be_header(name) or not _can_be_header(value):
                raise InvalidFault(f"headers: {name!r} and its value are texts of one line")
            self._check_framing(name.lower(), value)
        self._check_effect()

    def __str__(self) -> str:
        """What it does to which requests, in one line."""
        return " ".join(f"{name}={value!r}" for name, value in self.to_dict().items())

    @classmethod
    def of(cls, values: object) -> Fault:
        """The fault that a JSON object describes.

        Raises:
            InvalidFault: it describes none.
        """
        if not isinstance(values, Mapping):
            raise InvalidFault("a fault is an object with fields")
        accepted = [item.name for item in fields(cls)]
        known = [item.name for item in fields(cls) if item.repr]
        for name in values:
            if name not in accepted:
                nearest = difflib.get_close_matches(str(name), known, 1)
                hint = f"do you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(known)}"
                raise InvalidFault(f"unknown field {name!r}; {hint}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The fields that aren't as they are by default."""
        defaults = {item.name: item.default for item in fields(self) if item.repr}
        defaults["headers"] = {}
        values = {name: getattr(self, name) for name in defaults}
        return {name: value for name, value in values.items() if value != defaults[name]}

    def _check_framing(self, name: str, value: str) -> None:
        # The server frames the body; a client would wait for ever for one that ends elsewhere.
        if name == "transfer-encoding":
            raise InvalidFault(f"headers: Transfer-Encoding: {value} is not accepted; leave it out")
        if name != "content-length":
            return
        body = self.body.encode() if isinstance(self.body, str) else self.body
        if not isinstance(body, bytes) or value != str(len(body)):
            raise InvalidFault(
                f"headers: Content-Length: {value} is not the length of the body in bytes; leave it"
                " out, or use cut_after_bytes to have the response end early"
            )

    def _check_effect(self) -> None:
        # Not by equality: 0 is a place to cut at.
        endings = [
            name
            for name in _ENDINGS
            if getattr(self, name) is not None and getattr(self, name) is not False
        ]
        if len(endings) > 1:
            raise InvalidFault(f"{endings[0]} and {endings[1]} can't both happen; make two faults")
        if not endings and not any(getattr(self, name) for name in _SLOWING):
            raise InvalidFault(f"nothing happens; give one of {', '.join(_ENDINGS + _SLOWING)}")
        if self.status is None and (self.body, self.retry_after_s) != (None, None):
            raise InvalidFault("body and retry_after_s belong to a status")


def _can_be_header(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and (not text or text.isprintable())


def _check(name: str, value: object, kinds: tuple[type, ...]) -> None:
    if value is None and name not in _NEVER_NONE:
        return
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        matcher = " or ".join(kind.__name__.lower() for kind in kinds)
        raise InvalidFault(f"{name} is of type {matcher}, not {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidFault(f"{name} is a number, not {value}")
    if isinstance(value, (int, float)) and value < _LOWEST.get(name, 0):
        raise InvalidFault(f"{name} is at least {_LOWEST.get(name, 0)}")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise InvalidFault(f"{name} is one of {', '.join(_CHOICES[name])}, not {value!r}")
