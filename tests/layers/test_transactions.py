"""Views of version 1 are one transaction, with listed exceptions."""

from __future__ import annotations

import ast
from pathlib import Path

import fakebox

# The views that open separate transactions, with the reason.
SEVERAL_TRANSACTIONS = {
    "put": "receives a body",
    "post": "receives a body",
    "chunked_upload": "receives a body",
    "commit_chunked_upload": "waits for a chunk",
    "longpoll_delta": "waits for changes",
    "thumbnails": "makes a picture",
    "previews": "makes a page",
}
MODULES = sorted((Path(fakebox.__file__).parent / "v1").glob("*.py"))


def decorated_views():
    """Yield the names of all views, with the calls that decorate them."""
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and "blueprint" in ast.unparse(decorator):
                        yield node.name, decorator


def test_views_are_one_transaction_unless_they_are_listed():
    """A view and its authentication share one transaction, except for a few views that wait."""
    found = {
        name
        for name, decorator in decorated_views()
        if any(keyword.arg == "is_one_transaction" for keyword in decorator.keywords)
    }
    assert found == SEVERAL_TRANSACTIONS.keys()


def test_all_views_are_registered_with_their_transaction():
    """All views are registered by `route` of version 1, and none by a method of a blueprint."""
    views = list(decorated_views())
    assert len(views) > len(SEVERAL_TRANSACTIONS)
    assert {ast.unparse(decorator.func) for _, decorator in views} == {"route"}
