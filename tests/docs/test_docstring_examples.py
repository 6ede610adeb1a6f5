"""Every public docstring has an example, and every example runs against the emulator.

To include other modules or classes, add an `Area` to `AREAS`, and a fixture that returns the names
in the examples.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from PIL import Image

from dropbox import client, content_hash, oauth2, rest, retry, session, types
from fakebox import Fakebox, Fault, connect
from fakebox.core.clock import Clock
from fakebox.middleware.faults import Faults, Planned
from fakebox.middleware.journal import Journal
from fakebox.middleware.journal_entry import JournalEntry
from fakebox.middleware.request_log import RequestMatcher
from fakebox.testing import FakeboxServer
from fakebox.testing.mock import MockDropbox
from tests.docs.docstrings import PublicObject, objects_of_class, objects_of_module


@dataclass(frozen=True)
class Area:
    """Public objects whose examples use the same names.

    Attributes:
        objects: the objects. An object with several names is listed under its first name.
        names_fixture: the fixture that returns the names which the examples use.
    """

    objects: Iterable[PublicObject]
    names_fixture: str

    def cases(self) -> Iterator[object]:
        """Return the parameters of the test for each object."""
        seen: set[int] = set()
        for item in self.objects:
            if id(item.value) not in seen:
                seen.add(id(item.value))
                yield pytest.param(item, self.names_fixture, id=item.name)


# The members of `FakeboxServer` that only `Fakebox` uses.
_CALLED_BY_FAKEBOX = {"attach", "client_url", "detach", "pool_manager"}

AREAS = [
    Area(
        [
            *objects_of_module(client),
            *objects_of_module(session),
            *objects_of_module(oauth2),
            # The example of `RESTTransport` is a class with these methods.
            *objects_of_module(rest, excluded={"RESTTransport": {"GET", "POST", "PUT"}}),
            *objects_of_module(retry),
            *objects_of_module(content_hash),
            *objects_of_module(types),
        ],
        names_fixture="sdk_names",
    ),
    Area(
        [
            *objects_of_class(Fakebox, "fakebox"),
            *objects_of_class(FakeboxServer, "fakebox.testing", _CALLED_BY_FAKEBOX),
            PublicObject("fakebox.connect", connect),
            PublicObject("fakebox.mock_dropbox", MockDropbox),
            *objects_of_class(Fault, "fakebox"),
            *objects_of_class(Faults, "fakebox.middleware.faults", {"take"}),
            *objects_of_class(Planned, "fakebox.middleware.faults", {"happens"}),
            *objects_of_class(Journal, "fakebox.middleware.journal", {"begin"}),
            *objects_of_class(RequestMatcher, "fakebox.middleware.request_log"),
            # The attributes are listed in the docstring of the class.
            PublicObject("fakebox.middleware.journal_entry.JournalEntry", JournalEntry),
            # `box.clock` is for tests; the others are for the emulator.
            *objects_of_class(Clock, "fakebox.core.clock", {"at_once", "machine_s", "now_s"}),
        ],
        names_fixture="fakebox_names",
    ),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Fakebox]:
    """An emulator for all examples."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def box(server: Fakebox) -> Fakebox:
    """The emulator with the files that the examples use, and nothing else."""
    server.reset()
    server.write("/notes.txt", b"Hello, Dropbox")
    server.write("/Photos/beach.png", _picture())
    return server


@pytest.fixture
def sdk_names(box: Fakebox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Names of the SDK's examples; the current directory has a file to upload."""
    (tmp_path / "report.pdf").write_bytes(bytes(2000))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", box.url)
    monkeypatch.setattr(rest.RESTClient, "IMPL", rest.RESTClient.IMPL)
    return {"Fault": Fault, "approve": _approve_at(box), "box": box, "client": box.client()}


@pytest.fixture
def fakebox_names(sdk_names: dict[str, object]) -> dict[str, object]:
    """Names of the emulator's examples; they use an emulator, and a client of the SDK."""
    return {name: sdk_names[name] for name in ("Fault", "box", "client")}


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "blue").save(file, "PNG")
    return file.getvalue()


def _approve_at(box: Fakebox) -> Callable[[str], str | None]:
    """Return a function that allows an app on its authorization page, as a user does."""
    account_url = f"{box.url}/_fakebox/accounts/{box.account().id}"
    assert urllib3.request("PATCH", account_url, json={"auto_approve": True}).status == 200

    def approve(url: str) -> str | None:
        response = urllib3.request("GET", url, redirect=False)
        code = re.search('id="auth-code">([^<]+)', response.data.decode())
        return code[1] if code else response.headers.get("Location")

    return approve


@pytest.mark.parametrize(
    ("item", "names_fixture"), [case for area in AREAS for case in area.cases()]
)
def test_docstring_has_examples_that_run(
    item: PublicObject, names_fixture: str, request: pytest.FixtureRequest
) -> None:
    """The docstring of a public object has an example, with the output that it prints."""
    assert item.has_example, f"the docstring of {item.name} has no section 'Example:'"
    report = item.run_examples(request.getfixturevalue(names_fixture))
    if report:
        pytest.fail(report, pytrace=False)
