"""`Fakebox`: an emulated Dropbox for other people's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropbox.client import DropboxClient
from dropbox.rest import RESTClientObject
from dropbox.session import DropboxSession
from fakebox.app import create_app
from fakebox.core import defaults
from fakebox.namespaces import Namespaces
from fakebox.server import Server

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Fakebox:
    """One emulated Dropbox: its accounts, apps, files, clock, faults and requests."""

    def __init__(self) -> None:
        self._namespaces = Namespaces()
        self._server = Server(create_app(self._namespaces))
        self._rest_client = RESTClientObject()

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._rest_client.close()
        self._server.stop()
        self._namespaces.close()

    @property
    def url(self) -> str:
        """Where it is, without a trailing slash."""
        return self._server.url

    def session(self) -> DropboxSession:
        """A linked session."""
        session = DropboxSession(
            defaults.APP_KEY, defaults.APP_SECRET, "dropbox", rest_client=self._rest_client
        )
        for name in ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST"):
            setattr(session, name, self.url)
        session.set_token(defaults.TOKEN, defaults.TOKEN_SECRET)
        return session

    def client(self) -> DropboxClient:
        """A client of a linked session."""
        return DropboxClient(self.session(), self._rest_client)
