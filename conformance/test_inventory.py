"""Every statement has a case or a reason, and the statements cover the SDK's page."""

import inspect
from itertools import pairwise

import pytest

from conformance.inventory import HERE, cases, statements, tomllib
from dropbox import client, rest, session

PAGE = tomllib.loads((HERE / "seed_page.toml").read_text(encoding="utf-8"))
CLASSES = {
    "ChunkedUploader": client.ChunkedUploader,
    "DropboxClient": client.DropboxClient,
    "DropboxSession": session.DropboxSession,
    "ErrorResponse": rest.ErrorResponse,
    "RESTClient": rest.RESTClient,
    "RESTSocketError": rest.RESTSocketError,
}
# Introductions, and an attribute.
NOT_CALLABLE = {"introduction", "sessions", "rest", "RESTClient.IMPL"}
STATEMENTS = {
    name: statement
    for name, statement in statements().items()
    if statement["source"].startswith("seed: ")
}


def parts_of(entry):
    """Return the parts of an entry of the page: sentences, statuses and defaults."""
    defaults = [
        f"{argument.partition('=')[0]}.default"
        for argument in entry.get("arguments", [])
        if "=" in argument
    ]
    sentences = [
        f"{name}.{number}"
        for name, count in entry.get("sentences", {}).items()
        for number in range(1, count + 1)
    ]
    return [*defaults, *sentences, *(f"raises.{status}" for status in entry.get("raises", []))]


def test_every_statement_has_a_case_or_a_reason():
    """Every statement is checked by a case, or has the reason why no case can check it."""
    reasons = {name for name, statement in statements().items() if "reason" in statement}
    assert set(statements()) - set(cases()) - reasons == set()
    assert reasons & set(cases()) == set()


def test_every_case_has_a_statement():
    """Every id that a case names is a statement."""
    assert set(cases()) - set(statements()) == set()


@pytest.mark.parametrize("name", PAGE)
def test_every_part_of_the_page_has_a_statement(name):
    """Every sentence, status and default of an entry of the page is covered by one statement."""
    covered = [
        part
        for statement in STATEMENTS.values()
        if statement["source"] == f"seed: {name}"
        for part in statement.get("covers", [])
    ]
    assert sorted(covered) == sorted(parts_of(PAGE[name]))


def test_statements_are_in_the_order_of_the_page():
    """The statements of the page are in the order of its entries."""
    order = [f"seed: {name}" for name in PAGE]
    places = [order.index(statement["source"]) for statement in STATEMENTS.values()]
    assert all(first <= second for first, second in pairwise(places))


@pytest.mark.parametrize("name", sorted(set(PAGE) - NOT_CALLABLE))
def test_signature_is_that_of_the_page(name):
    """The SDK has every class and method of the page, with its arguments in their order."""
    owner, _, method = name.partition(".")
    found = getattr(CLASSES[owner], method) if method else CLASSES[owner]
    parameters = list(inspect.signature(found).parameters.values())
    if method and inspect.isfunction(found):
        parameters = parameters[1:]
    documented = PAGE[name].get("arguments", [])
    pairs = list(zip(parameters, documented, strict=False))
    assert len(pairs) == len(documented)
    # Later releases made arguments optional that the page requires.
    assert [written(parameter, "=" in text) for parameter, text in pairs] == documented
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    assert all(
        parameter.default is not inspect.Parameter.empty or parameter.kind in optional
        for parameter in parameters[len(documented) :]
    )


def written(parameter, has_default):
    """Return an argument as the page writes it, such as `rev=None`, or `path` without a default."""
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    name = f"{stars.get(parameter.kind, '')}{parameter.name}"
    if not has_default or parameter.default is inspect.Parameter.empty:
        return name
    default = getattr(parameter.default, "__name__", None) or repr(parameter.default)
    return f"{name}={default}"
