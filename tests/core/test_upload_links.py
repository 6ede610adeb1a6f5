"""Temporary upload links: their stored values and their single use."""

from __future__ import annotations

import pytest

from fakebox.core.errors import LinkNotFound, LinkSpent
from fakebox.core.files import WriteMode
from fakebox.core.upload_links import UploadLink


def test_link_round_trips(world, scope, sandbox):
    """Using a link returns its scope, path, write mode and client mtime."""
    mode = WriteMode(parent_rev="12345678a", autorename=False, takes_same=True, over_nothing=False)
    for link in (UploadLink(scope, "/a", mode, 5), UploadLink(sandbox, "/b")):
        with world.upload_links.spend(world.upload_links.make(link, 60)) as used:
            assert used == link


def test_link_is_used_once_unless_the_use_fails(world, scope):
    """A link can be used again after a failed use, but not after a successful one."""
    token = world.upload_links.make(UploadLink(scope, "/a"), 60)

    def fail():
        with world.upload_links.spend(token):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with world.upload_links.spend(token):
        pass
    with pytest.raises(LinkSpent), world.upload_links.spend(token):
        pass
    with pytest.raises(LinkNotFound), world.upload_links.spend("never"):
        pass
