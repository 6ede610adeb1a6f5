"""The database: transactions, and what a data directory may look like."""

from __future__ import annotations

import threading

import pytest

from fakebox.core.store import Store


@pytest.fixture
def store():
    """A store with one table."""
    made = Store()
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


def test_store_tells_of_a_change_once_it_is_kept(store):
    """An inner transaction is told of with the outer one, and one that failed not at all."""
    seen = []
    store.after_commit(lambda: seen.append(words(store)))
    with store.transaction():
        say(store, "one")
        assert seen == []
    with pytest.raises(ZeroDivisionError):
        break_off(store, "half")
    assert seen == [["one"]]


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


def test_store_becomes_a_copy_of_another(store):
    """A copy is independent of what it was taken from."""
    say(store, "kept")
    taken = store.copy()
    say(store, "later")
    store.replace(taken)
    taken.close()
    assert words(store) == ["kept"]
