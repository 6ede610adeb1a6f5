"""The rehearsal runs live cases on an emulator with delays and errors."""

from __future__ import annotations

import pytest

from conformance import rehearsal


def test_responses_of_a_long_run_are_counted():
    """The figures of a rehearsal are those of all requests, and waits advance the clock."""
    waits = []

    def limited(_, start_response):
        start_response("429 Too Many Requests", [("Retry-After", "20")])
        return [b""]

    app = rehearsal.PassingTime(limited, waits.append)
    sent = []
    for _ in range(2000):
        app({"PATH_INFO": "/2/check/user"}, lambda status, headers: sent.append(headers))
    assert app.summary() == "2000 requests, 2000 with 429"
    assert set(map(tuple, sent)) == {(("Retry-After", "0"),)}
    assert waits[:2] == [rehearsal.REQUEST_S, 20.0]


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_cases_pass_at_the_worst(api, monkeypatch, tmp_path, capsys):
    """Cases pass by the real host names, with rate limits, faults, expiry and small pages."""
    monkeypatch.setenv("CONFORMANCE_REPORT", str(tmp_path))
    monkeypatch.setattr(rehearsal, "REQUESTS_OF_A_TOKEN", 10)
    cases = "test_later_delta or test_chunked_uploader or test_share or test_thumbnail"
    assert rehearsal.run(api, ["-q", "-p", "no:cacheprovider", "-k", cases])
    assert (tmp_path / api / "report.json").exists()
    assert "with 429" in capsys.readouterr().out
