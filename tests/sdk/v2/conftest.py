"""Clients that use version 2: of the emulator, and of a server with scripted responses."""

from __future__ import annotations

import pytest

from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import ErrorResponse, RESTClientObject
from fakebox import Fakebox
from fakebox.core.defaults import BEARER_TOKEN

_HOSTS = ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST")


@pytest.fixture
def box():
    """A new emulator."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def rest_client():
    """A `RESTClientObject` with a separate connection pool."""
    made = RESTClientObject()
    yield made
    made.close()


@pytest.fixture
def use_server():
    """Sets all hosts of a session to one server."""

    def do(session, url):
        for name in _HOSTS:
            setattr(session, name, url)
        return session

    return do


@pytest.fixture
def client(box, rest_client, use_server):
    """A client of the emulator that uses version 2."""
    session = use_server(DropboxOAuth2Session(BEARER_TOKEN, api="v2"), box.url)
    return DropboxClient(session, rest_client)


@pytest.fixture
def scripted(script, rest_client, use_server):
    """A client of the scripted server that uses version 2."""
    session = use_server(DropboxOAuth2Session("a-token", api="v2"), script.url)
    return DropboxClient(session, rest_client)


@pytest.fixture
def error_of():
    """Makes a call, and returns the `ErrorResponse` that it raises."""

    def call_and_catch(call, *args, **options):
        with pytest.raises(ErrorResponse) as caught:
            call(*args, **options)
        return caught.value

    return call_and_catch
