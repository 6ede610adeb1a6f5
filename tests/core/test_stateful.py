"""Random sequences of calls, compared with a model in a dictionary and with clients of delta.

`HYPOTHESIS_PROFILE=thorough` runs many more sequences than the default. Because they take long,
also pass `-o faulthandler_timeout=0`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakebox.core.accounts import Scope
from fakebox.core.blobs import ContentHash
from fakebox.core.entry import Entry, Listing, format_rev
from fakebox.core.errors import DropboxError
from fakebox.core.files import WriteMode
from fakebox.core.world import World
from tests.core.delta_client import DeltaClient
from tests.core.model import Model, Path, key

APP = ("Apps", "fakebox")
NAMES = ["a", "A", "b", "c.txt", "C.TXT", "\u00e9", "E\u0301", "\x1f\U0001f60a"]
# Most paths are in a few folders. The other paths are the app's folder and its parent.
PLACES = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple)
PATHS = st.one_of(
    PLACES,
    PLACES.map(lambda names: (*APP, *names)),
    PLACES.map(lambda names: ("APPS", "Fakebox", *names)),
    st.sampled_from([("Apps",), APP, ("apps", "FAKEBOX")]),
)
INDEXES = st.integers(0, 50)
CONTENTS = st.sampled_from([b"", b"1", b"22", b"333"])
PREFIXES = ["", "/a", "/A/b", "/a/c.txt", "/b/\u00e9", "/a/b/c.txt"]


def names_of(path: str) -> Path:
    """Return the names of a path."""
    return tuple(filter(None, path.split("/")))


def path_of(names: Path) -> str:
    """Return the path with these names."""
    return "/" + "/".join(names)


def hash_of(content: bytes) -> str:
    """Return the hash of some content."""
    hasher = ContentHash()
    hasher.update(content)
    return hasher.content().hash


def outcome_of(call: Callable[[], Any]) -> Any:
    """Return the result of a call, or the error that it raises."""
    try:
        return call()
    except DropboxError as error:
        return error


def rev_of(entry: Entry, scope: Scope) -> str:
    """Return the rev of an entry for a caller; an app's folder is a namespace of its own."""
    return format_rev(entry.revision, scope.rev_namespace_id(entry.namespace_id))


