"""The targets of the cases: the emulator and the live service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from conformance import live
from conformance.connections import Connections
from conformance.exchanges import Recorder
from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import RESTClientObject

FOLDER = "/conformance"
# How far two clocks may differ: the emulator's, those of two machines, and the clock of a service
# that a rehearsal advances.
_EMULATOR_CLOCK_S = 5.0
_LIVE_CLOCK_S = 3600.0
_REHEARSAL_CLOCK_S = 14 * 24 * 3600.0
_T = TypeVar("_T")


@dataclass
class Target:
    """A Dropbox with a folder for the case.

    Attributes:
        name: `fake`, `fake v2` or `live`.
        client: a linked client.
        folder: path of the folder that the case uses. It exists.
        recorder: records the client's requests and responses.
        box: the emulator, for cases that set its clock or quota; `None` for the live service.
        pace_s: delay before each step, in seconds.
        api: version of the API that the client uses, `v1` or `v2`.
    """

    name: str
    client: DropboxClient
    folder: str
    recorder: Recorder
    box: Any = None
    pace_s: float = 0.0
    api: str = "v1"

    @property
    def connections(self) -> Connections:
        """The connections for raw requests."""
        return self.recorder.connections

    def path(self, name: str) -> str:
        """Return a path in the run's folder."""
        time.sleep(self.pace_s)
        return f"{self.folder}/{name}"

    def put(self, name: str, content: bytes | str = "content", **options: Any) -> dict[str, Any]:
        """Upload a file to the run's folder."""
        return self.client.put_file(self.path(name), content, **options)

    def pages(self, cursor: str | None = None) -> list[Any]:
        """Return the pages of delta for the folder of the case."""
        return list(self.client.iter_delta(cursor, self.folder))

    def changes(self, cursor: str | None = None) -> list[Any]:
        """Return the entries of all pages of delta for the folder of the case."""
        return [entry for page in self.pages(cursor) for entry in page["entries"]]

    def eventually(self, request: Callable[[], _T], is_expected: Callable[[_T], Any]) -> _T:
        """Repeat a request to the live service until the result is as expected.

        The index of the live service finds a file some time after its upload. The emulator gets one
        request. The number of requests is limited, so the caller checks the result.
        """
        return request() if self.box else live.eventually(request, is_expected)

    def is_close(self, date: str, offset_s: float = 0.0) -> bool:
        """Return whether a date is now, or `offset_s` seconds from now, on the service's clock."""
        now_s, limit_s = time.time(), _LIVE_CLOCK_S
        if self.box:
            now_s, limit_s = self.box.clock.now(), _EMULATOR_CLOCK_S
        elif live.is_rehearsal():
            limit_s = _REHEARSAL_CLOCK_S
        return abs(seconds(date) - now_s - offset_s) < limit_s


def seconds(date: str) -> float:
    """Return a documented date in seconds since 1970.

    Raises:
        ValueError: the text is not a date.
    """
    parsed: datetime = parsedate_to_datetime(date)
    return parsed.timestamp()


def fake() -> Iterator[Target]:
    """Start an emulator for one case; the client uses version 1 of the API."""
    from fakebox import Fakebox

    recorder = Recorder(FOLDER, Connections())
    with Fakebox() as box:
        client = DropboxClient(box.session(), RESTClientObject(recorder))
        yield _ready(Target("fake", client, FOLDER, recorder, box))
        recorder.close()


def fake_by_v2() -> Iterator[Target]:
    """Start an emulator for one case; the client uses version 2 of the API."""
    from fakebox import Fakebox
    from fakebox.core.defaults import BEARER_TOKEN

    recorder = Recorder(FOLDER, Connections())
    with Fakebox() as box:
        session = DropboxOAuth2Session(BEARER_TOKEN, api="v2")
        live.set_hosts(session, box.url)
        client = DropboxClient(session, RESTClientObject(recorder))
        yield _ready(Target("fake v2", client, FOLDER, recorder, box, api="v2"))
        recorder.close()


def of_live_run(folder: str) -> Iterator[Target]:
    """Open the live service; `folder` is the folder of the run."""
    client, recorder = live.open_client(folder)
    api = "v2" if live.is_v2() else "v1"
    yield Target("live", client, folder, recorder, pace_s=live.pace_s(), api=api)
    recorder.close()


def in_folder(target: Target, folder: str) -> Target:
    """Return a live target with a new folder for one case."""
    client, recorder = target.client, target.recorder
    recorder.folder = folder
    return _ready(Target("live", client, folder, recorder, None, target.pace_s, target.api))


def _ready(target: Target) -> Target:
    target.client.file_create_folder(target.folder)
    target.recorder.exchanges.clear()
    target.recorder.connections.limits.clear()
    return target
