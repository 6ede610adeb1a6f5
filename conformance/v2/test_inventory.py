"""Every served route has statements, every statement has a case, and every case a statement."""

from pathlib import Path

import pytest

from conformance.inventory import cases, read_statements, statements
from conformance.v2.api import routes

STATEMENTS = read_statements(Path(__file__).parent)
# Statements that a case with raw requests checks; those of the official SDK do not count.
CHECKED = {
    name for name, found in cases().items() if any(case.name.startswith("v2/") for case in found)
}


def served():
    """Return the routes that the emulator serves."""
    from fakebox.v2.app import create_v2

    rules = {rule.rule[1:] for rule in create_v2().url_map.iter_rules()}
    return {rule for rule in rules if not rule.startswith(("apitul/", "oauth2/"))}


def test_every_statement_has_a_case():
    """Every statement about version 2 is checked by a case."""
    assert set(STATEMENTS) - CHECKED == set()


def test_every_case_has_a_statement():
    """Every id that a case names is a statement about version 2."""
    assert CHECKED - set(STATEMENTS) == set()


def test_report_has_every_statement():
    """The report counts the statements about version 2 like all others."""
    assert STATEMENTS.items() <= statements().items()


def test_every_served_route_is_in_the_specification():
    """The emulator serves only routes of the published specification, and all of the list."""
    assert served() == set(routes())


def test_every_served_route_has_a_statement():
    """Every route that the emulator serves has at least one statement."""
    named = {route for statement in STATEMENTS.values() for route in statement.get("routes", ())}
    assert set(routes()) - named == set()
    assert named - set(routes()) == set()


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement_has_a_source_and_a_summary(name):
    """A statement names its source: a page, a docstring, a recorded or a quoted response."""
    statement = STATEMENTS[name]
    assert set(statement) <= {"source", "says", "routes"}
    assert statement["says"].endswith(".")
    assert len(statement["says"]) <= 100
    assert statement["source"]


def test_every_scope_has_a_route():
    """Routes for users have the scope of the specification, except for the one that revokes."""
    without = {name for name, route in routes().items() if not route["scope"]}
    assert without == {"auth/token/from_oauth1", "auth/token/revoke", "check/app"}
