"""Declared worlds from Python: `Fakebox(world=...)`, their mistakes, and their written form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from fakebox import Fakebox, mock_dropbox

WORLD = {
    "accounts": [
        {"email": "ada@fakebox.example", "type": "basic", "quota_bytes": 3, "country": "GB"},
        {"email": "user@fakebox.example", "given_name": "Uma"},
    ],
    "apps": [{"key": "my-key", "secret": "my-secret", "redirect_uris": ["https://a.example/"]}],
    "tokens": [
        {"token": "my-token", "app": "my-key", "account": "ada@fakebox.example"},
        {"token": "expired", "expires_in_s": 0},
        {"token": "revoked", "is_revoked": True},
        {"token": "signed", "secret": "signed-secret"},
    ],
    "files": [
        {"path": "/a/b.txt", "text": "hello", "account": "ada@fakebox.example"},
        {"path": "/image", "base64": "/wA="},
    ],
    "folders": [{"path": "/Empty"}],
    "faults": [{"endpoint": "users/get_current_account", "status": 503, "nth": 2}],
    "settings": {"read_only": True},
}


def written(box):
    """Return the declared form of an emulator, as its control plane writes it."""
    response = urllib3.request("GET", f"{box.url}/_fakebox/world")
    assert response.status == 200, response.data
    return response.json()


def account_of(box, token):
    """Return the account of a bearer token, or else the status."""
    url = f"{box.url}/2/users/get_current_account"
    response = urllib3.request("POST", url, headers={"Authorization": f"Bearer {token}"})
    return response.json() if response.status == 200 else response.status


def test_world_has_what_it_declares():
    """Accounts, tokens, files, settings and faults are those of the declared world."""
    with Fakebox(world=WORLD) as box:
        account = account_of(box, "my-token")
        assert (account["email"], account["country"]) == ("ada@fakebox.example", "GB")
        assert account["account_type"] == {".tag": "basic"}
        assert account_of(box, "my-token") == 503
        assert [account_of(box, token) for token in ("expired", "revoked")] == [401, 401]
        assert box.read("/a/b.txt", "ada@fakebox.example") == b"hello"
        assert (box.tree(), box.read("/image")) == (["/Empty/", "/image"], b"\xff\x00")
        headers = {"Authorization": "Bearer fakebox-bearer-token"}
        url = f"{box.url}/1/fileops/create_folder?root=dropbox&path=x"
        assert urllib3.request("POST", url, headers=headers, retries=False).status == 503


def test_world_keeps_what_it_does_not_declare():
    """Ready-made accounts, apps and tokens stay, and keep the fields that are not declared."""
    with Fakebox(world=WORLD) as box:
        account = account_of(box, "fakebox-bearer-token")
        assert (account["email"], account["name"]["given_name"]) == ("user@fakebox.example", "Uma")
        assert account["name"]["surname"] == "User"


def test_ready_made_token_can_be_declared_revoked():
    """A declared token with a ready-made value changes the given fields only."""
    tokens = [{"token": "fakebox-bearer-token", "is_revoked": True}]
    with Fakebox(world={"tokens": tokens}) as box:
        assert account_of(box, "fakebox-bearer-token") == 401
        assert account_of(box, "fakebox-sandbox-bearer-token")["email"] == "user@fakebox.example"


def test_reset_returns_to_the_declared_world():
    """A reset restores files, faults, settings and tokens of the declared world."""
    with Fakebox(world=WORLD) as box:
        first = written(box)
        box.configure(read_only=False, quota_status=507)
        box.write("/new.txt", "x")
        box.write("/image", "x")
        box.world.tokens.revoke("my-token")
        box.faults.clear()
        box.add_account("new@fakebox.example")
        box.reset()
        assert written(box) == first


def test_argument_wins_over_the_setting_of_the_world():
    """An argument of `Fakebox` wins over the same setting in the declared world."""
    world = {"settings": {"credentials": "any"}}
    with Fakebox(world=world) as any_box, Fakebox(world=world, credentials="strict") as strict:
        assert account_of(any_box, "x")["email"] == "user@fakebox.example"
        assert account_of(strict, "fakebox-x") == 401


@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_paths_of_a_file_are_relative_to_its_directory(tmp_path, monkeypatch, suffix):
    """Sources in a JSON or TOML file are found from any current directory."""
    directory = tmp_path / "world"
    (directory / "photos" / "sub").mkdir(parents=True)
    (directory / "photos" / "sub" / "a.png").write_bytes(b"png")
    (directory / "note.txt").write_text("note")
    form = {
        "json": json.dumps(
            {
                "files": [{"path": "/b.txt", "source": "note.txt"}],
                "directories": [{"source": "photos", "path": "/Photos"}],
            }
        ),
        "toml": (
            '[[files]]\npath = "/b.txt"\nsource = "note.txt"\n'
            "client_modified = 2014-05-13T16:53:20Z\n"
            '[[directories]]\nsource = "photos"\npath = "/Photos"\n'
        ),
    }
    (directory / f"world.{suffix}").write_text(form[suffix])
    monkeypatch.chdir(tmp_path)
    with Fakebox("inprocess", world=f"world/world.{suffix}") as box:
        assert box.tree() == ["/Photos/", "/Photos/sub/", "/Photos/sub/a.png", "/b.txt"]
        assert box.read("/b.txt") == b"note"


def test_data_directory_keeps_its_content(tmp_path):
    """The declared world is stored in a new directory, and not in one that has content."""
    world = {"files": [{"path": "/a.txt", "text": "first"}]}
    with Fakebox("inprocess", data=tmp_path / "data", world=world) as box:
        assert box.read("/a.txt") == b"first"
        box.write("/a.txt", "second")
    with Fakebox("inprocess", data=tmp_path / "data", world=world) as box:
        assert box.read("/a.txt") == b"second"
        box.reset()
        assert box.read("/a.txt") == b"first"


def test_namespaces_start_as_declared():
    """Each namespace starts as the declared world, and a declared token creates it."""
    world = {"files": [{"path": "/a.txt", "text": "x"}], "tokens": [{"token": "my-token"}]}
    with Fakebox(world=world) as box:
        headers = {"Authorization": "Bearer one~my-token"}
        url = f"{box.url}/1/metadata/dropbox/a.txt"
        assert urllib3.request("GET", url, headers=headers).status == 200
        box.write("/a.txt", "changed")
        assert urllib3.request("GET", url, headers=headers).json()["bytes"] == 1


def test_seed_makes_a_declared_world_repeatable():
    """Two emulators with the same seed and the same world have the same written form."""
    world = {"accounts": [{"email": "ada@fakebox.example"}], "apps": [{"key": "my-key"}]}
    forms = []
    for _ in range(2):
        with Fakebox(world=world, random_seed=7) as box:
            box.add_app("Other")
            forms.append(written(box))
    assert forms[0] == forms[1]


@mock_dropbox(world={"files": [{"path": "/a.txt", "text": "x"}]}, credentials="any")
def test_decorator_accepts_world_and_credentials(fakebox):
    """`mock_dropbox` passes the arguments to its emulators."""
    headers = {"Authorization": "Bearer my-app-token"}
    url = "https://api.dropboxapi.com/1/metadata/auto/a.txt"
    assert urllib3.request("GET", url, headers=headers).status == 200


# --- mistakes ------------------------------------------------------------------------------------


def test_all_mistakes_are_reported_at_once():
    """Several mistakes, also in one item, have one line each, and secrets are not shown."""
    world = {
        "accounts": [{"email": "a@b", "type": "x", "quota_bytes": "1"}],
        "tokens": [{"token": "not a secret", "account": "none@x"}],
        "files": [{"path": "/desktop.ini", "text": ""}],
        "settings": {"none": 1},
    }
    with pytest.raises(ValueError, match=r".") as caught:
        Fakebox("inprocess", world=world)
    places = [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert sorted(places) == [
        "accounts[0].quota_bytes",
        "accounts[0].type",
        "files[0]",
        "settings.none",
        "tokens[0].account",
        "tokens[0].token",
    ]
    assert "not a secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.yaml", "", "the name of a declared world must end with .json or .toml, not a.yaml"),
        ("a.json", None, "cannot read a.json: No such file or directory"),
        ("a.json", "[]", "a.json must contain an object, not list"),
        ("a.json", "{", "a.json is not JSON: "),
        ("a.json", '{"apps": [], "apps": []}', "an object has the name 'apps' twice"),
        ("a.json", '{"settings": {"x": NaN}}', "NaN is not a number of JSON"),
        ("a.toml", "x = [", "a.toml is not TOML: "),
        ("a.json", '{"files": 1}', "a.json: files: must be of type list, not integer"),
    ],
)
def test_file_that_cannot_be_used_is_one_line(tmp_path, monkeypatch, name, content, text):
    """A file that is missing or malformed raises ValueError with one line."""
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_text(content)
    with pytest.raises(ValueError, match=r".") as caught:
        Fakebox("inprocess", world=name)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


# --- the written form ----------------------------------------------------------------------------

_NAMES = st.text("abXYé ._:*-", min_size=1, max_size=6).filter(
    lambda name: name.strip() == name and name not in (".", "..")
)
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
_EMAILS = st.sampled_from(["user@fakebox.example", "other@fakebox.example", "ada@fakebox.example"])
_TOKENS = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "access": st.sampled_from(["dropbox", "app_folder", "either"]),
            "account": _EMAILS,
            # In the middle of an hour; see `without_times`.
            "expires_in_s": st.sampled_from([0, 1_800, 10**9 - 1_000]),
            "is_revoked": st.booleans(),
            "refresh_token": st.sampled_from(["r1", "r2", "fakebox-refresh-token"]),
            "scopes": st.lists(st.sampled_from(["sharing.read", "files.content.read"])),
        },
    ),
    st.fixed_dictionaries({"secret": st.sampled_from(["s", "t"])}),
    st.fixed_dictionaries({"type": st.just("refresh"), "needs_secret": st.booleans()}),
    st.fixed_dictionaries({"oauth1_token": st.just("fakebox-token")}),
)
_FAULTS = st.fixed_dictionaries(
    {"status": st.sampled_from([429, 500, 503])},
    optional={
        "times": st.one_of(st.none(), st.integers(1, 3)),
        "nth": st.integers(1, 3),
        "body": st.one_of(st.text(max_size=5), st.just({"a": [1]})),
        "endpoint": st.sampled_from(["files/upload", "delta", "files/*"]),
        "headers": st.just({"X-A": "b"}),
    },
)


@st.composite
def worlds(draw):
    """Declared worlds without mistakes."""
    files, used = [], set()
    for path in draw(st.lists(_PATHS, max_size=4)):
        first = path.split("/")[1].lower()
        if first not in used:
            used.add(first)
            content = draw(
                st.one_of(
                    st.text(max_size=4).map(lambda text: {"text": text}),
                    st.just({"base64": "/wA="}),
                )
            )
            files.append({"path": path, "account": draw(_EMAILS), **content})
    return {
        "accounts": [
            {
                "email": "ada@fakebox.example",
                "type": draw(st.sampled_from(["basic", "pro", "business"])),
                "quota_bytes": draw(st.integers(0, 2**40)),
                "auto_approve": draw(st.booleans()),
                "given_name": draw(st.text(max_size=3)),
            }
        ],
        "apps": [
            {"key": f"key-{number}", "redirect_uris": uris, "is_disabled": draw(st.booleans())}
            for number, uris in enumerate(
                draw(st.lists(st.lists(st.just("https://a.example/")), max_size=2))
            )
        ],
        "tokens": [
            {"token": f"token-{number}", **fields}
            for number, fields in enumerate(draw(st.lists(_TOKENS, max_size=4)))
        ],
        "files": files,
        "folders": [
            {"path": f"/folder {number}/{path.strip('/')}"}
            for number, path in enumerate(draw(st.lists(_PATHS, max_size=2)))
        ],
        "faults": draw(st.lists(_FAULTS, max_size=2)),
        "settings": draw(st.sampled_from([{}, {"read_only": True}, {"delta_page_size": 3}])),
    }


@given(worlds())
def test_world_of_the_written_form_is_equal(world):
    """A world that is loaded from the written form of another one has the same written form."""
    with Fakebox(world=world) as box:
        box.clock.freeze()
        form = written(box)
        for section in ("files", "folders", "faults"):
            assert len(form[section]) == len(world[section])
    with Fakebox(world=form) as loaded:
        assert without_times(written(loaded)) == without_times(form)


def without_times(form):
    """Return a form without the rest of lifetimes, which get shorter during the test."""
    for token in form["tokens"]:
        if "expires_in_s" in token:
            token["expires_in_s"] = token["expires_in_s"] // 3600
    return form


def test_written_form_has_what_is_left():
    """The written form has changes since the start, and only faults that can still be applied."""
    with Fakebox() as box:
        box.faults.add(status=500, endpoint="files_put")
        box.faults.add(status=503, endpoint="account/info", times=3)
        box.write("/a.txt", "hello")
        token = box.add_token(refresh=True, scopes=["account_info.read"])
        box.world.tokens.revoke("fakebox-token")
        url = f"{box.url}/1/account/info?access_token=fakebox-bearer-token"
        assert urllib3.request("GET", url, retries=False).status == 503
        form = written(box)
        assert [file["path"] for file in form["files"]] == ["/a.txt"]
        assert [fault.get("times") for fault in form["faults"]] == [None, 2]
        shown = {each["token"]: each for each in form["tokens"]}
        assert shown[token.access_token]["refresh_token"] == token.refresh_token
        assert shown["fakebox-token"]["is_revoked"] is True
    with Fakebox(world=form) as loaded:
        assert loaded.read("/a.txt") == b"hello"
        assert account_of(loaded, token)["email"] == "user@fakebox.example"


@pytest.mark.parametrize("body", [b"\xff", lambda _: "x"])
def test_form_of_a_fault_that_cannot_be_written_is_400(body):
    """A body that JSON cannot contain is an error, and is not replaced by another one."""
    with Fakebox() as box:
        box.faults.add(status=500, body=body)
        response = urllib3.request("GET", f"{box.url}/_fakebox/world")
        assert (response.status, "the fault 1 has" in response.json()["error"]) == (400, True)
