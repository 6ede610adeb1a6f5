"""The control plane as one WSGI application; it steers whatever a request is bound to."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from fakebox.namespaces import Namespace


def create_control() -> Flask:
    """The application, to be mounted at `/_fakebox`."""
    app = Flask(__name__, static_folder=None)

    @app.get("/health")
    def health() -> dict[str, Any]:
        return {"status": "ok"}

    @app.post("/reset")
    def reset() -> dict[str, Any]:
        Namespace.of(request.environ).reset()
        return {}

    return app
