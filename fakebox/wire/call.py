"""What a request asks, however its parameters were sent; signing and dialects share it."""

from dataclasses import dataclass
from typing import Any

from fakebox.wire.body import read_form
from fakebox.wire.target import raw_target
from fakebox.wire.urlencoded import Pairs


@dataclass(frozen=True, slots=True)
class Call:
    """A request, before anybody made sense of it.

    Attributes:
        method: in capitals.
        base_url: scheme, host and undecoded path, without the query: what OAuth 1.0 signs.
        raw_path: the undecoded path.
        query, form: the parameters as name and value, in their order, duplicates kept.
        authorization: the header's value, or an empty string.
        unsent: parameters that a signature may cover though they aren't among those sent.
    """

    method: str
    base_url: str
    raw_path: str
    query: Pairs
    form: Pairs
    authorization: str
    unsent: Pairs = ()

    @classmethod
    def of(cls, environ: dict[str, Any], *, reads_form: bool = True) -> "Call":
        """The call that a WSGI request makes.

        Args:
            environ: the request.
            reads_form: whether a form in the body of a POST holds parameters, and is read; the
                body of any other method is content, whatever type it states.

        Raises:
            BodyRefused: the form can't be read.
            NotUtf8, TooManyParameters: as for `parse_pairs`.
        """
        method = environ["REQUEST_METHOD"]
        target = raw_target(environ)
        return cls(
            method,
            f"{origin(environ)}{target.path}",
            target.path,
            target.pairs,
            read_form(environ) if reads_form and method == "POST" else (),
            environ.get("HTTP_AUTHORIZATION", ""),
        )

    @property
    def pairs(self) -> Pairs:
        """Every parameter: the query's, then the form's."""
        return self.query + self.form


def origin(environ: dict[str, Any]) -> str:
    """Scheme and host as the client addressed them, for URLs that lead back here."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"
