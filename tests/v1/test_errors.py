"""The mapping of errors to responses is complete and reveals no internal details."""

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

# These errors never reach the mapping: the data directory is opened before the first request,
# `Taken` is only a base class, routes of version 1 have no scopes, and the token endpoint and the
# control plane have their own responses.
NEVER_IN_A_REQUEST = {
    core.DataDirectoryError,
    core.Taken,
    core.MissingScope,
    core.ScopeNotPermitted,
    core.BadGrant,
    core.InvalidChallenge,
    core.InvalidRedirectUri,
    core.InvalidScope,
    core.SecretRequired,
    # Of version 2 and the pages.
    core.DifferentData,
    core.DownloadNotAllowed,
    core.InvalidLinkSettings,
    core.InvalidRoot,
    core.LinkPasswordRequired,
    core.LinkSettingNotAllowed,
    core.NamespaceNotAllowed,
    core.NotInAudience,
}


def descendants(cls):
    """Yield a class and all its subclasses."""
    yield cls
    for child in cls.__subclasses__():
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
def test_every_error_has_its_own_response(family):
    """Each error class has its own row in the mapping, instead of the row of a base class."""
    assert set(descendants(family)) - NEVER_IN_A_REQUEST <= errors.rows()


def test_unexpected_exception_is_500_without_details(monkeypatch, caplog):
    """The log contains the exception, and the response does not."""
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
