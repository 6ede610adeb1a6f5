"""Keep a searchable list of a Dropbox in SQLite, brought up to date by what has changed.

    python examples/search_cache.py cache.db invoice

Every run asks only for the changes since the last one, and then searches the cache.
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
    """Do to the cache what one entry of delta says; a file in a folder's place clears it."""
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


def bring_up_to_date(cache: sqlite3.Connection, client: DropboxClient) -> int:
    """Apply every change since the last time; return how many there were."""
    (cursor,) = cache.execute("SELECT max(value) FROM cursor").fetchone()
    changes = 0
    while True:
        page = client.delta(cursor)
        with cache:  # a page and its cursor are stored together, or not at all
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
    """Bring the cache up to date, then print what has the word in its path."""
    cache = sqlite3.connect(database)
    cache.executescript(SCHEMA)
    print(f"{bring_up_to_date(cache, client_from_environment())} changes", file=sys.stderr)
    found = cache.execute("SELECT path FROM entry WHERE instr(key, lower(?)) ORDER BY key", (word,))
    for (path,) in found:
        print(path)
    cache.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
