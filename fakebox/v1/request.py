"""A request to version 1: its parameters, its caller, and the files it may use."""

from __future__ import annotations

import re
from functools import update_wrapper, wraps
from typing import TYPE_CHECKING, ClassVar

from werkzeug.utils import cached_property

from fakebox import auth
from fakebox.context import RequestContext
from fakebox.core.files import WriteMode
from fakebox.core.path_rules import BASIC_NAMES
from fakebox.dispatch import ContextView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _typeshed.wsgi import WSGIEnvironment
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from fakebox.core.accounts import Scope
    from fakebox.core.apps import Access
    from fakebox.http.forms import Pairs

    View = Callable[..., Response]

_ROOTS: dict[str, Access] = {"dropbox": "dropbox", "sandbox": "app_folder", "auto": "either"}
_LONG_POLL = "longpoll_delta"
# Bodies of these requests are content, even with the content type of a form.
_UPLOADS = ("files_put", "chunked_upload")
_BELOW_ROOT = "<root><everything:path>"
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


class Invalid(Exception):
    """A parameter is missing or has an invalid value.

    Attributes:
        parameter: the name of the parameter.
        text: the error message.
    """

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(f"{parameter}: {text}")
        self.parameter = parameter
        self.text = text


# The server in front of the service had the default limit of nginx for the first line of a request.
_TARGET_LIMIT_BYTES = 8 * 1024


class RequestTooLong(Exception):
    """The path and the query of the request are longer than the service accepts."""


class AmbiguousSource(Exception):
    """A copy has both a path and a copy reference as its source, or neither."""


class Params:
    """The parameters of a request.

    Args:
        pairs: names and values, from the query and the form.

    Raises:
        Invalid: a parameter was sent twice with different values.
    """

    # Parameters for which the service has another message if the value is missing.
    _absent: ClassVar[dict[str, str]] = {"query": "Please enter a value"}

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            if self._values.setdefault(name, value) != value:
                raise Invalid(name, "Please provide only one value")

    def text(self, name: str) -> str | None:
        """The value of a parameter; `None` if it was not sent or is empty."""
        return self._values.get(name) or None

    def required(self, name: str) -> str:
        """The value of a required parameter.

        Raises:
            Invalid: the parameter is missing or empty.
        """
        value = self._values.get(name)
        if value is None:
            raise Invalid(name, self._absent.get(name, "Missing value"))
        if not value:
            raise Invalid(name, "Please enter a value")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        """The value of a boolean parameter, in any of the spellings that clients send.

        Raises:
            Invalid: the value is not a boolean.
        """
        value = self.text(name)
        if value is None:
            return default
        if value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
        raise Invalid(name, "Value should be 'true' or 'false'")

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """The value of an integer parameter.

        Args:
            name: the name of the parameter.
            default: the value if it was not sent.
            low: the lowest accepted value.
            high: the highest accepted value.

        Raises:
            Invalid: the value is not an integer, or out of range.
        """
        text = self._values.get(name)
        if text is None:
            return default
        if not _WHOLE_NUMBER.fullmatch(text):
            raise Invalid(name, "Please enter an integer value")
        # Longer numbers are out of range for every parameter, and slow to convert.
        value = int(text) if len(text) < 20 else high + 1
        if value < low:
            raise Invalid(name, f"Please enter a number that is {low} or greater")
        if value > high:
            raise Invalid(name, f"Please enter a number that is {high} or smaller")
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """The value of a parameter with a fixed set of values, in lower case.

        Raises:
            Invalid: the value is not in the set.
        """
        value = self._values.get(name, default).lower()
        if value not in allowed:
            raise Invalid(name, f"Value must be one of: {'; '.join(allowed)}; not {value!r}")
        return value

    def write_mode(self) -> WriteMode:
        """The parameters `overwrite` (default: true), `parent_rev` and `autorename`.

        Source: the wire reference, files_put.
        """
        return WriteMode(
            overwrite=self.boolean("overwrite", True),
            parent_rev=self.text("parent_rev"),
            autorename=self.boolean("autorename", True),
        )


