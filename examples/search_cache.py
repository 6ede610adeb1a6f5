"""Keep a searchable list of a Dropbox in SQLite, and update it with the changes.

    python examples/search_cache.py cache.db invoice

Each run requests only the changes since the last run, and then searches the cache.
"""

from __future__ import annotations

import sqlite3
import sys

from credentials import client_from_environment
from dropbox.client import DropboxClient

SCHEMA = """
    CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, path TEXT NOT NULL, bytes INTEGER);
    CREATE TABLE IF NOT EXISTS cursor (value TEXT NOT NULL);
"""


def apply_entry(cache: sqlite3.Connection, key: str, metadata: dict | None) -> None:
    """Apply an entry of delta to the cache; a file that replaces a folder clears its contents."""
    if metadata is None or not metadata["is_dir"]:
        cache.execute(
            "DELETE FROM entry WHERE key = :key OR substr(key, 1, length(:key) + 1) = :key || '/'",
            {"key": key},
        )
    if metadata is not None:
        cache.execute(
            "INSERT OR REPLACE INTO entry VALUES (?, ?, ?)",
            (key, metadata["path"], metadata["bytes"]),
        )


def update(cache: sqlite3.Connection, client: DropboxClient) -> int:
    """Apply the changes since the last run, and return their number."""
    (cursor,) = cache.execute("SELECT max(value) FROM cursor").fetchone()
    changes = 0
    while True:
        page = client.delta(cursor)
        with cache:  # a page and its cursor are stored in one transaction
            if page["reset"]:
                cache.execute("DELETE FROM entry")
            for key, metadata in page["entries"]:
                apply_entry(cache, key, metadata)
            cursor = page["cursor"]
            cache.execute("DELETE FROM cursor")
            cache.execute("INSERT INTO cursor VALUES (?)", (cursor,))
        changes += len(page["entries"])
        if not page["has_more"]:
            return changes


def main(database: str, word: str) -> None:
    """Update the cache, and print the paths that contain the word."""
    cache = sqlite3.connect(database)
    cache.executescript(SCHEMA)
    print(f"{update(cache, client_from_environment())} changes", file=sys.stderr)
    found = cache.execute("SELECT path FROM entry WHERE instr(key, lower(?)) ORDER BY key", (word,))
    for (path,) in found:
        print(path)
    cache.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
