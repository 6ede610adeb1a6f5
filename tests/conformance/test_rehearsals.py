"""The rehearsal runs live cases on an emulator with delays and errors."""

from __future__ import annotations

import pytest

from conformance import rehearsal


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_cases_pass_at_the_worst(api, monkeypatch, tmp_path, capsys):
    """Cases pass by the real host names, with rate limits, faults, expiry and small pages."""
    monkeypatch.setenv("CONFORMANCE_REPORT", str(tmp_path))
    monkeypatch.setattr(rehearsal, "REQUESTS_OF_A_TOKEN", 10)
    cases = "test_later_delta or test_chunked_uploader or test_share or test_thumbnail"
    assert rehearsal.run(api, ["-q", "-p", "no:cacheprovider", "-k", cases])
    assert (tmp_path / api / "report.json").exists()
    assert "with 429" in capsys.readouterr().out
