"""Answers whose headers leave as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers


class Complete(Response):
    """An answer of known length that leads nowhere else.

    What others have completed as they leave, a relative Location or a missing length, needn't be
    looked for in each.
    """

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """The headers as they are, where there is a body; see Werkzeug."""
        return self.headers if self.status_code < 300 else super().get_wsgi_headers(environ)
