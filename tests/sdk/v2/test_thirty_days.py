"""A program that uses one session for thirty days: expiries, rate limits, faults and restarts.

The program has only the SDK and a file with its state. The emulator's clock replaces the time of
the emulator and of the program, so a day takes less than a second.
"""

from __future__ import annotations

import json
import random
import re

import pytest
import urllib3

from dropbox.client import DropboxClient, DropboxOAuth2FlowNoRedirect
from dropbox.rest import RESTClientObject
from dropbox.retry import RetryPolicy
from dropbox.session import DropboxOAuth2Session
from fakebox import Fakebox, Fault

DAYS = 30
STEP_S = 3 * 60 * 60
STEPS = DAYS * 24 * 60 * 60 // STEP_S
LIFETIME_S = 4 * 60 * 60
# The attempts of the program's policy survive each of these.
FAULTS = (
    {"status": 429, "retry_after_s": 30},
    {"status": 503, "retry_after_s": 5},
    {"endpoint": "files/*", "expired_token": True},
    {"endpoint": "/oauth2/token", "status": 503},
    {"endpoint": "/oauth2/token", "status": 429, "retry_after_s": 10},
    {"endpoint": "/oauth2/token", "cut_after_bytes": 30},
    {"endpoint": "/oauth2/token", "reset": "before_read"},
    {"endpoint": "/oauth2/token", "reset": "after_applied"},
    {"endpoint": "files/list_folder/continue", "reset": "after_applied"},
    {"endpoint": "files/list_folder/continue", "status": 500},
)


class Program:
    """A program that mirrors a Dropbox, and stores a file at each step.

    Args:
        box: the emulator; its clock is the program's clock.
        state_file: the file with the tokens, the cursor and the mirror.
        skew_s: how far the program's clock is ahead of the emulator's, in seconds.
    """

    def __init__(self, box, state_file, skew_s):
        self._state_file = state_file
        self._state = json.loads(state_file.read_text())
        policy = RetryPolicy(clock=lambda: box.clock.now() + skew_s, sleep=box.clock.advance)
        self._rest_client = RESTClientObject()
        session = DropboxOAuth2Session.from_dict(
            self._state["session"], self._rest_client, on_refresh=self._store
        )
        session.retries = policy
        self._client = DropboxClient(session, self._rest_client, retries=policy)
        self.fails_to_store = False

    def step(self, number):
        """Store a file, and follow the changes."""
        path = f"/day {number * STEP_S // 86_400}/file {number}.txt"
        self._client.put_file(path, f"content {number}", overwrite=True)
        while True:
            page = self._client.delta(self._state["cursor"])
            for key, metadata in page["entries"]:
                self._state["mirror"][key] = metadata["path"]
            self._state["cursor"] = page["cursor"]
            if not page["has_more"]:
                break
        self._store(self._client.session)

    def stop(self):
        """Release the connections; the state is in the file."""
        self._rest_client.close()

    def _store(self, session):
        if self.fails_to_store:
            self.fails_to_store = False
            raise OSError("no space left on device")
        self._state["session"] = session.to_dict()
        self._state_file.write_text(json.dumps(self._state))


def link(box, state_file):
    """Link the program to an account, with PKCE and without a secret."""
    app = box.add_app("Mirror", auto_approve=True)
    flow = DropboxOAuth2FlowNoRedirect(app.key, api="v2")
    page = urllib3.request("GET", flow.start()).data.decode()
    result = flow.finish(re.search(r'id="auth-code">([^<]+)<', page)[1])
    session = DropboxOAuth2Session(
        result.access_token,
        api="v2",
        oauth2_refresh_token=result.refresh_token,
        oauth2_access_token_expiration=result.expires_at,
        app_key=app.key,
    )
    state = {"session": session.to_dict(), "cursor": None, "mirror": {}}
    state_file.write_text(json.dumps(state))


class Emulator:
    """An emulator with a data directory, which can be restarted.

    Args:
        directory: the data directory.
        use_url: called with the address after each start.
    """

    def __init__(self, directory, use_url):
        self._directory = directory
        self._use_url = use_url
        self._entries = []
        self._start(None)

    def restart(self):
        """Stop, and start again with the same data at the same time."""
        now_s = self.box.clock.now()
        self.stop()
        self._start(now_s)

    def stop(self):
        """Stop, and keep the journal."""
        self._entries += self.box.requests
        self.box.stop()

    def count(self, **fields):
        """Count the requests with these values, of all runs."""
        return sum(
            all(getattr(entry, name) == value for name, value in fields.items())
            for entry in self._entries
        )

    def _start(self, now_s):
        self.box = Fakebox(data=self._directory).start()
        self.box.clock.freeze()
        if now_s is not None:
            self.box.clock.set(now_s)
        self._use_url(self.box.url)


@pytest.fixture
def emulator(tmp_path, monkeypatch):
    """A started emulator; new sessions use its address."""
    started = Emulator(
        tmp_path / "data", lambda url: monkeypatch.setenv("DROPBOX_ENDPOINT_URL", url)
    )
    yield started
    started.box.stop()


def disturb(box, number, chance):
    """Add a fault to some of the steps, and limit the rate of others."""
    if chance.random() < 0.3:
        box.faults.add(Fault(**chance.choice(FAULTS)))
    if number % 40 == 20:
        box.limit_rate(2, 10)
    if number % 40 == 30:
        box.limit_rate(1000, 1)


@pytest.mark.parametrize("skews_s", [[0], [-10_000, 0, 10_000]], ids=["right", "changing"])
def test_session_is_used_for_thirty_days(emulator, tmp_path, skews_s):
    """The program never sees an error of its token, and stores and mirrors every file.

    With a changing clock, a restarted program reads an expiry that another clock has computed.
    """
    chance = random.Random(1)
    state_file = tmp_path / "state.json"
    link(emulator.box, state_file)
    began_s = emulator.box.clock.now()
    program = Program(emulator.box, state_file, chance.choice(skews_s))
    failed_stores = 0
    for number in range(STEPS):
        disturb(emulator.box, number, chance)
        program.fails_to_store = number % 50 == 25
        try:
            program.step(number)
        except OSError as error:
            if "no space left" not in str(error):
                raise
            failed_stores += 1
            program.step(number)
        emulator.box.clock.advance(STEP_S)
        restarts_emulator = number % 60 == 59
        if restarts_emulator:
            emulator.restart()
        if restarts_emulator or chance.random() < 0.1:
            program.stop()
            program = Program(emulator.box, state_file, chance.choice(skews_s))
    program.stop()
    elapsed_s, tree = emulator.box.clock.now() - began_s, emulator.box.tree()
    emulator.stop()

    assert len([path for path in tree if path.endswith(".txt")]) == STEPS
    mirror = json.loads(state_file.read_text())["mirror"]
    assert sorted(mirror.values()) == sorted(path.rstrip("/") for path in tree)
    assert elapsed_s >= DAYS * 24 * 60 * 60
    assert failed_stores > 1
    # A step is shorter than the lifetime of a token, and two steps are longer.
    assert STEPS / 2 <= emulator.count(endpoint="/oauth2/token") <= STEPS * 1.5
    # The faults have happened.
    assert all(emulator.count(status=status) for status in (401, 429, 500, 503))
