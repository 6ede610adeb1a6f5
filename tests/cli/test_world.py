"""`fakebox serve --world` and `--credentials`, and the variables that are their defaults."""

from __future__ import annotations

import json

import pytest
import urllib3

from tests.command_line import run_here

WORLD = """
[[accounts]]
email = "ada@fakebox.example"
type = "basic"

[[tokens]]
token = "my-token"
account = "ada@fakebox.example"

[[files]]
path = "/notes.txt"
text = "hello"
account = "ada@fakebox.example"

[settings]
quota_status = 507
on_conflict = "forbid"
"""


def account_of(served, token):
    """Return the e-mail address of the account of a bearer token, or else the status."""
    url = f"{served.url}/2/users/get_current_account"
    response = urllib3.request("POST", url, headers={"Authorization": f"Bearer {token}"})
    return response.json()["email"] if response.status == 200 else response.status


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No variable of this machine is used."""
    monkeypatch.delenv("FAKEBOX_WORLD", raising=False)


@pytest.mark.parametrize("by", ["option", "variable"])
def test_serve_starts_with_the_declared_world(serve, tmp_path, monkeypatch, by):
    """The world is that of the option or the variable, also after a reset."""
    (tmp_path / "world.toml").write_text(WORLD)
    if by == "variable":
        monkeypatch.setenv("FAKEBOX_WORLD", "world.toml")
    served = serve(*(["--world", "world.toml"] if by == "option" else []))
    assert account_of(served, "my-token") == "ada@fakebox.example"
    control = f"{served.url}/_fakebox"
    assert urllib3.request("DELETE", f"{control}/tokens/my-token").status == 204
    assert account_of(served, "my-token") == 401
    assert urllib3.request("POST", f"{control}/reset").status == 200
    assert account_of(served, "my-token") == "ada@fakebox.example"


def test_written_form_is_accepted_by_serve(serve, tmp_path):
    """The form that the control plane writes starts an equal world."""
    (tmp_path / "world.toml").write_text(WORLD)
    first = serve("--world", "world.toml")
    form = urllib3.request("GET", f"{first.url}/_fakebox/world").json()
    (tmp_path / "copy.json").write_text(json.dumps(form))
    second = serve("--world", "copy.json")
    assert urllib3.request("GET", f"{second.url}/_fakebox/world").json() == form


def test_option_wins_over_the_setting_of_the_world(serve, tmp_path):
    """A setting that is an option as well has the value of the option."""
    (tmp_path / "world.toml").write_text(WORLD)
    served = serve("--world", "world.toml", "--on-conflict", "rename", "--credentials", "any")
    shown = urllib3.request("GET", f"{served.url}/_fakebox/settings").json()
    names = ("quota_status", "on_conflict", "credentials")
    assert [shown[name] for name in names] == [507, "rename", "any"]
    assert account_of(served, "unknown") == "user@fakebox.example"


def test_settings_without_a_world_are_the_defaults(serve):
    """Without options and a world, unknown credentials are rejected."""
    served = serve()
    assert account_of(served, "fakebox-unknown") == 401


def test_mistakes_are_printed_before_anything_is_served(tmp_path, monkeypatch):
    """Each mistake is one line with the file and the location, and the status is 2."""
    monkeypatch.chdir(tmp_path)
    world = {
        "accounts": [{"email": "a@b", "type": "gold", "quota_bytes": -1}],
        "files": [{"path": "/a", "source": "missing"}],
        "teams": [],
    }
    (tmp_path / "world.json").write_text(json.dumps(world))
    done = run_here("serve", "--port", "0", "--world", "world.json", "--data", "data")
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert sorted(line.partition(": must")[0] for line in lines) == [
        "fakebox: world.json: accounts[0].quota_bytes",
        "fakebox: world.json: accounts[0].type",
        "fakebox: world.json: files[0]: cannot read missing: No such file or directory",
        "fakebox: world.json: teams: this version of fakebox cannot declare them",
    ]
    assert not (tmp_path / "data").exists()
