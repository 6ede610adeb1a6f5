"""Rendering the dashboard's pages: one Content-Security-Policy for all of them."""

from __future__ import annotations

from fakebox.http.headers import render_page

# Nothing is loaded from elsewhere, and no page may frame one with buttons.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " img-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)


def render(template: str, **values: object) -> str:
    """Render a template of the dashboard; it escapes every value."""
    return render_page(template, _POLICY, **values)
