"""What every route does with a request that nothing can be made of."""

from __future__ import annotations

import json

import pytest

from fakebox.v2.app import create_v2

RULES = {rule.rule.lstrip("/"): rule for rule in create_v2().url_map.iter_rules()}
DOWNLOADS = {name for name, rule in RULES.items() if "GET" in rule.methods}
ROUTES = sorted(RULES.keys() - {"oauth2/token", "apitul/1/<token>"})
# The one type that every route takes.
FROM_PAGES = "text/plain; charset=dropbox-cors-hack"
OPEN = {"files/list_folder/longpoll"}
BY_APPS = {"check/app", "auth/token/from_oauth1"}
# There is nothing to say to them.
ARGUMENTLESS = {
    "auth/token/revoke",
    "users/get_current_account",
    "users/get_space_usage",
}
# Every field may be left out.
LENIENT = {
    "check/user",
    "check/app",
    "files/upload_session/start",
    "sharing/list_shared_links",
    "sharing/get_shared_links",
}


def ask(api, route, argument, who=None):
    """The route's answer to an argument, in its body or in its header."""
    text = json.dumps(argument)
    body = b"" if route in DOWNLOADS else text
    return api.raw(f"/2/{route}", body, FROM_PAGES, who, headers={"Dropbox-API-Arg": text})


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in OPEN])
def test_route_is_not_for_strangers(api, route):
    """Nor for somebody else's token, where one is asked for."""
    assert "Must provide HTTP header" in ask(api, route, {}, "").text
    if route not in BY_APPS:
        assert ask(api, route, {}, "Bearer nobody").status_code == 401


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in ARGUMENTLESS])
def test_route_refuses_what_it_does_not_know(api, app_credentials, route):
    """A field that nobody has heard of, something that is no structure, and too little."""
    who = app_credentials if route in BY_APPS else None
    payload = ask(api, route, {"no such field": 1}, who)
    assert (payload.status_code, "unknown field" in payload.text) == (400, True)
    for argument in [] if route in LENIENT else [{}]:
        answer = ask(api, route, argument, who)
        assert (answer.status_code, "missing required field" in answer.text) == (400, True)
    assert "expected object" in ask(api, route, [1], who).text


@pytest.mark.parametrize("argument", [{}, {"no such field": 1}, [], "", 0, False], ids=str)
@pytest.mark.parametrize("route", sorted(ARGUMENTLESS))
def test_route_without_an_argument_takes_null_alone(api, route, argument):
    """Not even an empty structure; and nothing is done."""
    payload = ask(api, route, argument)
    why = f'Error in call to API function "{route}": request body: expected null, got value'
    assert (payload.status_code, payload.text) == (400, why)
    assert ask(api, route, None).status_code == 200


@pytest.mark.parametrize("route", ROUTES)
def test_route_is_for_post(api, route):
    """Or for GET, where it answers with content."""
    answer = api.raw(f"/2/{route}", b"", None, method="PUT")
    assert (answer.status_code, "only accepts the HTTP request methods" in answer.text) == (
        400,
        True,
    )
