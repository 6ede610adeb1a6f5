"""Temporary upload links: their stored values and their single use."""

from __future__ import annotations

import pytest

from fakebox.core.errors import LinkNotFound, LinkSpent
from fakebox.core.files import WriteMode
from fakebox.core.settings import DAY_S
from fakebox.core.upload_links import UploadLink


def test_link_round_trips(world, scope, sandbox):
    """Using a link returns its scope, path, write mode and client mtime."""
    mode = WriteMode(
        parent_rev="12345678a",
        autorename=False,
        accepts_same_content=True,
        accepts_deleted_parent=False,
    )
    for link in (UploadLink(scope, "/a", mode, 5), UploadLink(sandbox, "/b")):
        with world.upload_links.use(world.upload_links.make(link, 60)) as used:
            assert used == link


def use(world, token):
    """Use a link without storing that it was used."""
    with world.upload_links.use(token) as link:
        return link


def test_link_can_be_used_until_an_upload_succeeds(world, scope):
    """A link that was used without success can be used again; a used link cannot."""
    token = world.upload_links.make(UploadLink(scope, "/a"), 60)
    assert use(world, token) == use(world, token)
    with world.upload_links.use(token):
        world.upload_links.spend(token)
    with pytest.raises(LinkSpent):
        use(world, token)
    with pytest.raises(LinkNotFound):
        use(world, "never")


def test_link_is_not_used_twice_at_once(world, scope):
    """While a link is in use, another use of it raises `LinkSpent`."""
    token = world.upload_links.make(UploadLink(scope, "/a"), 60)
    with world.upload_links.use(token), pytest.raises(LinkSpent):
        use(world, token)


def test_link_expires(world, scope):
    """An expired link raises `LinkSpent`, and is deleted a day later by the next link."""
    world.clock.freeze()
    token = world.upload_links.make(UploadLink(scope, "/a"), 60)
    world.clock.advance(60)
    with pytest.raises(LinkSpent):
        use(world, token)
    world.clock.advance(DAY_S)
    world.upload_links.make(UploadLink(scope, "/b"), 60)
    with pytest.raises(LinkNotFound):
        use(world, token)
