"""A web page where visitors sign in with their Dropbox and upload files to it.

    flask --app examples/web_app run

It shows the three steps of OAuth 1.0 in a web application. It stores a request token in the
visitor's session. The visitor allows it on a page of Dropbox. An access token replaces it.
"""

from __future__ import annotations

import os
import secrets

from flask import Flask, redirect, render_template_string, request, session, url_for
from werkzeug.wrappers import Response

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse
from dropbox.session import DropboxSession

PAGE = """
<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>Uploads</title>
<h1>Uploads</h1>
{% if name %}
  <p>Signed in as {{ name }}.</p>
  <form method="post" enctype="multipart/form-data" action="{{ url_for('upload') }}">
    <input type="hidden" name="csrf" value="{{ csrf }}">
    <label>A file <input type="file" name="file" required></label>
    <button>Upload</button>
  </form>
  <ul>{% for entry in entries %}<li>{{ entry.path }}, {{ entry.size }}</li>{% endfor %}</ul>
{% else %}
  <p><a href="{{ url_for('sign_in') }}">Sign in with Dropbox</a></p>
{% endif %}
"""

app = Flask(__name__)
app.secret_key = os.environ.get("SECRET_KEY") or secrets.token_bytes(32)


def dropbox_session() -> DropboxSession:
    """Return a session of this app without a token."""
    return DropboxSession(
        os.environ["DROPBOX_APP_KEY"],
        os.environ["DROPBOX_APP_SECRET"],
        os.environ.get("DROPBOX_ACCESS_TYPE", "dropbox"),
    )


def visitor_client() -> DropboxClient | None:
    """Return the client of the visitor, or `None` if the visitor has not signed in."""
    if "access_token" not in session:
        return None
    linked = dropbox_session()
    linked.set_token(*session["access_token"])
    return DropboxClient(linked)


@app.get("/")
def index() -> str:
    """Show the files of the visitor, or a link to sign in."""
    client = visitor_client()
    if client is None:
        return render_template_string(PAGE)
    return render_template_string(
        PAGE,
        name=client.account_info()["display_name"],
        entries=client.metadata("/")["contents"],
        csrf=session.setdefault("csrf", secrets.token_urlsafe()),
    )


@app.get("/sign-in")
def sign_in() -> Response:
    """Step one: obtain a request token, and redirect the visitor to the page of Dropbox."""
    unlinked = dropbox_session()
    token = unlinked.obtain_request_token()
    session["request_token"] = [token.key, token.secret]
    callback = url_for("signed_in", _external=True)
    return redirect(unlinked.build_authorize_url(token, oauth_callback=callback))


@app.get("/signed-in")
def signed_in() -> Response:
    """Step three: obtain an access token, unless the visitor denied it on the page."""
    unlinked = dropbox_session()
    unlinked.set_request_token(*session.pop("request_token", ("", "")))
    try:
        token = unlinked.obtain_access_token()
    except ErrorResponse:
        return redirect(url_for("index"))
    session["access_token"] = [token.key, token.secret]
    return redirect(url_for("index"))


@app.post("/upload")
def upload() -> Response | tuple[str, int]:
    """Upload the file of the visitor to the visitor's Dropbox."""
    client = visitor_client()
    if client is None or not secrets.compare_digest(request.form["csrf"], session["csrf"]):
        return "The form belongs to another session.", 403
    file = request.files["file"]
    client.put_file(f"/{file.filename}", file.stream)
    return redirect(url_for("index"))
