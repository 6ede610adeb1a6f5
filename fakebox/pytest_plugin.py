"""The pytest plugin: an emulator for each test, and its requests in the reports of failed tests.

pytest imports the plugin at each start. Flask, the server and the SDK are imported by the first
fixture that needs them.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import pytest

from fakebox.network_guard import Guard

if TYPE_CHECKING:
    from dropbox.client import DropboxClient
    from fakebox.testing import Fakebox, FakeboxServer
    from fakebox.world_form import DeclaredWorld

_MARKER = "allow_dropbox"
_SHOWN = 50
_TRUE = frozenset({"1", "yes", "true", "on"})
_FALSE = frozenset({"0", "no", "false", "off"})
_GUARD = "fakebox_guard"
_CREDENTIALS_HINT = (
    "A request was rejected because its {} is unknown. To accept any credentials, use the ini"
    ' setting fakebox_credentials = any, or fakebox.configure(credentials="any"). To add'
    " credentials, use fakebox.add_token(token=...) or fakebox.add_app(...)."
)
_box: pytest.StashKey[Fakebox] = pytest.StashKey()
_has_failed: pytest.StashKey[bool] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("fakebox", "an emulated Dropbox")
    group.addoption(
        "--fakebox-transport",
        choices=("http", "inprocess"),
        help="transport of the fakebox fixture (default: the ini setting)",
    )
    group.addoption(
        "--allow-dropbox",
        action="store_true",
        help="let tests that use the fakebox fixture connect to the real Dropbox",
    )
    parser.addini(
        "fakebox_transport",
        "transport of the fakebox fixture: http or inprocess",
        default="http",
    )
    parser.addini(
        "fakebox_intercept",
        "send requests for Dropbox's hosts to the fakebox fixture",
        type="bool",
        default=True,
    )
    parser.addini(
        "fakebox_autouse", "use the fakebox fixture in every test", type="bool", default=False
    )
    parser.addini(
        "fakebox_credentials",
        "credentials that the fakebox fixture accepts: strict, or any for unknown ones as well",
        default="strict",
    )
    parser.addini(
        "fakebox_world",
        "the declared world that the fakebox fixture starts with: a JSON or TOML file",
        default="",
    )
    parser.addini(
        _GUARD,
        "fail tests that connect to the real Dropbox: true (with the fakebox fixture), all, false",
        default="true",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker of the plugin, and check its settings."""
    config.addinivalue_line(
        "markers", f"{_MARKER}: the test may connect to the real Dropbox in addition to its fakebox"
    )
    if _transport(config) not in ("http", "inprocess"):
        raise pytest.UsageError(
            f"fakebox_transport must be 'http' or 'inprocess', not {_transport(config)!r}"
        )
    credentials = config.getini("fakebox_credentials")
    if credentials not in ("strict", "any"):
        raise pytest.UsageError(
            f"fakebox_credentials must be 'strict' or 'any', not {credentials!r}"
        )
    if _guard(config) == "all":
        config.pluginmanager.register(_GuardOfAllTests(), "fakebox-guard")
    if config.getini("fakebox_autouse"):
        config.pluginmanager.register(_EmulatorOfAllTests(), "fakebox-autouse")


class _GuardOfAllTests:
    @pytest.fixture(autouse=True)
    def _fakebox_guard_of_all_tests(self, _fakebox_guard: None) -> None:
        """Guard every test."""


class _EmulatorOfAllTests:
    @pytest.fixture(autouse=True)
    def _fakebox_of_all_tests(self, fakebox: Fakebox) -> None:
        """Run an emulator for every test."""


@pytest.fixture(scope="session")
def fakebox_server() -> Iterator[FakeboxServer]:
    """The server of all tests; each process of pytest-xdist has its own.

    It opens its socket when its URL is first used.

    Example:
        def test_emulators_have_different_files(fakebox_server):
            for name in ("/a.txt", "/b.txt"):
                with Fakebox(fakebox_server) as box:
                    box.write(name, "hello")
                    assert box.tree() == [name]
    """
    from fakebox.testing import FakeboxServer

    server = FakeboxServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _fakebox_world(pytestconfig: pytest.Config) -> DeclaredWorld | None:
    """The declared world of all tests, which is loaded once."""
    path = str(pytestconfig.getini("fakebox_world"))
    if not path:
        return None
    from fakebox.app import ENDPOINTS
    from fakebox.world_form import WorldError, load

    problem = ""
    try:
        return load(_ini_directory(pytestconfig) / path, endpoints=ENDPOINTS)
    except WorldError as error:
        problem = f"fakebox_world has mistakes:\n{error}"
    # Within the handler, the report would also show the exception.
    pytest.fail(problem, pytrace=False)


@pytest.fixture
def _fakebox_guard(request: pytest.FixtureRequest) -> Iterator[None]:
    """Reject connections to the real Dropbox."""
    if not _is_guarded(request):
        yield
        return
    rejections = _Rejections(request.config.rootpath)
    with Guard(rejections.reject):
        yield
    # An exception in a thread, or one that the test catches, does not fail the test.
    if rejections.texts and not request.node.stash.get(_has_failed, False):
        pytest.fail(rejections.texts[0], pytrace=False)


