"""The schema of the database that stores a world, and the checks of untrusted databases.

Three values identify the storage format: SQLite's application id, the number of the format in
SQLite's user version, and a fingerprint of the schema. The fingerprint distinguishes two schemas
that have the same number.

A data directory or a snapshot may be untrusted. Everything that the core relies on is checked
once before any of it is used: the storage format, the integrity of the file, the types of values,
the names of files and contents, and the references between rows.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from functools import cache

from fakebox.core import package_files
from fakebox.core.path_rules import compose, fold, is_legal

# "FAKE" in ASCII. SQLite stores it in the header of the file.
APPLICATION_ID = 0x46414B45
FORMAT_NUMBER = 4
_FINGERPRINT_DIGITS = 8
# SQLite creates these tables for the full-text index. Their definitions depend on its version.
_INDEX_TABLE = re.compile(r"name_trigram_(?:config|content|data|docsize|idx)")
_COMMENT = re.compile(r"--[^\n]*")

DAMAGED = "the database is damaged"
_HASH = re.compile(r"[0-9a-f]{64}")
_TABLE = re.compile(r"CREATE TABLE (\w+)")
# A column that refers to a row of another table, and the column that it refers to.
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
# Queries for rows that may not exist.
_CYCLES = (
    "WITH RECURSIVE below (id) AS (SELECT id FROM entry WHERE parent_id IS NULL UNION ALL"
    " SELECT e.id FROM below b JOIN entry e ON e.parent_id = b.id)"
    " SELECT 1 WHERE (SELECT count(*) FROM below) <> (SELECT count(*) FROM entry)"
)
_OTHER_ACCOUNTS = (
    "SELECT 1 FROM entry e JOIN entry p ON p.id = e.parent_id WHERE p.account_id <> e.account_id"
)
_WITHOUT_CONTENT = (
    "SELECT 1 FROM entry WHERE is_live AND NOT is_folder AND content IS NULL UNION ALL"
    " SELECT 1 FROM revision WHERE is_live AND NOT is_folder AND content IS NULL"
)
_LINKS_OF_OTHER_ACCOUNTS = (
    "SELECT 1 FROM link l JOIN entry e ON e.id = l.entry_id WHERE e.account_id <> l.account_id"
)
_UNKNOWN_TYPES = "SELECT 1 FROM account WHERE type NOT IN ('basic', 'pro', 'business')"
_UNKNOWN_AUDIENCES = (
    "SELECT 1 FROM link WHERE audience NOT IN ('public', 'team', 'no_one', 'members')"
)
# Responses contain these times, whose years have four digits.
_LAST_US = 253_402_300_799_999_999
_IMPOSSIBLE_TIMES = (
    f"SELECT 1 FROM entry WHERE modified_us NOT BETWEEN 0 AND {_LAST_US} UNION ALL"
    f" SELECT 1 FROM revision WHERE modified_us NOT BETWEEN 0 AND {_LAST_US} UNION ALL"
    f" SELECT 1 FROM account WHERE last_us > {_LAST_US}"
)
_RULES = (
    ("it has folders that contain each other", _CYCLES),
    ("it has an entry in a folder of another account", _OTHER_ACCOUNTS),
    ("it has a file without content", _WITHOUT_CONTENT),
    ("it has a link to an entry of another account", _LINKS_OF_OTHER_ACCOUNTS),
    ("it has an account of an unknown type", _UNKNOWN_TYPES),
    ("it has a link with an unknown audience", _UNKNOWN_AUDIENCES),
    ("it has a change before the year 1970 or after the year 9999", _IMPOSSIBLE_TIMES),
)


def check(db: sqlite3.Connection) -> str | None:
    """Return the reason why a database cannot be used as a world; `None` if it can be used.

    This reads the whole database, and changes nothing.

    Raises:
        sqlite3.DatabaseError: the database is damaged.
    """
    return format_error(db) or next(_faults(db), None)


def contents(db: sqlite3.Connection) -> dict[str, int]:
    """Return the contents that files and revisions refer to, and their sizes in bytes."""
    return dict(_content_rows(db))


def _faults(db: sqlite3.Connection) -> Iterator[str]:
    # The format has been checked before, so the definitions of the tables are known.
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        yield DAMAGED
    if db.execute("SELECT count(*) FROM world").fetchone() != (1,):
        yield f"{DAMAGED} (the table 'world' has not exactly one row)"
    yield from _type_faults(db)
    yield from _name_faults(db)
    for column, target in _REFERENCES:
        if db.execute(_dangling(column, target)).fetchone():
            yield f"{DAMAGED} ({column} refers to a row that is missing)"
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
        # SQLite does not check that a text is UTF-8. Reading it in Python does.
        texts = ", ".join(name for _, name, kind, *_ in columns if kind == "TEXT")
        for _ in db.execute(f"SELECT {texts} FROM {table}") if texts else ():
            pass


def _wrong_type(name: str, kind: str, is_required: int) -> str:
    allowed = (kind.lower(),) if is_required else (kind.lower(), "null")
    return f"typeof({name}) NOT IN ({', '.join(map(repr, allowed))})"


def _name_faults(db: sqlite3.Connection) -> Iterator[str]:
    for name, folded in db.execute("SELECT name, folded FROM entry WHERE parent_id IS NOT NULL"):
        if not is_legal(name) or compose(name) != name:
            yield f"{DAMAGED} (no file can have the name {name[:80]!r})"
        elif fold(name) != folded:
            yield f"{DAMAGED} (the name {name[:80]!r} is stored as {folded[:80]!r} in lower case)"
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


@cache
def schema() -> tuple[str, ...]:
    """Return the statements that create the tables of a world."""
    text = package_files.read("fakebox.core", "schema.sql").decode()
    statements, lines = [], []
    for line in text.splitlines():
        lines.append(line)
        if sqlite3.complete_statement("\n".join(lines)):
            statements.append("\n".join(lines))
            lines = []
    return tuple(statements)


def create_schema(db: sqlite3.Connection) -> None:
    """Create the tables of a world in an empty database, and store the format in it."""
    for statement in schema():
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {FORMAT_NUMBER}")


def format_error(db: sqlite3.Connection) -> str | None:
    """Return the reason why the format of a database is not supported; `None` if it is.

    Raises:
        sqlite3.DatabaseError: the database is damaged.
    """
    (application_id,) = db.execute("PRAGMA application_id").fetchone()
    (number,) = db.execute("PRAGMA user_version").fetchone()
    found = _fingerprint(db)
    if (application_id, number, found) == (APPLICATION_ID, FORMAT_NUMBER, accepted_fingerprint()):
        return None
    accepted = _description(FORMAT_NUMBER, accepted_fingerprint())
    if application_id != APPLICATION_ID and not _has_table(db, "world"):
        return f"it is not a database of fakebox (application id {application_id:#x})"
    return (
        f"its storage format is {_description(number, found)}; this version of fakebox accepts"
        f" only {accepted}"
    )


@cache
def accepted_fingerprint() -> str:
    """Return the fingerprint of the schema that this version of fakebox reads and writes."""
    db = sqlite3.connect(":memory:")
    create_schema(db)
    found = _fingerprint(db)
    db.close()
    return found


def _description(number: int, fingerprint: str) -> str:
    return f"{number} (schema {fingerprint[:_FINGERPRINT_DIGITS]})"


def _fingerprint(db: sqlite3.Connection) -> str:
    digest = hashlib.sha256()
    rows = db.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master")
    for kind, name, table, sql in sorted(rows):
        definition = "" if _INDEX_TABLE.fullmatch(name) else _normalized(sql)
        digest.update(repr((kind, name, table, definition)).encode())
    return digest.hexdigest()


def _normalized(sql: str) -> str:
    """Return a statement without comments, and with single spaces."""
    return " ".join(_COMMENT.sub(" ", sql).split())


def _has_table(db: sqlite3.Connection, name: str) -> bool:
    return bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone())
