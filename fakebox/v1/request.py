"""A request to version 1, as its views use it."""

from __future__ import annotations

from functools import cached_property, wraps
from typing import TYPE_CHECKING

from fakebox import auth
from fakebox.context import RequestContext
from fakebox.v1.params import Invalid, Params

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from werkzeug.wrappers import Response

    from fakebox.core.accounts import Scope
    from fakebox.core.apps import Access

_ROOTS: dict[str, Access] = {"dropbox": "dropbox", "sandbox": "app_folder", "auto": "either"}
# Their bodies are content, whatever type they state.
_LONG_POLL = "/1/longpoll_delta"
_UPLOADS = ("/1/files_put/", "/1/chunked_upload")


class V1Request(RequestContext):
    """A request to version 1."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self.reads_form: bool = not self.raw_path.startswith(_UPLOADS)

    @cached_property
    def params(self) -> Params:
        """The parameters of query and form.

        Raises:
            BodyError, NotUtf8: they can't be read.
            Invalid: one is sent twice, with different values.
        """
        return Params(self.pairs)

    @cached_property
    def caller(self) -> auth.Caller:
        """The app and the account that the request is authorized for.

        Raises:
            NotAllowed: the credentials are missing or not accepted.
            Invalid: they are accepted, but a parameter is sent twice, with different values.
        """
        caller = auth.identify(self)
        # Here rather than in each view: most calls look for few parameters, and some for none.
        _ = self.params
        return caller

    @property
    def issued_values(self) -> tuple[str, ...]:
        """As in the base class, with the cursor of a long poll, which has no credentials."""
        if self.raw_path != _LONG_POLL:
            return self.credentials
        return (*self.credentials, *(v for name, v in self.readable_pairs if name == "cursor"))

    @property
    def locale(self) -> str:
        """The language of the response, in lower case."""
        return (self.params.text("locale") or "en").lower()

    def scope(self, root: str | None = None) -> Scope:
        """What the caller sees under one of the documented roots.

        Args:
            root: as the URL names it; the parameter `root` where the URL doesn't.

        Raises:
            Invalid: it is none of them.
            NotAllowed: the caller is not authorized, or not for this root.
        """
        caller = self.caller
        if root is None:
            root = self.params.required("root")
        if root not in _ROOTS:
            text = f"Value must be one of: {'; '.join(_ROOTS)}; not {root!r}"
            raise Invalid("root", text)
        return caller.scope(self.world, _ROOTS[root])

    def scope_before_body(self, root: str | None = None) -> Scope:
        """As `scope` or, without a root, `default_scope`: one transaction, before the body is read.

        What then comes of the body is another one.
        """
        with self.world.unit_of_work():
            return self.default_scope() if root is None else self.scope(root)

    def default_scope(self) -> Scope:
        """What the caller sees where no root is named."""
        return self.caller.scope(self.world)


def in_one_transaction(view: Callable[..., Response]) -> Callable[..., Response]:
    """Have a view be one transaction, together with its authentication."""

    @wraps(view)
    def run(**values: str) -> Response:
        context = V1Request.current()
        # Read before it begins: nothing may wait for the client in a transaction.
        _ = context.form_bytes
        with context.world.unit_of_work():
            return view(**values)

    return run
