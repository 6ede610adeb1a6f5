"""The database: transactions, and what a data directory may look like."""

from __future__ import annotations

import itertools
import sqlite3
import sys
import threading
from contextlib import contextmanager, suppress

import pytest

from fakebox.core import database as store_module
from fakebox.core import fair_lock as fair_lock_module
from fakebox.core.database import Database

STORE_FILES = {store_module.__file__, fair_lock_module.__file__}


@pytest.fixture
def store():
    """A store with one table."""
    made = Database()
    with made.transaction() as db:
        db.execute("CREATE TABLE word (text TEXT)")
    yield made
    made.close()


def words(store):
    """All that the table holds."""
    with store.reading() as db:
        return [text for (text,) in db.execute("SELECT text FROM word ORDER BY rowid")]


def say(store, text):
    """Keep a word in a transaction of its own, or within the one under way."""
    with store.transaction() as db:
        db.execute("INSERT INTO word VALUES (?)", (text,))


def break_off(store, text):
    """Keep a word in a transaction that then fails."""
    with store.transaction():
        say(store, text)
        raise ZeroDivisionError


def test_store_keeps_nothing_of_a_transaction_that_raises(store):
    """A transaction happens wholly or not at all."""
    with pytest.raises(ZeroDivisionError):
        break_off(store, "half")
    assert words(store) == []


def test_store_undoes_the_inner_transaction_alone_when_the_outer_one_goes_on(store):
    """An inner transaction that raised leaves nothing behind in the outer one that caught it."""
    with store.transaction():
        say(store, "before")
        with pytest.raises(ZeroDivisionError):
            break_off(store, "half")
        say(store, "after")
    assert words(store) == ["before", "after"]


def test_store_undoes_an_inner_transaction_after_another_one_in_it_was_undone(store):
    """At any depth, what raised is undone from its beginning."""

    def fail_after_a_failure():
        with store.transaction():
            say(store, "lost")
            with pytest.raises(ZeroDivisionError):
                break_off(store, "half")
            raise KeyError

    with store.transaction():
        with pytest.raises(KeyError):
            fail_after_a_failure()
        say(store, "kept")
    assert words(store) == ["kept"]


def change(store, account_id):
    """Name an account whose files have changed, in a transaction."""
    with store.transaction() as db:
        db.execute("SELECT account_changed(?)", (account_id,)).fetchall()


