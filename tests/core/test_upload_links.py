"""Links for uploading: what they are for, and that they work once."""

from __future__ import annotations

import pytest

from fakebox.core.errors import LinkNotFound, LinkSpent
from fakebox.core.files import WriteMode
from fakebox.core.upload_links import UploadLink


def test_link_keeps_what_it_is_for(world, scope, sandbox):
    """Whose it is, the path, the write mode, and the age of the file."""
    mode = WriteMode(parent_rev="12345678a", autorename=False, takes_same=True, over_nothing=False)
    for link in (UploadLink(scope, "/a", mode, 5), UploadLink(sandbox, "/b")):
        with world.upload_links.spend(world.upload_links.make(link, 60)) as spent:
            assert spent == link


def test_link_works_once_unless_its_use_fails(world, scope):
    """Who fails may try again."""
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
