"""The account over version 2, and calls without an equivalent."""

from __future__ import annotations

import json


def test_account_has_the_same_uid_each_time(client):
    """`uid` is an integer that is the same in each response."""
    info = client.account_info()
    assert isinstance(info["uid"], int)
    assert info["uid"] == client.account_info()["uid"]
    assert info["team"] is None


def test_account_has_its_team(scripted, script):
    """The fields of the team have the names of version 1."""
    name = dict.fromkeys(("display_name", "familiar_name", "given_name", "surname"), "n")
    known = ("email", "email_verified", "locale", "referral_link", "is_paired")
    account = {"account_id": "dbid:x", "name": name, **dict.fromkeys(known, "")}
    script.respond(json.dumps({**account, "team": {"id": "7", "name": "Team"}}))
    script.respond(json.dumps({"used": 1, "allocation": {".tag": "team", "allocated": 2}}))
    assert scripted.account_info()["team"] == {"team_id": "7", "name": "Team"}


def test_token_can_be_disabled(client, error_of):
    """After `disable_access_token`, calls raise status 401."""
    client.disable_access_token()
    assert error_of(client.account_info).status == 401


def test_call_without_equivalent_in_version_2_is_an_error(client, error_of):
    """A call that version 2 does not have raises an error with the name of the call."""
    for call in (client.create_oauth2_access_token, lambda: client._get("/datastores/list")):
        error = error_of(call)
        assert error.status in (400, 404)
        assert "has no equivalent of" in error.error_msg
