"""Accounts: names, passwords and storage quotas."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fakebox.core.arguments import check_count, check_flag, check_text
from fakebox.core.context import WorldContext
from fakebox.core.errors import AlreadyTaken, OverQuota, WrongPassword
from fakebox.core.passwords import hash_password, is_password
from fakebox.core.path_rules import ANY_NAME, NameRules

AccountType = Literal["basic", "pro", "business"]

DEFAULT_QUOTA_BYTES = 2 * 1024**4
DEFAULT_TYPE: AccountType = "pro"
# The namespace is a part of every rev. The value is arbitrary, as large as in documented examples.
_FIRST_NAMESPACE_ID = 0x029684FE
# The namespaces of app folders are above those of this number of accounts.
_APP_FOLDER_STEP = 1 << 20
_NAMESPACE_LIMIT = 1 << 32
COLUMN_NAMES = (
    "id",
    "email",
    "given_name",
    "surname",
    "country",
    "locale",
    "type",
    "auto_approve",
    "quota_bytes",
    "used_bytes",
    "namespace_id",
    "root_id",
    "last_seq",
    "epoch",
)
_COLUMNS = ", ".join(COLUMN_NAMES)
# Changes at a time that has passed already, such as a frozen one, continue after the last ones.
_NEXT_CHANGE = (
    "UPDATE account SET last_seq = last_seq + :count, used_bytes = used_bytes + :added_bytes,"
    " last_us = :count + iif(:now_us BETWEEN first_us AND last_us, last_us, :now_us - 1),"
    " before_us = iif(:now_us BETWEEN first_us AND last_us, before_us, max(before_us, last_us)),"
    " first_us = iif(:now_us BETWEEN first_us AND last_us, first_us, :now_us)"
    " WHERE id = :account_id"
    " RETURNING last_seq, last_us, before_us, quota_bytes, used_bytes, account_changed(id)"
)
# The last of some microseconds that a version of a file has.
_TAKEN = (
    "SELECT max(us) FROM ("
    "SELECT max(modified_us) AS us FROM entry WHERE account_id = :account_id"
    " AND content IS NOT NULL AND modified_us BETWEEN :first_us AND :last_us"
    " UNION ALL SELECT max(r.modified_us) FROM revision r"
    " CROSS JOIN entry e ON e.id = r.entry_id AND e.account_id = :account_id"
    " WHERE r.content IS NOT NULL AND r.modified_us BETWEEN :first_us AND :last_us)"
)
_AUTO_APPROVE = COLUMN_NAMES.index("auto_approve")


@dataclass(frozen=True, slots=True)
class Account:
    """An account.

    Attributes:
        id: the user id, which responses contain as `uid`.
        email, given_name, surname: the owner.
        country: the country, in two letters.
        locale: the language.
        type: `basic`, `pro` or `business`.
        auto_approve: whether every app gets access without an authorization page.
        quota_bytes: the storage quota.
        used_bytes: the size of all live files.
        namespace_id: the second half of the account's revs.
        root_id: the id of the entry that is the root folder.
        last_seq: the number of changes so far.
        epoch: a number that is increased to restart every cursor.
    """

    id: int
    email: str
    given_name: str
    surname: str
    country: str
    locale: str
    type: AccountType
    auto_approve: bool
    quota_bytes: int
    used_bytes: int
    namespace_id: int
    root_id: int
    last_seq: int
    epoch: int

    @property
    def display_name(self) -> str:
        """The full name of the owner."""
        return full_name(self.given_name, self.surname)

    @property
    def root_namespace_id(self) -> int:
        """The namespace that the account's paths begin in."""
        return self.namespace_id

    @property
    def home_namespace_id(self) -> int:
        """The namespace of the account's own files."""
        return self.namespace_id


@dataclass(frozen=True, slots=True)
class Scope:
    """The files that a caller can access: an account, or the folder of an app in it.

    Attributes:
        account_id: the account.
        app_id: the app that makes the request.
        root: the names of the path of the caller's root folder; empty for the whole account.
        rules: the names that the caller may use.
    """

    account_id: int
    app_id: int
    root: tuple[str, ...] = ()
    rules: NameRules = ANY_NAME

    def rev_namespace_id(self, namespace_id: int) -> int:
        """Return the namespace in the revs of this caller.

        The folder of an app is a namespace of its own for the app.

        Args:
            namespace_id: the namespace of the account.
        """
        if not (self.app_id and self.root):
            return namespace_id
        return (namespace_id + self.app_id * _APP_FOLDER_STEP) % _NAMESPACE_LIMIT

    def owner(self) -> tuple[int, int, str]:
        """Return the account, app and root as three columns, for rows of this caller only."""
        return self.account_id, self.app_id, "/".join(self.root)


