"""Rendering the web pages: one Content-Security-Policy for all of them."""

from __future__ import annotations

from fakebox.http.headers import render_page

# Nothing is loaded from elsewhere, and no page may frame one that asks for a password.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)


def render(template: str, **values: object) -> str:
    """Render a template of the web pages; it escapes every value."""
    return render_page(template, _POLICY, **values)
