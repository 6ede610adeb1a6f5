"""Tests that a server killed under load starts again without data loss.

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
    """Uploads files until the server stops, and records the acknowledged ones."""

    def __init__(self, url, acknowledged, name):
        super().__init__()
        self._put = f"{url}/1/files_put/dropbox/{name}"
        self._acknowledged = acknowledged
        self._prefix = f"/{name}"
        self.started = threading.Event()

    def run(self):
        """Uploads files until a request fails."""
        number = 0
        with urllib3.PoolManager(retries=False) as pool:
            try:
                while True:
                    content = f"{self._prefix}-{number}".encode() * (1 + number % 5000)
                    path = f"{self._put}-{number}.bin"
                    response = pool.request("PUT", path, body=content, headers=BEARER)
                    if response.status == 200:
                        self._acknowledged[f"{self._prefix}-{number}.bin"] = content
                    number += 1
                    self.started.set()
            except urllib3.exceptions.HTTPError:
                self.started.set()


def test_server_keeps_acknowledged_changes_when_killed(serve, tmp_path):
    """After kills under load, every acknowledged file exists and every file is complete."""
    acknowledged = {}
    data = tmp_path / "data"
    random_source = random.Random(1)
    for kill in range(KILLS):
        served = serve("--data", data)
        writers = [
            Writer(served.url, acknowledged, f"{kill}-{writer}") for writer in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.started.wait()
        # A random wait, so that the writers are killed in different states. The test passes in any.
        threading.Event().wait(random_source.random() * 0.1)
        served.process.kill()
        for writer in writers:
            writer.join()
        served.process.wait()
    world = World(data)
    scope = whole(1)
    stored = {entry.path: entry for entry in world.files.descendants(scope)}
    assert acknowledged.keys() <= stored.keys()
    for path, entry in stored.items():
        _, file = world.files.open(scope, path)
        with file:
            content = file.read()
        assert len(content) == entry.size_bytes
        assert content == acknowledged.get(path, content)
    world.close()