def test_store_announces_changed_accounts_once_the_change_is_kept(store):
    """Only those that were named, and none whose transaction failed."""
    seen = []
    store.after_commit(seen.append)
    with store.transaction():
        change(store, 1)
        change(store, 2)
        assert seen == []
    say(store, "of nobody")

    def fail():
        with store.transaction():
            change(store, 3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    change(store, 4)
    assert seen == [frozenset({1, 2}), frozenset({4})]


def test_unit_of_work_is_one_transaction(store):
    """What is done in it is kept, and announced, at its end."""
    seen = []
    store.after_commit(seen.append)
    with store.unit_of_work():
        say(store, "one")
        change(store, 1)
        with store.unit_of_work():
            say(store, "two")
        with store.reading() as db:
            assert db.in_transaction
        assert seen == []
    assert words(store) == ["one", "two"]
    assert seen == [frozenset({1})]


def test_unit_of_work_without_changes_begins_no_transaction(store):
    """Reading needs none."""
    with store.unit_of_work(), store.reading() as db:
        assert not db.in_transaction


def test_unit_of_work_keeps_what_was_done_before_something_in_it_failed(store):
    """The call that raised is undone alone; the next unit of work is one again."""

    def work():
        with store.unit_of_work():
            say(store, "before")
            break_off(store, "half")

    with pytest.raises(ZeroDivisionError):
        work()
    assert words(store) == ["before"]
    with store.unit_of_work():
        say(store, "after")
    assert words(store) == ["before", "after"]


def test_unit_of_work_in_a_transaction_is_part_of_it(store):
    """It is undone with the transaction."""

    def work():
        with store.transaction():
            with store.unit_of_work():
                say(store, "half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert words(store) == []


def test_store_undoes_a_transaction_that_can_not_be_kept(store):
    """What is only found wrong in the end is undone, and the next one gets its turn."""
    with store.reading() as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(
            "CREATE TABLE echo (word TEXT REFERENCES word (text) DEFERRABLE INITIALLY DEFERRED)"
        )
        db.execute("CREATE UNIQUE INDEX word_text ON word (text)")

    def echo_nothing():
        with store.transaction() as db:
            say(store, "half")
            db.execute("INSERT INTO echo VALUES (7)")

    with pytest.raises(sqlite3.IntegrityError):
        echo_nothing()
    say(store, "after")
    assert words(store) == ["after"]


def test_store_goes_on_after_the_database_ended_a_transaction_by_itself(store):
    """As SQLite does when the disk is full."""
    with store.reading() as db:
        db.execute("CREATE UNIQUE INDEX word_text ON word (text)")

    def say_twice():
        with store.transaction() as db:
            for _ in range(2):
                db.execute("INSERT OR ROLLBACK INTO word VALUES ('twice')")

    with pytest.raises(sqlite3.IntegrityError):
        say_twice()
    say(store, "after")
    assert words(store) == ["after"]


def test_store_gives_the_turn_back_when_a_transaction_can_not_begin(store):
    """Another thread is told the same rather than kept waiting."""
    with store.reading() as db:
        db.set_authorizer(refuse_transactions)
    answers = [fails_to_say(store)]
    other = threading.Thread(target=lambda: answers.append(fails_to_say(store)), daemon=True)
    other.start()
    other.join(60)
    assert answers == [True, True]


def refuse_transactions(action, *_):
    """An authorizer under which nothing begins."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_TRANSACTION else sqlite3.SQLITE_OK


def fails_to_say(store):
    """Whether a word can't be kept."""
    try:
        say(store, "never")
    except sqlite3.DatabaseError:
        return True
    return False


def test_store_lets_one_thread_at_a_time_change_it(store):
    """Changes from many threads are kept as if they came one after the other."""

    def count():
        for _ in range(50):
            with store.transaction() as db:
                (number,) = db.execute("SELECT count(*) FROM word").fetchone()
                db.execute("INSERT INTO word VALUES (?)", (str(number),))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert words(store) == [str(number) for number in range(200)]


def test_store_can_be_closed_after_an_interrupt_at_any_moment_of_a_change():
    """Ctrl-C ends a program, whatever it was about."""
    for moment in itertools.count(1):
        store = Database()
        try:
            with interrupt_at(moment), store.transaction():
                pass
        except KeyboardInterrupt:
            store.close()
        else:
            store.close()
            break
    assert moment > 20


@contextmanager
def interrupt_at(moment):
    """A block in which the store is interrupted at its first step, or at a later one.

    Steps are calls, lines and returns; early versions of 3.12 crash if asked for instructions.
    """
    before, steps = sys.gettrace(), itertools.count(1)

    def trace(frame, *_):
        code = frame.f_code
        # What becomes of another store that nobody knows any more is no step of this one.
        if code.co_filename not in STORE_FILES or code.co_name == "__del__":
            return None
        if next(steps) == moment:
            raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def test_store_whose_making_was_interrupted_leaves_nothing_to_say(monkeypatch):
    """Python would tell of what goes wrong when the half of it is thrown away."""

    def interrupted(*_, factory, **__):
        with suppress(TypeError):
            factory()
        raise KeyboardInterrupt

    monkeypatch.setattr(sqlite3, "connect", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Database()


def test_store_becomes_a_copy_of_another(store):
    """A copy is independent of what it was taken from."""
    say(store, "kept")
    taken = store.copy()
    say(store, "later")
    store.replace(taken)
    taken.close()
    assert words(store) == ["kept"]
