"""Requests as an HTTP archive (HAR 1.2), a format that browsers and proxies can open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING

from fakebox.http.headers import phrase_of

if TYPE_CHECKING:
    from fakebox.middleware.journal_entry import JournalEntry


def archive(entries: Iterable[JournalEntry]) -> dict[str, object]:
    """Return an archive of requests for `json.dump`, with masked credentials."""
    creator = {"name": "fakebox", "version": version("fakebox")}
    return {
        "log": {
            "version": "1.2",
            "creator": creator,
            "entries": [_entry(entry) for entry in entries],
        }
    }


def _entry(entry: JournalEntry) -> dict[str, object]:
    elapsed_ms = round((entry.duration_s or 0) * 1000, 3)
    started = datetime.fromtimestamp(entry.began_s, timezone.utc)
    return {
        "startedDateTime": started.isoformat(timespec="milliseconds"),
        "time": elapsed_ms,
        "request": _request(entry),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed_ms, "receive": 0},
        "comment": entry.fault,
    }


def _request(entry: JournalEntry) -> dict[str, object]:
    request: dict[str, object] = {
        "method": entry.method,
        "url": entry.url,
        "httpVersion": entry.http_version,
        "cookies": [],
        "headers": _pairs(entry.headers),
        "queryString": _pairs(entry.query),
        "headersSize": -1,
        "bodySize": entry.request_bytes,
    }
    if entry.request_bytes or entry.request_text:
        request["postData"] = _post_data(entry)
    return request


def _post_data(entry: JournalEntry) -> dict[str, object]:
    mime_type = entry.headers.get("Content-Type", "")
    # The format has the parameters of a form or the text of another body, not both.
    if entry.form:
        return {"mimeType": mime_type, "params": _pairs(entry.form)}
    text = entry.request_text
    if not text:
        return {"mimeType": mime_type, "text": "", "comment": "The content is not stored."}
    return {"mimeType": mime_type, "text": text}


def _response(entry: JournalEntry) -> dict[str, object]:
    status = entry.status or 0
    headers = entry.response_headers
    return {
        "status": status,
        "statusText": phrase_of(status) if status else "",
        # A request of HTTP/1.0 has a response of HTTP/1.1 (RFC 9110, section 6.2).
        "httpVersion": "HTTP/2" if entry.http_version == "HTTP/2" else "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "content": {
            "size": entry.response_bytes,
            "mimeType": headers.get("Content-Type", ""),
            "text": entry.response_text,
        },
        "redirectURL": headers.get("Location", ""),
        "headersSize": -1,
        "bodySize": entry.response_bytes,
    }


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
