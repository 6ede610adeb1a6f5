"""Flask and Werkzeug are used through their public interface only.

Their dispatch methods change between releases, so a subclass that overrides one of them breaks with
the next release.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import fakebox

_FRAMEWORK = ("flask", "werkzeug")
# The attributes that the documentation of Flask or Werkzeug allows a subclass to override.
_DOCUMENTED = {
    "BaseConverter": {"part_isolating", "regex", "to_python", "to_url"},
    "Flask": {"request_class", "response_class"},
    "Response": {
        "autocorrect_location_header",
        "automatically_set_content_length",
        "default_mimetype",
        "default_status",
    },
}


def subclasses():
    """Yield each class of the emulator that has a framework base class, with that base."""
    for module in pkgutil.walk_packages(fakebox.__path__, "fakebox."):
        # The demo is a program for the SDK, which may not be installed.
        if module.name.endswith("__main__") or module.name.startswith("fakebox.demo"):
            continue
        for _, subclass in inspect.getmembers(
            importlib.import_module(module.name), inspect.isclass
        ):
            if subclass.__module__ != module.name:
                continue
            for base in subclass.__mro__[1:]:
                if base.__module__.partition(".")[0] in _FRAMEWORK:
                    yield pytest.param(
                        subclass, base, id=f"{module.name}.{subclass.__name__}-{base.__name__}"
                    )


@pytest.mark.parametrize(("subclass", "base"), list(subclasses()))
def test_subclass_overrides_only_documented_methods_of_the_framework(subclass, base):
    """A subclass overrides no undocumented method, because Flask 3.2 changes their signatures."""
    overridden = {
        name for name in vars(subclass) if not name.startswith("__") and hasattr(base, name)
    }
    assert overridden <= _DOCUMENTED.get(base.__name__, set())


def test_applications_are_plain_flask_applications():
    """The only attribute of a Flask application that is replaced is `wsgi_app`, as documented."""
    from flask import Flask

    from fakebox.control.app import create_control
    from fakebox.v1.app import create_v1
    from fakebox.v2.app import create_v2
    from fakebox.web.app import create_web

    for create in (create_control, create_v1, create_v2, create_web):
        app = create()
        assert type(app) is Flask
        replaced = {name for name in vars(app) if callable(getattr(Flask, name, None))}
        assert replaced <= {"wsgi_app"}
