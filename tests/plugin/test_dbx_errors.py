"""Errors of the fixture `dbx` if the official SDK is missing, run as tests of another project."""

from __future__ import annotations

import sys

import pytest

from fakebox.testing import sdk

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("installed", "reason"),
    [
        ([], "the official SDK is not installed: pip install dropbox"),
        (
            ["fakebox-sdk"],
            (
                "the package 'dropbox' is the SDK of fakebox, not the official SDK; in another"
                " environment: pip install dropbox"
            ),
        ),
        (["dropbox"], "the package 'dropbox' is incomplete: pip install --force-reinstall dropbox"),
        (["dropbox", "fakebox-sdk"], sdk.BOTH_INSTALLED),
    ],
    ids=["none", "other SDK", "incomplete", "both"],
)
def test_dbx_fixture_fails_with_one_line_that_says_what_to_install(
    run, monkeypatch, installed, reason
):
    """The report of the test is one line, and a test without the client passes."""
    monkeypatch.setattr(sdk, "_version", dict.fromkeys(installed, "1.0").get)
    monkeypatch.setitem(sys.modules, "dropbox", None)
    result = run(
        """
        def test_client(dbx):
            pass

        def test_without(fakebox):
            pass
        """
    )
    result.assert_outcomes(errors=1, passed=1)
    lines = result.outlines
    (title,) = (line for line in lines if "ERROR at setup of test_client" in line)
    error, end = lines[lines.index(title) + 1 :][:2]
    assert error == f"the fixture dbx needs the official SDK: {reason}"
    assert end.startswith("====")


def test_dbx_fixture_names_a_missing_dependency_of_the_sdk(run, monkeypatch, tmp_path):
    """A missing dependency of the SDK is not reported as a missing SDK."""
    package = tmp_path / "installed" / "dropbox"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import no_such_dependency\n")
    for name in [name for name in sys.modules if name.partition(".")[0] == "dropbox"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(package.parent)
    result = run("def test_client(dbx): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*official SDK: No module named 'no_such_dependency'"])
