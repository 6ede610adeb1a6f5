"""A server that is killed at a random moment, under load, and started again.

The number of kills is `FAKEBOX_KILLS`, 5 by default.
"""

from __future__ import annotations

import os
import random
import threading

import urllib3

from fakebox.core import defaults
from fakebox.core.world import World
from fakebox.directory_sync import whole

KILLS = int(os.environ.get("FAKEBOX_KILLS", "5"))
WRITERS = 3
BEARER = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}


class Writer(threading.Thread):
    """Puts one file after the other until nobody answers; remembers what was acknowledged."""

    def __init__(self, url, acknowledged, name):
        super().__init__()
        self._put = f"{url}/1/files_put/dropbox/{name}"
        self._acknowledged = acknowledged
        self._prefix = f"/{name}"
        self.begun = threading.Event()

    def run(self):
        """Write."""
        number = 0
        with urllib3.PoolManager(retries=False) as pool:
            try:
                while True:
                    content = f"{self._prefix}-{number}".encode() * (1 + number % 5000)
                    path = f"{self._put}-{number}.bin"
                    answer = pool.request("PUT", path, body=content, headers=BEARER)
                    if answer.status == 200:
                        self._acknowledged[f"{self._prefix}-{number}.bin"] = content
                    number += 1
                    self.begun.set()
            except urllib3.exceptions.HTTPError:
                self.begun.set()


def test_server_loses_nothing_when_it_is_killed(serve, tmp_path):
    """Every acknowledged change is there, no file is there by half, the database is whole."""
    acknowledged = {}
    data = tmp_path / "data"
    chance = random.Random(1)
    for kill in range(KILLS):
        served = serve("--data", data)
        writers = [
            Writer(served.url, acknowledged, f"{kill}-{writer}") for writer in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.begun.wait()
        # How far the writers have come by then is as random as the machine is.
        threading.Event().wait(chance.random() * 0.1)
        served.process.kill()
        for writer in writers:
            writer.join()
        served.process.wait()
    world = World(data)
    scope = whole(1)
    kept = {entry.path: entry for entry in world.files.descendants(scope)}
    assert acknowledged.keys() <= kept.keys()
    for path, entry in kept.items():
        _, file = world.files.open(scope, path)
        with file:
            content = file.read()
        assert len(content) == entry.size_bytes
        assert content == acknowledged.get(path, content)
    world.close()