class V1Request(RequestContext):
    """A request to version 1."""

    default_headers: ClassVar[Pairs] = (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "x-dropbox-metadata, Content-Range, ETag"),
        ("Cache-Control", "no-cache"),
        ("Pragma", "no-cache"),
    )

    def __init__(self, environ: WSGIEnvironment) -> None:
        super().__init__(environ)
        self.reads_form: bool = self.operation.endpoint not in _UPLOADS

    @cached_property
    def params(self) -> Params:
        """The parameters of query and form.

        Raises:
            BodyError, NotUtf8: the parameters cannot be read.
            Invalid: a parameter was sent twice with different values.
        """
        return Params(self.pairs)

    @cached_property
    def caller(self) -> auth.Caller:
        """The app and the account that the request is authorized for.

        Raises:
            NotAllowed: the credentials are missing or not valid.
            Invalid: a parameter was sent twice with different values.
        """
        caller = auth.identify(self)
        # Checks the parameters here instead of in each view, since some views use none.
        _ = self.params
        return caller

    @property
    def is_too_long(self) -> bool:
        """Whether the path and the query are longer than the service accepts."""
        return len(self.raw_path) + len(self.raw_query) > _TARGET_LIMIT_BYTES

    @property
    def needs_flask(self) -> bool:
        """Whether a hook may respond: v1 may be retired, or the URL too long or not ASCII."""
        is_ascii: bool = self.environ["PATH_INFO"].isascii()
        is_plain = is_ascii and not self.is_too_long
        return super().needs_flask or self.options.is_retired or not is_plain

    @property
    def issued_values(self) -> tuple[str, ...]:
        """The credentials, and the cursor of a long poll, which has no token."""
        if self.operation.endpoint != _LONG_POLL:
            return self.credentials
        return (*self.credentials, *(v for name, v in self.readable_pairs if name == "cursor"))

    @property
    def locale(self) -> str:
        """The language of the response, in lower case."""
        return (self.params.text("locale") or "en").lower()

    def scope(self, root: str | None = None) -> Scope:
        """The files below a root that the caller has access to.

        Args:
            root: the root in the URL; None uses the parameter `root`.

        Raises:
            Invalid: the root is not `dropbox`, `sandbox` or `auto`.
            NotAllowed: the caller is not authorized, or not for this root.
        """
        caller = self.caller
        if root is None:
            root = self.params.required("root")
        if root not in _ROOTS:
            text = f"Value must be one of: {'; '.join(_ROOTS)}; not {root!r}"
            raise Invalid("root", text)
        return caller.scope(self.world, _ROOTS[root], BASIC_NAMES)

    def scope_before_body(self, root: str | None = None) -> Scope:
        """Return `scope`, or `default_scope` without a root, in a separate transaction.

        Views that store the body of the request use it: the body is read after this transaction,
        and stored in another.
        """
        with self.world.unit_of_work():
            return self.default_scope() if root is None else self.scope(root)

    def default_scope(self) -> Scope:
        """The files that the caller has access to, for requests without a root."""
        return self.caller.scope(self.world, rules=BASIC_NAMES)


def route(
    blueprint: Blueprint, rule: str, methods: Sequence[str], *, is_one_transaction: bool = True
) -> Callable[[View], View]:
    """Register a view of version 1. Every view uses this instead of `Blueprint.route`.

    The view is called with the request and the variable parts of the URL.

    Args:
        blueprint: the family of calls.
        rule: the rule of the URL.
        methods: the HTTP methods.
        is_one_transaction: whether the view, with its authentication, is one transaction.
            Otherwise the view opens transactions: it receives a body, waits, or computes for long.
    """

    def register(view: View) -> View:
        takes_path = rule.endswith(_BELOW_ROOT)
        registered = _RegisteredView(_with_path(view) if takes_path else view, is_one_transaction)
        blueprint.add_url_rule(rule, view_func=registered, methods=methods)
        return view

    return register


def _with_path(view: View) -> View:
    """Use the parameter `path` if the URL ends with the root, as the service did."""

    @wraps(view)
    def run(request: V1Request, root: str, path: str) -> Response:
        if not path.strip("/"):
            # A parameter that was sent twice is rejected by `Params`, after authorization.
            path = next((value for name, value in request.readable_pairs if name == "path"), path)
        return view(request, root, path)

    return run


class _RegisteredView(ContextView[V1Request]):
    def __init__(self, view: View, is_one_transaction: bool) -> None:
        self._view = view
        self._is_one_transaction = is_one_transaction
        # The endpoint of a view in Flask is its name.
        update_wrapper(self, view)

    def respond(self, request: V1Request, **values: str) -> Response:
        if not self._is_one_transaction:
            return self._view(request, **values)
        # Read the form first: a transaction must not wait for the client.
        _ = request.form_bytes
        with request.world.unit_of_work():
            return self._view(request, **values)