class Dropbox(RuleBasedStateMachine):
    """Any sequence of calls has the same result in the core, in the model and in each client."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.model = Model()
        token, app_token = map(self.world.tokens.find, ("fakebox-token", "fakebox-sandbox-token"))
        self.full, self.app = self.world.tokens.scope(token), self.world.tokens.scope(app_token)
        self.clients: list[tuple[DeltaClient, Path, Path]] = []
        self.revisions: list[tuple[Path, Entry, bytes]] = []

    def teardown(self) -> None:
        """Check every path that existed, and read all remaining changes in every client."""
        self.check_missing_paths()
        self.check_revisions()
        for number in range(len(self.clients)):
            self.client_catches_up(number)
        self.world.close()

    @initialize(page_size=st.integers(1, 5))
    def choose_page_size(self, page_size: int) -> None:
        """Use small pages, so that files change between two pages."""
        self.world.settings = replace(self.world.settings, delta_page_size=page_size)

    # --- changes -----------------------------------------------------------------------------

    @rule(names=PATHS, content=CONTENTS, overwrite=st.booleans())
    def put(self, names: Path, content: bytes, overwrite: bool) -> None:
        """Upload a file."""
        scope, path = self.caller(names)

        def upload() -> Entry:
            entry = self.world.files.upload(scope, path, [content], WriteMode(overwrite=overwrite))
            place = key((*scope.root, *names_of(entry.path)))
            self.revisions.append((place, entry, content))
            return entry

        self.both(scope, lambda: self.model.put(names, content, overwrite=overwrite), upload)

    @rule(names=PATHS)
    def create_folder(self, names: Path) -> None:
        """Create a folder."""
        scope, path = self.caller(names)
        self.both(
            scope,
            lambda: self.model.create_folder(names),
            lambda: self.world.files.create_folder(scope, path),
        )

    @rule(index=INDEXES, names=PATHS)
    def copy(self, index: int, names: Path) -> None:
        """Copy an existing entry."""
        source = self.existing(index)
        scope, from_path, to_path = self.caller(source, names)
        self.both(
            scope,
            lambda: self.model.copy(source, names),
            lambda: self.world.files.copy(scope, from_path, to_path),
        )

    @rule(index=INDEXES, names=PATHS)
    def move(self, index: int, names: Path) -> None:
        """Move an existing entry."""
        source = self.existing(index)
        scope, from_path, to_path = self.caller(source, names)
        self.both(
            scope,
            lambda: self.model.move(source, names),
            lambda: self.world.files.move(scope, from_path, to_path),
        )

    @rule(index=INDEXES, change=st.sampled_from([str.upper, str.lower, str.swapcase]))
    def change_case(self, index: int, change: Callable[[str], str]) -> None:
        """Change the case of the last name of an existing entry."""
        source = self.existing(index)
        target = (*source[:-1], change(source[-1]))
        scope, from_path, to_path = self.caller(source, target)
        self.both(
            scope,
            lambda: self.model.move(source, target),
            lambda: self.world.files.move(scope, from_path, to_path),
        )

    @rule(index=INDEXES, names=PATHS)
    def copy_by_reference(self, index: int, names: Path) -> None:
        """Copy an existing entry with a copy reference."""
        source = self.existing(index)
        scope, from_path, to_path = self.caller(source, names)

        def copy() -> Entry:
            ref = self.world.copy_references.create(scope, from_path).reference
            return self.world.copy_references.save(scope, ref, to_path)

        self.both(scope, lambda: self.model.copy(source, names), copy)

    @rule(index=INDEXES)
    def delete(self, index: int) -> None:
        """Delete an existing entry."""
        source = self.existing(index)
        scope, path = self.caller(source)
        self.both(
            scope,
            lambda: self.model.delete(source),
            lambda: self.world.files.delete(scope, path),
        )

    @rule(index=INDEXES)
    def restore(self, index: int) -> None:
        """Restore an earlier revision of a file."""
        if not self.revisions:
            return
        place, old, content = self.revisions[index % len(self.revisions)]
        scope, path = self.caller(place)
        rev = rev_of(old, scope)
        last_name = self.world.files.metadata(scope, path).name
        self.both(
            scope,
            lambda: self.model.restore((*place[:-1], last_name), content),
            lambda: self.world.revisions.restore(scope, path, rev),
        )

    # --- clients of delta --------------------------------------------------------------------

    @rule(prefix=st.sampled_from(PREFIXES), of_app=st.booleans())
    def add_client(self, prefix: str, of_app: bool) -> None:
        """Add a client for the whole Dropbox, the app's folder or a part of one of them."""
        self.clients.append(DeltaClient(self.world, self.app if of_app else self.full, prefix))

    @rule(index=INDEXES)
    def client_reads_a_page(self, index: int) -> None:
        """Let a client read one page, which may not be the last one."""
        if self.clients:
            self.clients[index % len(self.clients)].read_page()

    @rule(index=INDEXES, name=st.sampled_from(("a", "B", "c.txt", "\u00e9")))
    def client_narrows_its_prefix(self, index: int, name: str) -> None:
        """Let a client continue with a folder below its prefix, also between two pages."""
        if self.clients:
            client = self.clients[index % len(self.clients)]
            client.narrow(f"{client.prefix}/{name}")

    @rule(index=INDEXES)
    def client_catches_up(self, index: int) -> None:
        """A client that has read all pages has the same entries as the model."""
        if not self.clients:
            return
        client = self.clients[index % len(self.clients)]
        paths = client.catch_up()
        assert len(set(paths)) == len(paths)
        # The client itself adds the folders above its prefix; delta does not list them.
        depth = len(names_of(client.prefix))
        copy = {place: node for place, node in client.copy.items() if len(place) >= depth}
        assert copy == self.expected_copy(client)

    # --- checks ------------------------------------------------------------------------------

    @invariant()
    def core_and_model_are_equal(self) -> None:
        """Listing all folders returns the entries of the model, and the used space is the same."""
        assert self.walk("/") == self.model.view((), ())
        used_bytes = sum(len(content or b"") for _, content in self.model.tree.values())
        assert self.world.accounts.get(self.full.account_id).used_bytes == used_bytes

    def check_missing_paths(self) -> None:
        """Every path that existed has an entry or, as its newest revision, a deletion."""
        for place in self.model.ever:
            path = path_of(place)
            entry = self.world.files.metadata(self.full, path)
            assert entry.is_deleted == (place not in self.model.tree)
            if not entry.is_folder:
                assert self.world.revisions.list(self.full, path, 1) == [entry]
            parent = self.world.files.list(self.full, path_of(place[:-1]), include_deleted=True)
            if isinstance(parent, Listing):
                assert entry in parent.children

    def check_revisions(self) -> None:
        """Every uploaded content can be read by its rev."""
        for place, old, content in self.revisions:
            rev = rev_of(old, self.full)
            with self.world.files.open(self.full, path_of(place), rev)[1] as file:
                assert file.read() == content

    # --- helpers -----------------------------------------------------------------------------

    def caller(self, *paths: Path) -> tuple[Any, ...]:
        """Return a scope and the paths in it: the app's scope if its folder contains all paths."""
        if all(path[:2] == APP and len(path) > 2 for path in paths):
            return self.app, *(path_of(path[2:]) for path in paths)
        return self.full, *(path_of(path) for path in paths)

    def existing(self, index: int) -> Path:
        """Return the path of an existing entry, or a missing path if there are no entries."""
        places = sorted(self.model.tree) or [("nothing",)]
        place = places[index % len(places)]
        return names_of(self.model.spelled(place)) if place in self.model.tree else place

    def both(self, scope: Scope, expected: Callable[[], Path], actual: Callable[[], Entry]) -> None:
        """Call the model and the core, and compare their results or errors."""
        actual_outcome = outcome_of(actual)
        before = dict(self.model.tree), set(self.model.ever)
        expected_outcome = outcome_of(expected)
        if isinstance(expected_outcome, DropboxError):
            self.model.tree, self.model.ever = before
            assert type(actual_outcome) is type(expected_outcome)
        else:
            assert isinstance(actual_outcome, Entry), actual_outcome
            assert key(names_of(actual_outcome.path)) == expected_outcome[len(scope.root) :]
            assert actual_outcome.is_deleted == (expected_outcome not in self.model.tree)

    def expected_copy(self, client: DeltaClient) -> dict[Path, tuple[str, str | None]]:
        """Return the entries that are expected in a client."""
        root = key(client.scope.root)
        view = self.model.view((*root, *key(names_of(client.prefix))), root)
        return {
            place: (path, None if content is None else hash_of(content))
            for place, (path, content) in view.items()
        }

    def walk(self, path: str) -> dict[Path, tuple[str, bytes | None]]:
        """Return all entries below a folder, by listing every folder."""
        found: dict[Path, tuple[str, bytes | None]] = {}
        listing = self.world.files.list(self.full, path)
        assert isinstance(listing, Listing)
        for entry in listing.children:
            place = key(names_of(entry.path))
            if entry.is_folder:
                found[place] = (entry.path, None)
                found |= self.walk(entry.path)
            else:
                with self.world.files.open(self.full, entry.path)[1] as file:
                    found[place] = (entry.path, file.read())
        return found


is_thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
TestDropbox = Dropbox.TestCase
TestDropbox.settings = settings(
    max_examples=2_000 if is_thorough else 30,
    stateful_step_count=60 if is_thorough else 25,
    report_multiple_bugs=False,
)
if is_thorough:
    TestDropbox.pytestmark = [pytest.mark.timeout(0)]
