"""Whether a database from elsewhere is a whole and consistent world.

A data directory or a snapshot may come from anybody. Everything that the rest of the core relies
on is checked here once, before any of it is used: the storage format, the integrity of the file,
the types of the values, the names of files and contents, and the references between rows.
"""

import re
import sqlite3
from collections.abc import Iterator

from fakebox.core.path_rules import is_legal
from fakebox.core.storage_format import format_error, schema

DAMAGED = "the database is damaged"
_HASH = re.compile(r"[0-9a-f]{64}")
_TABLE = re.compile(r"CREATE TABLE (\w+)")
# A column that names a row of another table, and the column that it names.
_REFERENCES = (
    ("account.root_id", "entry.id"),
    ("entry.account_id", "account.id"),
    ("entry.parent_id", "entry.id"),
    ("revision.entry_id", "entry.id"),
    ("access_token.account_id", "account.id"),
    ("access_token.app_id", "app.id"),
    ("link.account_id", "account.id"),
    ("link.entry_id", "entry.id"),
    ("copy_ref.entry_id", "entry.id"),
)
# What may not be there, and a query for it.
_CYCLES = (
    "WITH RECURSIVE below (id) AS (SELECT id FROM entry WHERE parent_id IS NULL UNION ALL"
    " SELECT e.id FROM below b JOIN entry e ON e.parent_id = b.id)"
    " SELECT 1 WHERE (SELECT count(*) FROM below) <> (SELECT count(*) FROM entry)"
)
_STRANGERS = (
    "SELECT 1 FROM entry e JOIN entry p ON p.id = e.parent_id WHERE p.account_id <> e.account_id"
)
_WITHOUT_CONTENT = (
    "SELECT 1 FROM entry WHERE is_live AND NOT is_folder AND content IS NULL UNION ALL"
    " SELECT 1 FROM revision WHERE is_live AND NOT is_folder AND content IS NULL"
)
_FOREIGN_LINKS = (
    "SELECT 1 FROM link l JOIN entry e ON e.id = l.entry_id WHERE e.account_id <> l.account_id"
)
_RULES = (
    ("it has folders that contain each other", _CYCLES),
    ("it has an entry in a folder of another account", _STRANGERS),
    ("it has a file without content", _WITHOUT_CONTENT),
    ("it has a link to an entry of another account", _FOREIGN_LINKS),
)


def check(db: sqlite3.Connection) -> str | None:
    """Why a database can't be used as a world, in one line; `None` if it can.

    It reads the whole database, and changes nothing.

    Raises:
        sqlite3.DatabaseError: the database is damaged.
    """
    return format_error(db) or next(_faults(db), None)


def contents(db: sqlite3.Connection) -> dict[str, int]:
    """The contents that files and their revisions refer to, and their sizes in bytes."""
    return dict(_content_rows(db))


def _faults(db: sqlite3.Connection) -> Iterator[str]:
    # Definitions of tables are known to be harmless by now.
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        yield DAMAGED
    if db.execute("SELECT count(*) FROM world").fetchone() != (1,):
        yield f"{DAMAGED} (the table 'world' has not exactly one row)"
    yield from _type_faults(db)
    yield from _name_faults(db)
    for column, target in _REFERENCES:
        if db.execute(_dangling(column, target)).fetchone():
            yield f"{DAMAGED} ({column} names a row that is missing)"
    for reason, query in _RULES:
        if db.execute(query).fetchone():
            yield f"{DAMAGED} ({reason})"


def _type_faults(db: sqlite3.Connection) -> Iterator[str]:
    for table in _TABLE.findall("\n".join(schema())):
        columns = db.execute(f"PRAGMA table_info({table})").fetchall()
        wrong = " OR ".join(
            _wrong_type(name, kind, not_null or in_key)
            for _, name, kind, not_null, _, in_key in columns
        )
        if db.execute(f"SELECT 1 FROM {table} WHERE {wrong}").fetchone():
            yield f"{DAMAGED} (the table {table!r} has a value of a wrong type)"
        # SQLite itself doesn't look whether a text is UTF-8; reading it does.
        texts = ", ".join(name for _, name, kind, *_ in columns if kind == "TEXT")
        for _ in db.execute(f"SELECT {texts} FROM {table}") if texts else ():
            pass


def _wrong_type(name: str, kind: str, is_required: int) -> str:
    allowed = (kind.lower(),) if is_required else (kind.lower(), "null")
    return f"typeof({name}) NOT IN ({', '.join(map(repr, allowed))})"


def _name_faults(db: sqlite3.Connection) -> Iterator[str]:
    for (name,) in db.execute("SELECT name FROM entry WHERE parent_id IS NOT NULL"):
        if not is_legal(name):
            yield f"{DAMAGED} (no file can have the name {name[:80]!r})"
    sizes: dict[str, int] = {}
    for name, size_bytes in _content_rows(db):
        if not _HASH.fullmatch(name):
            yield (
                f"{DAMAGED} (a content is named {name[:80]!r}; the name of a content is 64"
                " hexadecimal digits)"
            )
        if sizes.setdefault(name, size_bytes) != size_bytes:
            yield f"{DAMAGED} (the content {name} has two sizes)"


def _content_rows(db: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    yield from db.execute(
        "SELECT content, size_bytes FROM entry WHERE content IS NOT NULL"
        " UNION SELECT content, size_bytes FROM revision WHERE content IS NOT NULL"
    )


def _dangling(column: str, target: str) -> str:
    table, target_table = column.partition(".")[0], target.partition(".")[0]
    return (
        f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL AND NOT EXISTS"
        f" (SELECT 1 FROM {target_table} AS other WHERE other.id = {column}) LIMIT 1"
    )
