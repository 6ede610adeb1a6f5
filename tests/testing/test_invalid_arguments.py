"""Invalid arguments of `Fakebox`: each is a ValueError of one line, and changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakebox import Fakebox

AUTHORIZE = "https://www.dropbox.com/oauth2/authorize?client_id=fakebox-app-key&response_type=code"

CALLS = {
    "quota, negative": lambda box: box.set_quota(-1),
    "quota, text": lambda box: box.set_quota("5"),
    "quota, fraction": lambda box: box.set_quota(1.5),
    "quota, None": lambda box: box.set_quota(None),
    "quota, more than 64 bits": lambda box: box.set_quota(2**70),
    "account, number": lambda box: box.add_account(5),
    "account, empty": lambda box: box.add_account(""),
    "account, password": lambda box: box.add_account("ada@fakebox.example", 5),
    "account, name": lambda box: box.add_account("ada@fakebox.example", given_name=5),
    "account, quota": lambda box: box.add_account("ada@fakebox.example", quota_bytes="5"),
    "account, flag": lambda box: box.add_account("ada@fakebox.example", auto_approve="yes"),
    "app, name": lambda box: box.add_app(5),
    "app, flag": lambda box: box.add_app("App", auto_approve="yes"),
    "app, number for URIs": lambda box: box.add_app("App", redirect_uris=5),
    "app, number in URIs": lambda box: box.add_app("App", redirect_uris=[5]),
    "clock, text": lambda box: box.clock.advance("5"),
    "clock, None": lambda box: box.clock.set(None),
    "clock, timedelta": lambda box: box.clock.advance(timedelta(hours=5)),
    "rate, text": lambda box: box.limit_rate("2", 1),
    "rate, fraction": lambda box: box.limit_rate(1.5, 1),
    "rate, period": lambda box: box.limit_rate(1, "1"),
    "rate, status": lambda box: box.limit_rate(1, 1, status="429"),
    "write, path": lambda box: box.write(5, b""),
    "write, None": lambda box: box.write("/a.txt", None),
    "write, number": lambda box: box.write("/a.txt", 5),
    "write, dictionary": lambda box: box.write("/a.txt", {"a": 1}),
    "read, path": lambda box: box.read(None),
    "authorize, not UTF-8": lambda box: box.authorize(f"{AUTHORIZE}&state=%ff"),
    "authorize, too many": lambda box: box.authorize(AUTHORIZE + "&a=1" * 20_000),
    "requests, times": lambda box: box.requests.assert_made("files/upload", times=-1),
    "requests, endpoint": lambda box: box.requests.assert_made("files/uplaod", times=0),
    "requests, found endpoint": lambda box: box.requests.find("files/uplaod"),
    "requests, text": lambda box: box.requests.assert_made("files/upload", times="2"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_invalid_argument_raises_and_changes_nothing(quick, call):
    """An argument with an invalid value is a ValueError of one line; nothing is changed."""
    before = (quick.account(), len(quick.world.accounts.all()), len(quick.world.apps.all()))
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z"):
        call(quick)
    after = (quick.account(), len(quick.world.accounts.all()), len(quick.world.apps.all()))
    assert after == before
    assert quick.tree() == []


def test_error_for_a_password_does_not_contain_it(quick):
    """The error for a password that is not a string contains only its type."""
    with pytest.raises(ValueError, match="password must be a string, not bytes") as caught:
        quick.add_account("ada@fakebox.example", b"secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("port", [-1, 65_536, "8710", 1.5, None])
def test_invalid_port_raises(port):
    """A port that cannot exist is rejected before anything is made."""
    with pytest.raises(ValueError, match="port must be between 0 and 65535, not"):
        Fakebox(port=port)


@pytest.mark.parametrize("wrong", [{"transport": "x"}, {"port": -1}, {"host": 5}])
def test_invalid_argument_leaves_the_data_directory_free(tmp_path, wrong):
    """A data directory can be used after a Fakebox for it was rejected."""
    with pytest.raises(ValueError, match="must be") as caught:
        Fakebox(data=tmp_path, **wrong)
    with Fakebox(data=tmp_path, transport="inprocess") as box:
        assert box.tree() == []
    # Until here the error has kept all objects of its traceback.
    assert caught.value
