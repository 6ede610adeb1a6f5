"""Tests of the variables that set the options of `fakebox serve`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import pytest
import urllib3

from fakebox.cli import serve
from fakebox.cli.commands import Parser


def parser() -> Parser:
    """Returns the parser of `serve`."""
    commands: Any = argparse.ArgumentParser().add_subparsers(parser_class=Parser)
    serve.add_to(commands)
    found: Parser = commands.choices["serve"]
    return found


OPTIONS = sorted(
    option
    for action in parser()._actions
    for option in action.option_strings
    if option.startswith("--") and option != "--help"
)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_has_a_variable(option):
    """The name of the variable is that of the option."""
    name = "FAKEBOX_" + option.removeprefix("--").replace("-", "_").upper()
    assert option in parser().variables[name].option_strings


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("FAKEBOX_PORT", "9000", "port", 9000),
        ("FAKEBOX_PORT", "", "port", 8710),
        ("FAKEBOX_TLS", "true", "tls", True),
        ("FAKEBOX_TLS", "1", "tls", True),
        ("FAKEBOX_TLS", "FALSE", "tls", False),
        ("FAKEBOX_RETIRED", "yes", "retired", True),
        (
            "FAKEBOX_TLS_NAME",
            "fakebox, fakebox.internal",
            "tls_name",
            ["fakebox", "fakebox.internal"],
        ),
        ("FAKEBOX_HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("FAKEBOX_QUOTA_STATUS", "507", "quota_status", 507),
        ("FAKEBOX_ADMIN_TOKEN", "-secret", "admin_token", "-secret"),
    ],
)
def test_variable_sets_its_option(monkeypatch, name, value, attribute, expected):
    """The value is converted as that of the option; an empty variable is ignored."""
    monkeypatch.setenv(name, value)
    assert getattr(parser().parse_args([]), attribute) == expected


def test_option_overrides_its_variable(monkeypatch):
    """The command line is applied after the variables."""
    monkeypatch.setenv("FAKEBOX_PORT", "9000")
    monkeypatch.setenv("FAKEBOX_AUTH", "lenient")
    args = parser().parse_args(["--port", "9001"])
    assert (args.port, args.auth) == (9001, "lenient")


@pytest.mark.parametrize("name", ["containers", "continuous-integration"])
def test_variables_on_a_page_exist(name):
    """Each variable of `serve` that a page names is one of its options."""
    page = Path(__file__).parents[2] / "docs" / "howto" / f"{name}.md"
    named = set(re.findall(r"FAKEBOX_[A-Z_]+", page.read_text(encoding="utf-8")))
    assert named <= set(parser().variables)


def test_help_is_printed_despite_an_invalid_variable(monkeypatch, capsys):
    """The help is what a user reads to correct the variable."""
    monkeypatch.setenv("FAKEBOX_PORT", "http")
    with pytest.raises(SystemExit):
        parser().parse_args(["--help"])
    assert "--port" in capsys.readouterr().out


def test_serve_with_log_prints_one_line_for_each_request(serve, monkeypatch):
    """Each line has the request and the status; credentials and control characters are masked."""
    monkeypatch.setenv("FAKEBOX_LOG", "true")
    served = serve()
    served.banner()
    bearer = {"Authorization": "Bearer fakebox-bearer-token"}
    for method, path, body in (
        ("PUT", "/1/files_put/auto/a%0Ab.txt", b"hello"),
        ("GET", "/1/account/info?access_token=fakebox-other-token", None),
        ("POST", "/_fakebox/tokens", b'{"token": "my-secret-token"}'),
        ("DELETE", "/_fakebox/tokens/my-secret-token", None),
        ("DELETE", "/_fakebox/tokens/my/secret", None),
    ):
        urllib3.request(method, served.url + path, body=body, headers=bearer)
    served.process.terminate()
    lines = served.finish()[2].splitlines()
    assert lines == [
        "fakebox: PUT files_put /a?b.txt -> 400",
        "fakebox: GET account/info -> 200",
        "fakebox: POST /_fakebox/tokens -> 201",
        "fakebox: DELETE /_fakebox/tokens/*** -> 204",
        "fakebox: DELETE /_fakebox/tokens/*** -> 404",
    ]
