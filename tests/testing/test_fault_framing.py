"""Tests of faults with framing headers: `Content-Length` and `Transfer-Encoding`."""

from __future__ import annotations

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.middleware.faults import Fault, InvalidFault


@pytest.mark.parametrize(
    "headers",
    [
        {"Transfer-Encoding": "chunked"},
        {"transfer-encoding": "gzip, chunked"},
        {"Content-Length": "100"},
        {"content-length": "3"},
        {"Content-Length": "-4"},
        {"Content-Length": "x"},
    ],
)
@pytest.mark.parametrize("body", ["text", b"text", None, {"error": "text"}], ids=str)
def test_fault_with_contradictory_framing_raises(headers, body):
    """A framing header that contradicts the body raises an error with its name and value."""
    ((name, value),) = headers.items()
    with pytest.raises(InvalidFault) as raised:
        Fault(status=503, body=body, headers=headers)
    assert name.lower() in str(raised.value).lower()
    assert value in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["Content-Length", "content-length"])
def test_fault_accepts_a_correct_content_length(name):
    """A correct `Content-Length` is sent once, with any capitalization of the header's name."""
    fault = Fault(status=503, body="größe", headers={name: "7", "content-type": "text/x"})
    with Fakebox("http") as box:
        box.faults.add(fault)
        response = urllib3.request("GET", f"{box.url}/1/account/info", retries=False)
    assert (response.status, response.data.decode()) == (503, "größe")
    assert response.headers.getlist("Content-Length") == ["7"]
    assert response.headers.getlist("Content-Type") == ["text/x"]
