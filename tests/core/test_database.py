"""The database: transactions, units of work, and copies."""

from __future__ import annotations

import itertools
import sqlite3
import sys
import threading
from contextlib import contextmanager, suppress

import pytest

from fakebox.core import database as database_module
from fakebox.core.database import Database

STORE_FILE = database_module.__file__


@pytest.fixture
def database():
    """A database with one table."""
    new_database = Database()
    with new_database.transaction() as db:
        db.execute("CREATE TABLE word (text TEXT)")
    yield new_database
    new_database.close()


def words(database):
    """Return all rows of the table."""
    with database.reading() as db:
        return [text for (text,) in db.execute("SELECT text FROM word ORDER BY rowid")]


def insert(database, text):
    """Insert a word, in a new transaction or in the current transaction."""
    with database.transaction() as db:
        db.execute("INSERT INTO word VALUES (?)", (text,))


def insert_and_fail(database, text):
    """Insert a word in a transaction that then fails."""
    with database.transaction():
        insert(database, text)
        raise ZeroDivisionError


def test_transaction_that_raises_is_rolled_back(database):
    """A transaction that raises has no effect."""
    with pytest.raises(ZeroDivisionError):
        insert_and_fail(database, "half")
    assert words(database) == []


def test_inner_transaction_is_rolled_back_without_the_outer_one(database):
    """If the outer transaction catches the error, only the inner one is rolled back."""
    with database.transaction():
        insert(database, "before")
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(database, "half")
        insert(database, "after")
    assert words(database) == ["before", "after"]


def test_nested_rollbacks_restore_each_level(database):
    """A transaction that raises is completely rolled back, at any depth."""

    def fail_after_a_failure():
        with database.transaction():
            insert(database, "lost")
            with pytest.raises(ZeroDivisionError):
                insert_and_fail(database, "half")
            raise KeyError

    with database.transaction():
        with pytest.raises(KeyError):
            fail_after_a_failure()
        insert(database, "kept")
    assert words(database) == ["kept"]


def mark_changed(database, account_id):
    """Record, in a transaction, that the files of an account have changed."""
    with database.transaction() as db:
        db.execute("SELECT account_changed(?)", (account_id,)).fetchall()


