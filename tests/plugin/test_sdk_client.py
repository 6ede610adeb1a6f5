"""A client of the SDK of fakebox, made from the fixture `fakebox`."""

from __future__ import annotations

pytest_plugins = ["pytester"]


def test_sdk_client_of_the_fixture_needs_no_socket(run):
    """The SDK's client uses memory as long as no socket is open."""
    result = run(
        """
        def test_client(fakebox):
            client = fakebox.client()
            assert client.session.API_HOST == "http://fakebox.localhost"
            client.account_info()
            assert fakebox.url.startswith("http://127.0.0.1:")
            fakebox.client().account_info()
            client.account_info()
            assert len(fakebox.requests) == 3
        """
    )
    result.assert_outcomes(passed=1)
