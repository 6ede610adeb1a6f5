"""`mock_dropbox` as a decorator and as a context manager."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
import unittest

import pytest
import urllib3

from fakebox import Fakebox, mock_dropbox

BEARER = {"Authorization": "Bearer fakebox-bearer-token"}


def upload(path):
    """Upload a file with an unchanged client."""
    url = f"https://content.dropboxapi.com/1/files_put/dropbox{path}"
    reply = urllib3.request("PUT", url, headers=BEARER, body=b"x", retries=False)
    assert reply.status == 200


@pytest.fixture(autouse=True)
def _guarded(guard):
    """No test reaches the real service."""


def test_function_gets_the_emulator():
    """A function with the parameter gets the emulator that responds to its requests."""

    @mock_dropbox
    def run(prefix, fakebox):
        upload("/a")
        return prefix, fakebox.tree()

    assert run("x") == ("x", ["/a"])


def test_function_without_the_parameter_is_called_as_it_is():
    """A function without the parameter gets its own arguments only."""

    @mock_dropbox
    def run(path, *, suffix):
        upload(path + suffix)
        return path

    assert run("/a", suffix=".txt") == "/a"


def test_each_call_begins_with_an_empty_emulator():
    """A file of one call is not there in the next one."""

    @mock_dropbox
    def run(fakebox):
        before = fakebox.tree()
        upload("/a")
        return before

    assert [run(), run()] == [[], []]


def test_parameter_is_hidden_from_pytest():
    """Pytest does not look for a fixture of this name, and finds the others."""

    @mock_dropbox
    def run(fakebox, tmp_path):
        """Documented."""

    assert list(inspect.signature(run).parameters) == ["tmp_path"]
    assert (run.__name__, run.__doc__) == ("run", "Documented.")


def test_decorator_takes_arguments_of_the_emulator():
    """With arguments it makes emulators with these arguments."""

    @mock_dropbox(random_seed=7)
    def run(fakebox):
        return str(fakebox.add_token().token)

    assert run() == run()


@pytest.mark.parametrize("argument", ["text", 7])
def test_wrong_argument_is_rejected(argument):
    """What is neither a function nor a class cannot be decorated."""
    with pytest.raises(TypeError, match="decorates functions and classes"):
        mock_dropbox(argument)


def test_transport_is_not_an_argument():
    """An emulator of the decorator has no socket, and the error says so."""
    with pytest.raises(TypeError, match="mock_dropbox has no argument transport"):
        mock_dropbox(transport="http")


def test_exception_of_the_function_is_raised():
    """The function's exception is raised, and requests are not intercepted any more."""
    original = urllib3.HTTPConnectionPool.urlopen

    @mock_dropbox
    def run():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert urllib3.HTTPConnectionPool.urlopen is original


def test_coroutine_function_stays_one():
    """A coroutine function is intercepted until it has finished."""

    @mock_dropbox
    async def run(fakebox):
        await asyncio.sleep(0)
        upload("/a")
        return fakebox.tree()

    assert inspect.iscoroutinefunction(run)
    assert asyncio.run(run()) == ["/a"]


def test_generator_is_intercepted_until_its_end():
    """A generator, such as a fixture, has its emulator while it is suspended."""

    @mock_dropbox
    def run(fakebox):
        yield "first"
        upload("/a")
        yield fakebox.tree()

    assert inspect.isgeneratorfunction(run)
    steps = run()
    assert next(steps) == "first"
    upload("/b")
    assert next(steps) == ["/a", "/b"]
    assert list(steps) == []


def test_async_generator_passes_exceptions_and_values():
    """An asynchronous generator receives what is sent and thrown into it."""

    @mock_dropbox
    async def run(fakebox):
        try:
            sent = yield 1
            upload(sent)
            yield fakebox.tree()
        except ZeroDivisionError:
            yield "caught"
        finally:
            ended.append(True)

    async def main():
        steps = run()
        assert await anext(steps) == 1
        assert await steps.asend("/a") == ["/a"]
        await steps.aclose()
        steps = run()
        await anext(steps)
        assert await steps.athrow(ZeroDivisionError()) == "caught"
        assert [value async for value in steps] == []

    ended = []
    assert inspect.isasyncgenfunction(run)
    asyncio.run(main())
    assert ended == [True, True]


@pytest.mark.parametrize("mock", [mock_dropbox, mock_dropbox()], ids=["bare", "called"])
def test_context_manager_returns_the_emulator(mock):
    """As a context manager it may be written with and without parentheses, and nested."""
    with mock as box, mock as inner:
        assert isinstance(box, Fakebox)
        upload("/a")
        assert (box.tree(), inner.tree()) == ([], ["/a"])
    with mock as box:
        assert box.tree() == []


