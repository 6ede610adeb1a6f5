"""What a request asks, however its parameters were sent: for signing and for the dialects."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """A request, before anybody made sense of it.

    Attributes:
        method: in capitals.
        base_url: scheme, host and undecoded path, without the query: what OAuth 1.0 signs.
        raw_path: the undecoded path.
        query, form: the parameters as name and value, in their order, duplicates kept.
        authorization: the header's value, or an empty string.
    """

    method: str
    base_url: str
    raw_path: str
    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    authorization: str

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every parameter: the query's, then the form's."""
        return self.query + self.form
