"""The sample program for type checkers uses every call of the SDK."""

from __future__ import annotations

import ast
from inspect import isfunction, ismethod
from pathlib import Path

import pytest

from dropbox.client import (
    ChunkedUploader,
    DropboxClient,
    DropboxOAuth2Flow,
    DropboxOAuth2FlowNoRedirect,
)
from dropbox.session import DropboxOAuth2Session, DropboxSession

SAMPLE = Path(__file__).with_name("sample.py")
CLASSES = (
    ChunkedUploader,
    DropboxClient,
    DropboxOAuth2Flow,
    DropboxOAuth2FlowNoRedirect,
    DropboxOAuth2Session,
    DropboxSession,
)


@pytest.fixture(scope="module")
def used() -> set[str]:
    """The names of all attributes that the program uses."""
    tree = ast.parse(SAMPLE.read_text(encoding="utf-8"))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_sample_uses_every_method(cls: type, used: set[str]) -> None:
    """Type checkers see every public method of the class, so none has a wrong signature."""
    methods = {
        name
        for name in dir(cls)
        if not name.startswith("_")
        and (isfunction(getattr(cls, name)) or ismethod(getattr(cls, name)))
    }
    assert sorted(methods - used) == []
