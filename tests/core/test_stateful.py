"""The core held against a dictionary, and clients that follow it by delta alone.

`HYPOTHESIS_PROFILE=thorough` tries many more sequences than the default, for as long as it takes
with `-o faulthandler_timeout=0`.
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
from fakebox.core.content_hash import ContentHash
from fakebox.core.entry import Entry, Listing
from fakebox.core.errors import DropboxError
from fakebox.core.files import WriteMode
from fakebox.core.world import World
from tests.core.delta_client import Follower
from tests.core.model import Model, Path, key

APP = ("Apps", "fakebox")
NAMES = ["a", "A", "b", "c.txt", "C.TXT", "\u00e9", "E\u0301"]
# Where most of it happens, and where the app's folder is made and lost.
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
    """The names of a path."""
    return tuple(filter(None, path.split("/")))


def path_of(names: Path) -> str:
    """The names as one path."""
    return "/" + "/".join(names)


def hash_of(content: bytes) -> str:
    """The name of a content."""
    hasher = ContentHash()
    hasher.update(content)
    return hasher.content().hash


def outcome_of(call: Callable[[], Any]) -> Any:
    """What a call answers, or how it is refused."""
    try:
        return call()
    except DropboxError as error:
        return error


class Dropbox(RuleBasedStateMachine):
    """Any sequence of calls leaves the core and the model alike, and every follower up to date."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.model = Model()
        token, app_token = map(self.world.tokens.find, ("fakebox-token", "fakebox-sandbox-token"))
        self.full, self.app = self.world.tokens.scope(token), self.world.tokens.scope(app_token)
        self.followers: list[tuple[Follower, Path, Path]] = []
        self.revisions: list[tuple[Path, str, bytes]] = []

    def teardown(self) -> None:
        """Look at every path that ever was, and let every follower catch up one last time."""
        self.everything_that_is_gone_is_a_tombstone()
        self.every_revision_can_still_be_read()
        for number in range(len(self.followers)):
            self.follower_catches_up(number)
        self.world.close()

    @initialize(page_size=st.integers(1, 5))
    def choose_page_size(self, page_size: int) -> None:
        """Use small pages, so that the tree changes between them."""
        self.world.settings = replace(self.world.settings, delta_page_size=page_size)

    # --- changing ----------------------------------------------------------------------------

    @rule(names=PATHS, content=CONTENTS, overwrite=st.booleans())
    def put(self, names: Path, content: bytes, overwrite: bool) -> None:
        """Upload a file."""
        scope, path = self.caller(names)

        def upload() -> Entry:
            entry = self.world.files.upload(scope, path, [content], WriteMode(overwrite=overwrite))
            place = key((*scope.root, *names_of(entry.path)))
            self.revisions.append((place, entry.rev, content))
            return entry

        self.both(scope, lambda: self.model.put(names, content, overwrite=overwrite), upload)

    @rule(names=PATHS)
    def create_folder(self, names: Path) -> None:
        """Make a folder."""
        scope, path = self.caller(names)
        self.both(
            scope,
            lambda: self.model.create_folder(names),
            lambda: self.world.files.create_folder(scope, path),
        )

    @rule(index=INDEXES, names=PATHS)
    def copy(self, index: int, names: Path) -> None:
        """Copy what stands somewhere."""
        source = self.standing(index)
        scope, from_path, to_path = self.caller(source, names)
        self.both(
            scope,
            lambda: self.model.copy(source, names),
            lambda: self.world.files.copy(scope, from_path, to_path),
        )

    @rule(index=INDEXES, names=PATHS)
    def move(self, index: int, names: Path) -> None:
        """Move what stands somewhere."""
        source = self.standing(index)
        scope, from_path, to_path = self.caller(source, names)
        self.both(
            scope,
            lambda: self.model.move(source, names),
            lambda: self.world.files.move(scope, from_path, to_path),
        )

    @rule(index=INDEXES, change=st.sampled_from([str.upper, str.lower, str.swapcase]))
    def change_case(self, index: int, change: Callable[[str], str]) -> None:
        """Spell the last name of what stands somewhere in another case."""
        source = self.standing(index)
        target = (*source[:-1], change(source[-1]))
        scope, from_path, to_path = self.caller(source, target)
        self.both(
            scope,
            lambda: self.model.move(source, target),
            lambda: self.world.files.move(scope, from_path, to_path),
        )

    @rule(index=INDEXES, names=PATHS)
    def use_a_copy_reference(self, index: int, names: Path) -> None:
        """Copy what stands somewhere by a reference to it."""
        source = self.standing(index)
        scope, from_path, to_path = self.caller(source, names)

        def copy() -> Entry:
            ref = self.world.sharing.make_copy_ref(scope, from_path).ref
            return self.world.sharing.copy_from_ref(scope, ref, to_path)

        self.both(scope, lambda: self.model.copy(source, names), copy)

    @rule(index=INDEXES)
    def delete(self, index: int) -> None:
        """Delete what stands somewhere."""
        source = self.standing(index)
        scope, path = self.caller(source)
        self.both(
            scope,
            lambda: self.model.delete(source),
            lambda: self.world.files.delete(scope, path),
        )

    @rule(index=INDEXES)
    def restore(self, index: int) -> None:
        """Bring a file back to what it once was."""
        if not self.revisions:
            return
        place, rev, content = self.revisions[index % len(self.revisions)]
        scope, path = self.caller(place)
        last_name = self.world.files.metadata(scope, path).name
        self.both(
            scope,
            lambda: self.model.restore((*place[:-1], last_name), content),
            lambda: self.world.revisions.restore(scope, path, rev),
        )

    # --- following ---------------------------------------------------------------------------

    @rule(prefix=st.sampled_from(PREFIXES), of_app=st.booleans())
    def somebody_begins_to_follow(self, prefix: str, of_app: bool) -> None:
        """Another client, of the whole Dropbox or of the app's folder, or of a part of it."""
        self.followers.append(Follower(self.world, self.app if of_app else self.full, prefix))

    @rule(index=INDEXES)
    def follower_reads_a_page(self, index: int) -> None:
        """A client fetches one page, and may be told that there are more."""
        if self.followers:
            self.followers[index % len(self.followers)].read_page()

    @rule(index=INDEXES)
    def follower_catches_up(self, index: int) -> None:
        """A client that has fetched every page has what there is, and no path came up twice."""
        if not self.followers:
            return
        follower = self.followers[index % len(self.followers)]
        payload = follower.catch_up()
        assert len(set(payload)) == len(payload)
        # What lies above a prefix is only ever made up on the way.
        depth = len(names_of(follower.prefix))
        copy = {place: node for place, node in follower.copy.items() if len(place) >= depth}
        assert copy == self.seen_by(follower)

    # --- looking -----------------------------------------------------------------------------

    @invariant()
    def core_and_model_hold_the_same(self) -> None:
        """A walk by listings finds what the model has, and the room that is used is theirs."""
        assert self.walk("/") == self.model.view((), ())
        used_bytes = sum(len(content or b"") for _, content in self.model.tree.values())
        assert self.world.accounts.get(self.full.account_id).used_bytes == used_bytes

    def everything_that_is_gone_is_a_tombstone(self) -> None:
        """Whatever was anywhere is there or deleted; its deletion heads its history."""
        for place in self.model.ever:
            path = path_of(place)
            entry = self.world.files.metadata(self.full, path)
            assert entry.is_deleted == (place not in self.model.tree)
            if not entry.is_folder:
                assert self.world.revisions.list(self.full, path, 1) == [entry]
            parent = self.world.files.list(self.full, path_of(place[:-1]), include_deleted=True)
            if isinstance(parent, Listing):
                assert entry in parent.children

    def every_revision_can_still_be_read(self) -> None:
        """Whatever was ever uploaded can be read by its revision."""
        for place, rev, content in self.revisions:
            with self.world.files.open(self.full, path_of(place), rev)[1] as file:
                assert file.read() == content

    # --- means -------------------------------------------------------------------------------

    def caller(self, *paths: Path) -> tuple[Any, ...]:
        """Who can name all these paths, and how: the app, if all are in its folder."""
        if all(path[:2] == APP and len(path) > 2 for path in paths):
            return self.app, *(path_of(path[2:]) for path in paths)
        return self.full, *(path_of(path) for path in paths)

    def standing(self, index: int) -> Path:
        """What stands somewhere, as it is spelled; a path where nothing is if nothing does."""
        places = sorted(self.model.tree) or [("nothing",)]
        place = places[index % len(places)]
        return names_of(self.model.spelled(place)) if place in self.model.tree else place

    def both(self, scope: Scope, expected: Callable[[], Path], actual: Callable[[], Entry]) -> None:
        """Do it to the model and to the core: the same outcome, or the same refusal."""
        done = outcome_of(actual)
        before = dict(self.model.tree), set(self.model.ever)
        due = outcome_of(expected)
        if isinstance(due, DropboxError):
            self.model.tree, self.model.ever = before
            assert type(done) is type(due)
        else:
            assert isinstance(done, Entry), done
            assert key(names_of(done.path)) == due[len(scope.root) :]
            assert done.is_deleted == (due not in self.model.tree)

    def seen_by(self, follower: Follower) -> dict[Path, tuple[str, str | None]]:
        """What a follower should have."""
        root = key(follower.scope.root)
        view = self.model.view((*root, *key(names_of(follower.prefix))), root)
        return {
            place: (path, None if content is None else hash_of(content))
            for place, (path, content) in view.items()
        }

    def walk(self, path: str) -> dict[Path, tuple[str, bytes | None]]:
        """All that is below a folder, found by listing it and the folders in it."""
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
    deadline=None,
    report_multiple_bugs=False,
)
if is_thorough:
    TestDropbox.pytestmark = [pytest.mark.timeout(0)]