def test_after_commit_reports_accounts_of_committed_transactions(database):
    """Only accounts of committed transactions are reported, and only after the commit."""
    seen = []
    database.after_commit(seen.append)
    with database.transaction():
        mark_changed(database, 1)
        mark_changed(database, 2)
        assert seen == []
    insert(database, "without account")

    def fail():
        with database.transaction():
            mark_changed(database, 3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    mark_changed(database, 4)
    assert seen == [frozenset({1, 2}), frozenset({4})]


def test_unit_of_work_is_one_transaction(database):
    """Changes in a unit of work are committed and reported at its end."""
    seen = []
    database.after_commit(seen.append)
    with database.unit_of_work():
        insert(database, "one")
        mark_changed(database, 1)
        with database.unit_of_work():
            insert(database, "two")
        with database.reading() as db:
            assert db.in_transaction
        assert seen == []
    assert words(database) == ["one", "two"]
    assert seen == [frozenset({1})]


def test_unit_of_work_without_changes_begins_no_transaction(database):
    """A unit of work that only reads begins no transaction."""
    with database.unit_of_work(), database.reading() as db:
        assert not db.in_transaction


def test_unit_of_work_keeps_changes_before_a_failed_transaction(database):
    """Only the inner transaction that raised is rolled back, and a later unit of work succeeds."""

    def work():
        with database.unit_of_work():
            insert(database, "before")
            insert_and_fail(database, "half")

    with pytest.raises(ZeroDivisionError):
        work()
    assert words(database) == ["before"]
    with database.unit_of_work():
        insert(database, "after")
    assert words(database) == ["before", "after"]


def test_unit_of_work_keeps_changes_after_a_failed_first_transaction(database):
    """The first transaction of a unit is rolled back alone, although it has no savepoint."""
    with database.unit_of_work():
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(database, "failed")
        insert(database, "kept")
    assert words(database) == ["kept"]


def test_unit_of_work_in_a_transaction_is_part_of_it(database):
    """A unit of work is rolled back with its outer transaction."""

    def work():
        with database.transaction():
            with database.unit_of_work():
                insert(database, "half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert words(database) == []


def test_transaction_that_fails_to_commit_is_rolled_back(database):
    """A transaction whose commit fails has no effect, and the next transaction succeeds."""
    with database.reading() as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(
            "CREATE TABLE echo (word TEXT REFERENCES word (text) DEFERRABLE INITIALLY DEFERRED)"
        )
        db.execute("CREATE UNIQUE INDEX word_text ON word (text)")

    def violate_foreign_key():
        with database.transaction() as db:
            insert(database, "half")
            db.execute("INSERT INTO echo VALUES (7)")

    with pytest.raises(sqlite3.IntegrityError):
        violate_foreign_key()
    insert(database, "after")
    assert words(database) == ["after"]


def test_transaction_that_sqlite_rolls_back_raises(database):
    """After SQLite rolls back a transaction itself, as on a full disk, the next one succeeds."""
    with database.reading() as db:
        db.execute("CREATE UNIQUE INDEX word_text ON word (text)")

    def insert_twice():
        with database.transaction() as db:
            for _ in range(2):
                db.execute("INSERT OR ROLLBACK INTO word VALUES ('twice')")

    with pytest.raises(sqlite3.IntegrityError):
        insert_twice()
    insert(database, "after")
    assert words(database) == ["after"]


def test_lock_is_released_when_a_transaction_cannot_begin(database):
    """After a failed begin, a second thread gets the same error instead of waiting for the lock."""
    with database.reading() as db:
        db.set_authorizer(deny_transactions)
    failures = [insert_fails(database)]
    other = threading.Thread(target=lambda: failures.append(insert_fails(database)), daemon=True)
    other.start()
    other.join(60)
    assert failures == [True, True]


def deny_transactions(action, *_):
    """An authorizer that denies all transactions."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_TRANSACTION else sqlite3.SQLITE_OK


def insert_fails(database):
    """Return whether inserting a word fails."""
    try:
        insert(database, "never")
    except sqlite3.DatabaseError:
        return True
    return False


def test_transactions_of_threads_are_serialized(database):
    """Transactions of several threads have the same effect as if they ran one after the other."""

    def count():
        for _ in range(50):
            with database.transaction() as db:
                (number,) = db.execute("SELECT count(*) FROM word").fetchone()
                db.execute("INSERT INTO word VALUES (?)", (str(number),))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert words(database) == [str(number) for number in range(200)]


def test_database_can_be_closed_after_an_interrupt_at_any_step():
    """A KeyboardInterrupt at any step of a transaction leaves a database that can be closed."""
    for step in itertools.count(1):
        database = Database()
        try:
            with interrupt_at(step), database.transaction():
                pass
        except KeyboardInterrupt:
            database.close()
        else:
            database.close()
            break
    assert step > 20


@contextmanager
def interrupt_at(step):
    """A block in which a KeyboardInterrupt is raised at the given step of the database code.

    Steps are calls, lines and returns; early versions of Python 3.12 crash when traced by
    opcode.
    """
    before, steps = sys.gettrace(), itertools.count(1)

    def trace(frame, *_):
        code = frame.f_code
        # Python may collect another database at any time; those steps are not counted.
        if code.co_filename != STORE_FILE or code.co_name == "__del__":
            return None
        if next(steps) == step:
            raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def test_interrupted_creation_emits_no_warning(monkeypatch):
    """Python prints no error when it collects a connection whose creation was interrupted."""

    def interrupted(*_, factory, **__):
        with suppress(TypeError):
            factory()
        raise KeyboardInterrupt

    monkeypatch.setattr(sqlite3, "connect", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Database()


def test_database_is_replaced_by_a_copy(database):
    """A copy does not change when the original changes, and can replace its contents."""
    insert(database, "kept")
    taken = database.copy()
    insert(database, "later")
    database.replace(taken)
    taken.close()
    assert words(database) == ["kept"]


def test_database_can_be_used_after_it_ended_a_nested_transaction(database):
    """The error of the inner transaction is raised, and the outer transaction has no effect."""
    with database.transaction() as db:
        db.execute("CREATE TABLE more (n)")
        db.execute(
            "CREATE TRIGGER ends BEFORE INSERT ON more WHEN new.n = 2"
            " BEGIN SELECT RAISE(ROLLBACK, 'ended'); END"
        )
    rows = "INSERT INTO more VALUES (1), (2)"
    with (
        pytest.raises(sqlite3.IntegrityError, match="ended"),
        database.transaction() as db,
        database.transaction(),
    ):
        db.execute(rows)
    with database.reading() as db:
        assert db.execute("SELECT * FROM more").fetchall() == []


def test_close_interrupts_a_long_statement(database):
    """A statement that runs at the limit of `close` is interrupted, and its transaction undone."""
    began, errors = threading.Event(), []

    def count():
        try:
            with database.transaction() as db:
                db.create_function("began", 0, began.set)
                db.execute(
                    "WITH RECURSIVE number(n) AS (SELECT began() UNION ALL SELECT n FROM number)"
                    " SELECT count(*) FROM number"
                ).fetchone()
        except sqlite3.OperationalError as error:
            errors.append(str(error))

    counter = threading.Thread(target=count, daemon=True)
    counter.start()
    assert began.wait(20)
    database.close(0)
    counter.join(20)
    assert errors == ["interrupted"]
    with pytest.raises(sqlite3.ProgrammingError), database.reading():
        pass
