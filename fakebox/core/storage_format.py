"""The format of the database that holds a world: its schema, and how the format is recognised.

Three things together identify a format: SQLite's application id, the format's number in SQLite's
user version, and a fingerprint of the schema. The fingerprint tells two formats apart even if
their numbers are the same.
"""

import hashlib
import re
import sqlite3
from functools import cache
from importlib.resources import files

# "FAKE" in ASCII. SQLite keeps it in the header of the file for exactly this purpose.
APPLICATION_ID = 0x46414B45
FORMAT_NUMBER = 3
_FINGERPRINT_DIGITS = 8
# SQLite makes these tables for the full-text index. Their definitions depend on its version.
_INDEX_TABLE = re.compile(r"name_trigram_(?:config|content|data|docsize|idx)")
_COMMENT = re.compile(r"--[^\n]*")


@cache
def schema() -> tuple[str, ...]:
    """The statements that make an empty world."""
    text = files("fakebox.core").joinpath("schema.sql").read_text(encoding="utf-8")
    statements, lines = [], []
    for line in text.splitlines():
        lines.append(line)
        if sqlite3.complete_statement("\n".join(lines)):
            statements.append("\n".join(lines))
            lines = []
    return tuple(statements)


def create_schema(db: sqlite3.Connection) -> None:
    """Make the tables of an empty world in an empty database, and note the format in it."""
    for statement in schema():
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {FORMAT_NUMBER}")


def format_error(db: sqlite3.Connection) -> str | None:
    """Why a database is not one that this version of fakebox can use; `None` if it is.

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
    """The fingerprint of the schema that this version of fakebox reads and writes."""
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
    """A statement without comments, and with single spaces."""
    return " ".join(_COMMENT.sub(" ", sql).split())


def _has_table(db: sqlite3.Connection, name: str) -> bool:
    return bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone())
