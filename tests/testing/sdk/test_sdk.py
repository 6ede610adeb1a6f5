"""Clients of the SDK need the SDK in the version of the emulator."""

from __future__ import annotations

import sys

import pytest

import dropbox.rest
from fakebox.cli import main
from fakebox.testing import sdk


@pytest.fixture
def versions(monkeypatch):
    """The versions of the installed distributions, by name; a test changes them."""
    found = {"fakebox": "0.1.0", "fakebox-sdk": "0.1.0"}
    monkeypatch.setattr(sdk, "_version", found.get)
    monkeypatch.setattr(dropbox.rest, "SDK_VERSION", "0.1.0")
    return found


@pytest.mark.parametrize("own", ["0.1.0", None])
def test_sdk_of_the_same_version_is_accepted(quick, versions, own):
    """Every version is accepted if the emulator is not installed, as in a bare checkout."""
    versions["fakebox"] = own
    assert quick.client().account_info()["uid"] == 1


def test_sdk_of_another_version_is_rejected(quick, versions):
    """The error names both versions and the one to install."""
    versions["fakebox"] = "0.2.0"
    line = "fakebox 0.2.0 needs fakebox-sdk 0.2.0, but fakebox-sdk 0.1.0 is installed: "
    for make in (quick.client, quick.session):
        with pytest.raises(ImportError) as caught:
            make()
        assert str(caught.value) == f"{line}pip install fakebox-sdk==0.2.0"


@pytest.mark.parametrize(
    ("installed", "reason"),
    [
        ([], "the SDK of fakebox is not installed: pip install fakebox-sdk"),
        (["dropbox"], "the package 'dropbox' is the official SDK, not the SDK of fakebox"),
        (["fakebox-sdk"], "the package 'dropbox' is incomplete"),
        (["dropbox", "fakebox-sdk"], sdk.BOTH_INSTALLED),
    ],
)
@pytest.mark.parametrize("module", ["dropbox.client", "dropbox.rest", "dropbox.session"])
def test_sdk_that_cannot_be_imported_is_explained(
    quick, versions, monkeypatch, installed, reason, module
):
    """The error depends on which distributions are installed, and says what to install."""
    del versions["fakebox-sdk"]
    versions.update(dict.fromkeys(installed, "1.0"))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError) as caught:
        quick.client()
    assert str(caught.value).startswith(reason)
    assert "\n" not in str(caught.value)


def test_other_import_errors_are_not_hidden(quick, versions, monkeypatch):
    """A missing dependency of the SDK is not reported as a missing SDK."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "dropbox"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "urllib3", None)
    with pytest.raises(ImportError, match="urllib3"):
        quick.client()


def test_distribution_that_is_not_installed_has_no_version():
    """The version of a distribution that is not installed is `None`."""
    assert sdk._version("no-such-distribution") is None


def test_demo_fails_when_the_sdk_has_another_version(versions, capsys):
    """The demo prints one line to standard error and exits with status 2."""
    versions["fakebox"] = "0.2.0"
    assert main(["demo"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("fakebox: the demo needs fakebox-sdk: fakebox 0.2.0 needs")
    assert printed.err.count("\n") == 1
