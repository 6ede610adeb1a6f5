"""What nobody foresaw, on its way to the log."""

from __future__ import annotations

import logging

from flask import request

from fakebox.wire.service import Service


def log_failure(log: logging.Logger, text: str, error: Exception) -> None:
    """Log that the request in hand could not be answered.

    It is no error if the request's world was closed meanwhile: what it looked for is gone then, and
    so is its client.
    """
    is_over = Service.of(request.environ).world.is_closed
    log.log(logging.DEBUG if is_over else logging.ERROR, text, exc_info=error)
