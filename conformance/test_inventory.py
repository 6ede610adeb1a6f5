"""Every statement has a case, and every case has a statement."""

import ast
from pathlib import Path

from conformance.inventory import statements
from dropbox.client import ChunkedUploader, DropboxClient
from dropbox.rest import RESTClient
from dropbox.session import DropboxSession

# Names without a statement: the 2012 documentation does not have them.
NOT_IN_THE_SEED = {
    "ChunkedUploader",
    "close",
    "commit_chunked_upload",
    "create_oauth2_access_token",
    "disable_access_token",
    "download",
    "iter_delta",
    "longpoll_delta",
    "upload",
    "walk",
    "with_options",
    # Of sessions: hosts and serialization.
    "API_CONTENT_HOST",
    "API_HOST",
    "API_NOTIFY_HOST",
    "API_VERSION",
    "WEB_HOST",
    "from_dict",
    "retries",
    "to_dict",
}


def checked():
    """Yield every statement that a case names."""
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "checks":
                yield from (argument.value for argument in node.args)


def test_every_statement_has_a_case():
    """Every statement is checked by a case."""
    assert set(statements()) - set(checked()) == set()


def test_every_case_has_a_statement():
    """Every id that a case names is a statement."""
    assert set(checked()) - set(statements()) == set()


def test_every_public_name_of_the_client_has_a_statement():
    """Each public name of the client has a statement, or is in the list of later names."""
    sources = " ".join(statement["source"] for statement in statements().values())
    names = {name for name in vars(DropboxClient) if not name.startswith("_")}
    missing = {name for name in names - NOT_IN_THE_SEED if f"DropboxClient.{name}" not in sources}
    assert missing == set()
    assert ChunkedUploader.__name__ in sources


def test_every_public_name_of_sessions_and_the_rest_layer_has_a_statement():
    """Each public name of the other classes has a statement as well."""
    sources = " ".join(statement["source"] for statement in statements().values())
    for kind in (DropboxSession, RESTClient, ChunkedUploader):
        names = {name for name in vars(kind) if not name.startswith("_")} - NOT_IN_THE_SEED
        missing = {name for name in names if f"{kind.__name__}.{name}" not in sources}
        assert missing == set()
    assert {"ErrorResponse", "RESTSocketError"} <= set(sources.split())