def test_context_manager_ends_the_emulator_of_its_own_thread():
    """Two threads that enter the same object at the same time each end their own emulator."""
    barrier = threading.Barrier(2)

    def run(number):
        with mock_dropbox as box:
            barrier.wait(30)
            if number:
                barrier.wait(30)
            upload("/a")
            tree = box.tree()
        if not number:
            barrier.wait(30)
        return tree

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, range(2))) == [["/a"], ["/a"]]


def run_case(case):
    """Run the tests of a class as unittest does."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert not result.errors + result.failures, result.errors + result.failures
    return result.testsRun


def test_test_case_has_an_emulator_for_each_test():
    """setUp, the test and tearDown use one emulator, and each test has another one."""

    @mock_dropbox
    class Case(unittest.TestCase):
        def setUp(self):
            upload("/set-up")

        def tearDown(self):
            upload("/tear-down")
            assert self.fakebox.tree() == ["/set-up", "/tear-down", "/test"]

        def test_one(self):
            assert self.fakebox.tree() == ["/set-up"]
            upload("/test")

        test_two = test_one

    assert run_case(Case) == 2


def test_every_test_begins_with_what_set_up_class_has_stored():
    """The state of setUpClass is there in every test, and no test changes it."""

    @mock_dropbox
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            upload("/class")

        @classmethod
        def tearDownClass(cls):
            trees.append(cls.fakebox.tree())

        def test_one(self):
            trees.append(self.fakebox.tree())
            upload("/test")

        test_two = test_one

    trees = []
    assert run_case(Case) == 2
    assert trees == [["/class"]] * 3


def test_interception_ends_if_set_up_class_fails():
    """A failing setUpClass leaves nothing behind."""
    original = urllib3.HTTPConnectionPool.urlopen

    @mock_dropbox
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            raise ZeroDivisionError

        def test_one(self):
            raise AssertionError

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert len(result.errors) == 1
    assert urllib3.HTTPConnectionPool.urlopen is original


def test_inherited_tests_are_intercepted():
    """Tests of a base class that is not decorated are intercepted in the decorated class."""

    class Base(unittest.TestCase):
        def test_one(self):
            upload("/a")

    @mock_dropbox
    class Case(Base):
        pass

    assert run_case(Case) == 1


def test_asynchronous_test_case_is_intercepted():
    """The tests of an IsolatedAsyncioTestCase are intercepted, with asyncSetUp."""

    @mock_dropbox
    class Case(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            upload("/set-up")

        async def test_one(self):
            assert self.fakebox.tree() == ["/set-up"]

    assert run_case(Case) == 1


@mock_dropbox
class TestPlainClass:
    """A class of pytest has an emulator for each test, from setup_method to teardown_method."""

    @classmethod
    def setup_class(cls):
        """Store a file for all tests."""
        upload("/class")

    def setup_method(self):
        """Store a file for each test."""
        upload("/set-up")

    def teardown_method(self, method):
        """Check that the emulator is the same."""
        assert self.fakebox.read("/test") == b"x"
        assert method.__name__.startswith("test_")

    @pytest.mark.parametrize("number", [1, 2])
    def test_emulator_is_an_attribute(self, number):
        """The emulator is an attribute of the test."""
        assert self.fakebox.tree() == ["/class", "/set-up"]
        upload("/test")

    def test_emulator_is_passed(self, fakebox, tmp_path):
        """A test method with the parameter gets the same emulator, beside fixtures."""
        assert fakebox is self.fakebox
        assert tmp_path.is_dir()
        upload("/test")


@pytest.fixture
@mock_dropbox
def stored(fakebox):
    """A fixture that is a decorated generator."""
    upload("/fixture")
    yield fakebox
    upload("/end")


def test_fixture_may_be_decorated(stored):
    """A fixture's emulator responds during the test."""
    upload("/test")
    assert stored.tree() == ["/fixture", "/test"]


def test_client_follows_a_temporary_link_of_version_2():
    """The host of a temporary link, which differs for each link, is intercepted."""
    with mock_dropbox() as box:
        box.write("/a", b"content")
        url = "https://api.dropboxapi.com/2/files/get_temporary_link"
        reply = urllib3.request("POST", url, headers=BEARER, json={"path": "/a"}, retries=False)
        link = reply.json()["link"]
        assert link.endswith("/file")
        assert urllib3.request("GET", link, retries=False).data == b"content"