class Accounts:
    """The accounts of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def create(
        self,
        email: str,
        password: str,
        *,
        given_name: str = "Test",
        surname: str = "User",
        country: str = "US",
        locale: str = "en",
        type: AccountType = DEFAULT_TYPE,  # noqa: A002 -- the name of the API
        quota_bytes: int = DEFAULT_QUOTA_BYTES,
        auto_approve: bool = False,
    ) -> Account:
        """Create an account with an empty root folder.

        Raises:
            AlreadyTaken: another account has the e-mail address.
            ValueError: an argument has an invalid value.
        """
        _check_email(email)
        _check_details(
            password=password,
            given_name=given_name,
            surname=surname,
            country=country,
            locale=locale,
            quota_bytes=quota_bytes,
            auto_approve=auto_approve,
        )
        with self._context.database.transaction() as db:
            if db.execute("SELECT 1 FROM account WHERE email = ?", (email,)).fetchone():
                raise AlreadyTaken(email)
            (account_id,) = db.execute("SELECT coalesce(max(id), 0) + 1 FROM account").fetchone()
            root_id = _make_root(db, account_id)
            db.execute(
                "INSERT INTO account (id, email, password, given_name, surname, country, locale,"
                " type, auto_approve, quota_bytes, namespace_id, root_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    account_id,
                    email,
                    self._hash(password),
                    given_name,
                    surname,
                    country,
                    locale,
                    type,
                    auto_approve,
                    quota_bytes,
                    _FIRST_NAMESPACE_ID + account_id,
                    root_id,
                ),
            )
            return load(db, account_id)

    def get(self, account_id: int) -> Account:
        """Return the account with this id, which must exist."""
        with self._context.database.reading() as db:
            return load(db, account_id)

    def find(self, account_id: int) -> Account | None:
        """Return the account with this id; `None` if there is none."""
        with self._context.database.reading() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM account WHERE id = ?", (account_id,)
            ).fetchone()
        return account_of(row) if row else None

    def find_by_email(self, email: str) -> Account | None:
        """Return the account with this e-mail address in any case; `None` if there is none."""
        with self._context.database.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM account WHERE email = ?", (email,)).fetchone()
        return account_of(row) if row else None

    def first(self) -> Account:
        """Return the account with the lowest id."""
        with self._context.database.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM account ORDER BY id LIMIT 1").fetchone()
        return account_of(row)

    def all(self) -> list[Account]:
        """Return every account, by id."""
        with self._context.database.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM account ORDER BY id")
            return [account_of(row) for row in rows]

    def sign_in(self, email: str, password: str) -> Account:
        """Return the account with this e-mail address and password.

        Raises:
            WrongPassword: no account has this e-mail address, or the password is wrong.
        """
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT id, password FROM account WHERE email = ?", (email,)
            ).fetchone()
            # The password is hashed for an unknown address as well, so that the time of the
            # response does not reveal whether the address exists.
            account_id, stored = row or (0, "$")
            right = is_password(password, stored)
            if not (row and right):
                raise WrongPassword(email)
            return load(db, account_id)

    def configure(
        self,
        account_id: int,
        *,
        password: str | None = None,
        given_name: str | None = None,
        surname: str | None = None,
        country: str | None = None,
        locale: str | None = None,
        type: AccountType | None = None,  # noqa: A002 -- the name of the API
        quota_bytes: int | None = None,
        auto_approve: bool | None = None,
    ) -> Account:
        """Change an account. Arguments that are `None` change nothing.

        Raises:
            ValueError: an argument has an invalid value.
        """
        changes: dict[str, object] = {
            "password": password,
            "given_name": given_name,
            "surname": surname,
            "country": country,
            "locale": locale,
            "type": type,
            "quota_bytes": quota_bytes,
            "auto_approve": auto_approve,
        }
        _check_details(**{name: value for name, value in changes.items() if value is not None})
        changes["password"] = None if password is None else self._hash(password)
        assignments = ", ".join(f"{name} = coalesce(?, {name})" for name in changes)
        with self._context.database.transaction() as db:
            db.execute(
                f"UPDATE account SET {assignments} WHERE id = ?", (*changes.values(), account_id)
            )
            return load(db, account_id)

    def password_hash(self, account_id: int) -> str:
        """Return the salted hash of the password of an account."""
        with self._context.database.reading() as db:
            row = db.execute("SELECT password FROM account WHERE id = ?", (account_id,))
            return str(row.fetchone()[0])

    def set_password_hash(self, account_id: int, password_hash: str) -> None:
        """Store a hash that `password_hash` returned."""
        with self._context.database.transaction() as db:
            db.execute("UPDATE account SET password = ? WHERE id = ?", (password_hash, account_id))

    def _hash(self, password: str) -> str:
        return hash_password(password, self._context.ids.hexadecimal(16))


def _check_email(email: str) -> None:
    check_text("email", email)
    if email.split() != [email]:
        raise ValueError(f"email must be an e-mail address without spaces, not {email!r}")


def _check_details(**details: object) -> None:
    checks = {"quota_bytes": check_count, "auto_approve": check_flag}
    for name, value in details.items():
        checks.get(name, check_text)(name, value)


def full_name(given_name: str, surname: str) -> str:
    """Return the full name of the owner of an account."""
    return f"{given_name} {surname}".strip()


def load(db: sqlite3.Connection, account_id: int) -> Account:
    """Return an account in the state of the current transaction."""
    return account_of(
        db.execute(f"SELECT {_COLUMNS} FROM account WHERE id = ?", (account_id,)).fetchone()
    )


def next_change(
    db: sqlite3.Connection, account_id: int, now_us: int, count: int = 1, *, added_bytes: int = 0
) -> tuple[int, int]:
    """Count changes of an account, and adjust its used storage.

    Every change gets a microsecond that no version of a file of the account has: the next free one
    if there are several changes at the same time.

    Args:
        db: the connection, within a transaction.
        account_id: the account.
        now_us: the time, in microseconds since 1970.
        count: the number of changes.
        added_bytes: the number of bytes to add to the used storage; may be negative.

    Returns:
        The number and the time of the first of the changes. Those of the others follow.

    Raises:
        OverQuota: the quota is exceeded. The transaction has to be rolled back.
    """
    last_seq, last_us, before_us, *usage, _ = db.execute(
        _NEXT_CHANGE,
        {
            "account_id": account_id,
            "now_us": now_us,
            "count": count,
            "added_bytes": added_bytes,
        },
    ).fetchone()
    _check_usage(added_bytes, *usage)
    first_us = last_us - count + 1
    if first_us <= before_us:
        first_us = _first_free(db, account_id, first_us, count)
    return last_seq - count + 1, first_us


def adjust_usage(db: sqlite3.Connection, account_id: int, added_bytes: int) -> None:
    """Adjust the used storage of an account for changes that were counted before.

    Raises:
        OverQuota: as `next_change`.
    """
    quota_bytes, used_bytes, _ = db.execute(
        "UPDATE account SET used_bytes = used_bytes + ? WHERE id = ?"
        " RETURNING quota_bytes, used_bytes, account_changed(id)",
        (added_bytes, account_id),
    ).fetchone()
    _check_usage(added_bytes, quota_bytes, used_bytes)


def check_quota(db: sqlite3.Connection, account_id: int) -> None:
    """Check that an account does not store more than its quota.

    Raises:
        OverQuota: it stores more, for example because the quota was lowered.
    """
    account = load(db, account_id)
    if account.used_bytes > account.quota_bytes:
        raise OverQuota(0, 0)


def _first_free(db: sqlite3.Connection, account_id: int, first_us: int, count: int) -> int:
    """Return the first of the next free microseconds after the clock was set back."""
    while True:
        last_us = first_us + count - 1
        (taken_us,) = db.execute(
            _TAKEN, {"account_id": account_id, "first_us": first_us, "last_us": last_us}
        ).fetchone()
        if taken_us is None:
            db.execute("UPDATE account SET last_us = ? WHERE id = ?", (last_us, account_id))
            return first_us
        first_us = taken_us + 1


def _check_usage(added_bytes: int, quota_bytes: int, used_bytes: int) -> None:
    if added_bytes > 0 and used_bytes > quota_bytes:
        raise OverQuota(added_bytes, max(0, quota_bytes - used_bytes + added_bytes))


def _make_root(db: sqlite3.Connection, account_id: int) -> int:
    cursor = db.execute(
        "INSERT INTO entry (account_id, file_id, folded, name, is_folder, is_live, seq, size_bytes,"
        " modified_us,"
        " client_mtime_s) VALUES (?, 0, '', '', 1, 1, 0, 0, 0, 0)",
        (account_id,),
    )
    return int(cursor.lastrowid or 0)


def account_of(row: Sequence[Any]) -> Account:
    """Return the account of a row with `COLUMN_NAMES`."""
    values = list(row)
    values[_AUTO_APPROVE] = bool(values[_AUTO_APPROVE])
    return Account(*values)
