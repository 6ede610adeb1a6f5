"""The record of requests as an HTTP archive (HAR 1.2), which browsers and proxies can open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakebox.middleware.journal_entry import Record


def archive(records: Iterable[Record]) -> dict[str, Any]:
    """The archive of these requests, ready for JSON; credentials are masked."""
    creator = {"name": "fakebox", "version": "1"}
    return {
        "log": {
            "version": "1.2",
            "creator": creator,
            "entries": [_entry(record) for record in records],
        }
    }


def _entry(record: Record) -> dict[str, Any]:
    elapsed_ms = round((record.duration_s or 0) * 1000, 3)
    started = datetime.fromtimestamp(record.began_s, timezone.utc)
    return {
        "startedDateTime": started.isoformat(timespec="milliseconds"),
        "time": elapsed_ms,
        "request": _request(record),
        "response": _response(record),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed_ms, "receive": 0},
        "comment": record.fault,
    }


def _request(record: Record) -> dict[str, Any]:
    return {
        "method": record.method,
        "url": record.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(record.headers),
        "queryString": _pairs(record.params),
        "headersSize": -1,
        "bodySize": record.request_bytes,
    }


def _response(record: Record) -> dict[str, Any]:
    status = record.status or 0
    headers = record.response_headers
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in _STATUSES else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "content": {
            "size": record.response_bytes,
            "mimeType": headers.get("Content-Type", ""),
            "text": record.response_text,
        },
        "redirectURL": headers.get("Location", ""),
        "headersSize": -1,
        "bodySize": record.response_bytes,
    }


_STATUSES = frozenset(status.value for status in HTTPStatus)


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