@pytest.fixture(name="fakebox")
def fakebox_fixture(
    request: pytest.FixtureRequest,
    _fakebox_guard: None,
    _fakebox_world: DeclaredWorld | None,
) -> Iterator[Fakebox]:
    """A new emulator, which receives the requests of the test for Dropbox's hosts.

    Connections to the real Dropbox are rejected during the test.

    Example:
        def test_account_has_a_file(fakebox):
            fakebox.write("/notes.txt", "Hello, Dropbox")
            assert fakebox.client().metadata("/notes.txt")["bytes"] == 14
            fakebox.requests.assert_made("metadata", path="/notes.txt")
    """
    from fakebox.testing import Fakebox

    server: FakeboxServer | None = None
    if _transport(request.config) == "http":
        server = request.getfixturevalue("fakebox_server")
    with ExitStack() as stack:
        # The default is left out, so that a setting of the declared world applies.
        credentials: Literal["any"] | None = None
        if request.config.getini("fakebox_credentials") == "any":
            credentials = "any"
        made = Fakebox(server or "inprocess", world=_fakebox_world, credentials=credentials)
        box = stack.enter_context(made)
        if request.config.getini("fakebox_intercept"):
            stack.enter_context(box.intercept())
        request.node.stash[_box] = box
        yield box


@pytest.fixture
def dropbox_client(fakebox: Fakebox) -> DropboxClient:
    """A linked client of the SDK for the emulator of the test; needs `fakebox-sdk`.

    Example:
        def test_client_uploads_a_file(fakebox, dropbox_client):
            dropbox_client.put_file("/notes.txt", b"Hello, Dropbox")
            assert fakebox.read("/notes.txt") == b"Hello, Dropbox"
    """
    from fakebox.testing.sdk import check_sdk

    _fail_without(check_sdk, "the fixture dropbox_client needs fakebox-sdk")
    return fakebox.client()


@pytest.fixture
def dbx(fakebox: Fakebox) -> Iterator[Any]:
    """A linked `dropbox.Dropbox` of the official SDK for the emulator of the test.

    It needs the distribution `dropbox`.

    Example:
        def test_client_uploads_a_file(fakebox, dbx):
            dbx.files_upload(b"Hello, Dropbox", "/notes.txt")
            assert fakebox.read("/notes.txt") == b"Hello, Dropbox"
    """
    from fakebox.testing.sdk import check_official_sdk, official_client

    _fail_without(check_official_sdk, "the fixture dbx needs the official SDK")
    with official_client(fakebox.requests_adapter()) as client:
        yield client


def _fail_without(check: Callable[[], None], need: str) -> None:
    """Fail the test in one line if an SDK is missing."""
    problem = ""
    try:
        check()
    except ImportError as error:
        problem = f"{need}: {error}"
    # Within the handler, the report would also show the exceptions that led to this one.
    if problem:
        pytest.fail(problem, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the requests of the test to its report if it fails."""
    report = yield
    box = item.stash.get(_box, None)
    item.stash[_has_failed] = item.stash.get(_has_failed, False) or report.failed
    if box and report.failed and box.requests:
        shown = [f"{record.number:4} {record!r}" for record in box.requests[-_SHOWN:]]
        report.sections.append(("fakebox requests", "\n".join(shown)))
        unknown = {record.unknown_credential: None for record in box.requests}
        if kinds := ", ".join(filter(None, unknown)):
            report.sections.append(("fakebox credentials", _CREDENTIALS_HINT.format(kinds)))
    return report


def _transport(config: pytest.Config) -> str:
    return str(config.getoption("fakebox_transport") or config.getini("fakebox_transport"))


def _ini_directory(config: pytest.Config) -> Path:
    return config.inipath.parent if config.inipath else config.rootpath


def _guard(config: pytest.Config) -> str:
    """Return the setting `fakebox_guard`: `true`, `all` or `false`."""
    value = str(config.getini(_GUARD))
    text = value.lower()
    if text == "all":
        return text
    if text not in _TRUE | _FALSE:
        raise pytest.UsageError(f"fakebox_guard must be true, all or false, not {value!r}")
    return "true" if text in _TRUE else "false"


def _is_guarded(request: pytest.FixtureRequest) -> bool:
    config = request.config
    if config.getoption("allow_dropbox") or _guard(config) == "false":
        return False
    return request.node.get_closest_marker(_MARKER) is None


class _Rejections:
    def __init__(self, root: Path) -> None:
        self.texts: list[str] = []
        self._root = root

    def reject(self, host: str) -> NoReturn:
        text = (
            f"this test connects to {host}, the real Dropbox{self._location()}; to allow it,"
            f" mark it with @pytest.mark.{_MARKER}, or run pytest with --allow-dropbox"
        )
        self.texts.append(text)
        pytest.fail(text, pytrace=False)

    def _location(self) -> str:
        for frame, line in traceback.walk_stack(None):
            path = Path(frame.f_code.co_filename)
            # The virtual environment may be in the directory of the project.
            if path.is_relative_to(self._root) and "site-packages" not in path.parts:
                return f", in {path.relative_to(self._root)}:{line}"
        return ""
