"""The settings `fakebox_credentials` and `fakebox_world`, and the report of unknown credentials."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

ACCOUNT = """
    import urllib3

    def status(token):
        url = "https://api.dropboxapi.com/2/users/get_current_account"
        return urllib3.request("POST", url, headers={"Authorization": f"Bearer {token}"}).status
"""


def test_any_credentials_are_accepted_with_the_setting(run, pytester):
    """With `fakebox_credentials = any`, an app with a token that is unknown works."""
    pytester.makeini("[pytest]\nfakebox_credentials = any\n")
    result = run(
        ACCOUNT
        + """
    def test_unknown(fakebox):
        assert status("my-token") == 200
        """
    )
    result.assert_outcomes(passed=1)


def test_report_names_the_setting_that_accepts_unknown_credentials(run):
    """After an unknown token was rejected, the report of a failed test has the setting."""
    result = run(
        ACCOUNT
        + """
    def test_unknown(fakebox):
        assert status("my-secret-token") == 200

    def test_revoked(fakebox):
        fakebox.world.tokens.revoke("fakebox-bearer-token")
        assert status("fakebox-bearer-token") == 200

    def test_passes(fakebox):
        assert status("my-secret-token") == 400
        """
    )
    result.assert_outcomes(passed=1, failed=2)
    text = result.stdout.str()
    assert text.count("fakebox_credentials = any") == 1
    assert "its bearer token is unknown" in text
    assert "my-secret-token" not in text.partition("fakebox requests")[2].partition("test_rev")[0]


def test_world_of_the_setting_is_relative_to_the_ini_file(run, pytester):
    """Each test starts with the declared world, whose path is relative to the ini file."""
    pytester.makeini("[pytest]\nfakebox_world = data/world.toml\n")
    pytester.mkdir("data").joinpath("world.toml").write_text(
        '[[files]]\npath = "/a.txt"\ntext = "hello"\n[settings]\ncredentials = "any"\n'
    )
    result = run(
        ACCOUNT
        + """
    import pytest

    @pytest.mark.parametrize("turn", range(2))
    def test_fresh(fakebox, turn):
        assert fakebox.read("/a.txt") == b"hello"
        assert status("my-token") == 200
        fakebox.write("/a.txt", b"changed")
        fakebox.reset()
        assert fakebox.read("/a.txt") == b"hello"
        """
    )
    result.assert_outcomes(passed=2)


def test_mistakes_of_the_world_are_an_error_of_one_line_each(run, pytester):
    """A world with mistakes fails the tests with the lines, without a traceback."""
    pytester.makeini("[pytest]\nfakebox_world = world.json\n")
    pytester.path.joinpath("world.json").write_text('{"teams": [], "apps": [{}]}')
    result = run("def test_nothing(fakebox): pass")
    result.assert_outcomes(errors=1)
    text = result.stdout.str()
    assert "world.json: apps[0]: key is missing" in text
    assert "world.json: teams: this version of fakebox cannot declare them" in text
    assert "Traceback" not in text


def test_invalid_credentials_setting_is_a_usage_error(run, pytester):
    """Another value of the setting ends the run with one line."""
    pytester.makeini("[pytest]\nfakebox_credentials = lax\n")
    result = run("def test_nothing(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fakebox_credentials must be 'strict' or 'any', not 'lax'*"])
