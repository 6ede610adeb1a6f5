"""The table of refusals: complete, and silent about its insides."""

import json

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace
from fakebox.core import errors as core
from fakebox.core.world import World
from fakebox.http import body, file_response, forms
from fakebox.media import file_types, images, previews
from fakebox.v1 import errors
from fakebox.v1.app import create_v1
from fakebox.v1.request import V1Request

# These never reach a request: the data directory is opened before anything is served, and only
# kinds of the other are raised.
NEVER_ASKED = {core.DataDirectoryError, core.Taken}


def descendants(kind):
    """A class and all below it."""
    yield kind
    for child in kind.__subclasses__():
        yield from descendants(child)


@pytest.mark.parametrize(
    "family",
    [
        core.DropboxError,
        body.BodyError,
        images.DamagedImage,
        file_types.NoThumbnail,
        previews.NoPreview,
        file_response.Unsatisfiable,
        forms.NotUtf8,
        forms.TooManyParameters,
    ],
)
def test_every_refusal_has_a_row_of_its_own(family):
    """None is answered by accident in the words of another."""
    assert set(descendants(family)) - NEVER_ASKED <= errors.rows()


def test_unexpected_exception_is_a_500_without_insides(monkeypatch, caplog):
    """The log has them, the client doesn't."""
    world = World()
    monkeypatch.setattr(type(world.accounts), "get", lambda *_: 1 / 0)
    v1 = create_v1()

    def app(environ, start_response):
        V1Request(environ).namespace = Namespace(world)
        return v1(environ, start_response)

    headers = {"Authorization": "Bearer fakebox-bearer-token"}
    response = Client(app).get("/account/info", headers=headers)
    assert response.status_code == 500
    assert json.loads(response.text) == {"error": "Internal server error"}
    assert "ZeroDivisionError" in caplog.text
    world.close()
