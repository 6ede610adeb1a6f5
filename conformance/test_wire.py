"""Raw requests: servers, parameters, errors, paths and metadata."""

import re

import pytest

from conformance.pictures import picture
from conformance.wire import place, send, status_of


@pytest.mark.checks("wire-content-type")
def test_content_types(target):
    """Successful responses are text/javascript, and errors are application/json."""
    success = send(target, "GET", "/account/info")
    assert success.headers["Content-Type"] == "text/javascript"
    error = send(target, "GET", place(target, "metadata", "never"))
    assert error.headers["Content-Type"] == "application/json"
    assert set(error.json()) == {"error"}


@pytest.mark.checks("wire-headers")
def test_headers_of_every_response(target):
    """Responses forbid caching and allow every origin."""
    headers = send(target, "GET", "/account/info").headers
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Pragma"] == "no-cache"
    assert headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.checks("wire-401", "wire-401-challenge")
def test_no_credentials(target):
    """A request without credentials is answered with 401 and a WWW-Authenticate header."""
    response = send(target, "GET", "/account/info", signed=False)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("OAuth realm=")


@pytest.mark.checks("wire-405")
@pytest.mark.parametrize(
    ("method", "call"),
    [("PUT", "/account/info"), ("DELETE", "/delta"), ("DELETE", "/metadata/dropbox/a")],
)
def test_wrong_method(target, method, call):
    """A wrong method is answered with 405."""
    assert send(target, method, call).status == 405


@pytest.mark.checks("wire-methods")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("metadata", "path"),
        ("revisions", "path"),
        ("media", "url"),
        ("shares", "url"),
        ("copy_ref", "copy_ref"),
    ],
)
def test_either_method(target, call, name, method):
    """Read calls accept GET and POST."""
    target.put("either.txt", overwrite=True)
    response = send(target, method, place(target, call, "either.txt"))
    assert response.status == 200
    found = response.json()
    assert (found[0] if call == "revisions" else found)[name]


@pytest.mark.checks("wire-root-unknown")
def test_unknown_root(target):
    """An unknown root is answered with 400, and the error names the parameter."""
    response = send(target, "GET", "/metadata/nowhere/")
    assert (response.status, set(response.json()["error"])) == (400, {"root"})


@pytest.mark.checks("wire-root-auto")
def test_automatic_root(target):
    """The root `auto` selects the root of the app."""
    assert send(target, "GET", "/metadata/auto/", {"list": "false"}).json()["path"] == "/"


@pytest.mark.emulator
@pytest.mark.checks("wire-root-wrong", "wire-root-answers", "wire-app-folder")
def test_app_folder(target):
    """An app with app folder access lists only its folder, as its root."""
    client = target.box.client(access_type="app_folder")
    client.put_file("/inside.txt", "content")
    root = client.metadata("/")
    assert [(entry["path"], entry["root"]) for entry in (root, *root["contents"])] == [
        ("/", "app_folder"),
        ("/inside.txt", "app_folder"),
    ]
    client.session.root = "dropbox"
    assert status_of(client.metadata, "/") == 400


@pytest.mark.checks("wire-booleans")
@pytest.mark.parametrize(
    ("word", "is_listed"),
    [
        *((word, False) for word in ("false", "False", "0", "no")),
        *((word, True) for word in ("true", "True", "1", "yes")),
    ],
)
def test_booleans(target, word, is_listed):
    """Booleans are accepted in any case, as words and as numbers."""
    target.put("folder/file.txt", overwrite=True)
    response = send(target, "GET", place(target, "metadata", "folder"), {"list": word})
    assert response.status == 200
    assert response.json()["is_dir"] is True
    assert ("contents" in response.json()) is is_listed


@pytest.mark.checks("wire-booleans")
@pytest.mark.parametrize("word", ["true", "True", "1", "yes"])
def test_booleans_that_are_true(target, word):
    """Booleans are accepted in any case, as words and as numbers."""
    target.put("folder/gone.txt", overwrite=True)
    target.client.file_delete(target.path("folder/gone.txt"))
    params = {"include_deleted": word}
    response = send(target, "GET", place(target, "metadata", "folder"), params)
    assert len(response.json()["contents"]) == 1


@pytest.mark.checks("wire-parameter-400")
@pytest.mark.parametrize(
    "params",
    [{"file_limit": "many"}, {"file_limit": "0"}, {"list": "perhaps"}],
    ids=["no number", "out of range", "no boolean"],
)
def test_bad_parameter(target, params):
    """An invalid parameter is answered with 400, and the error contains its name."""
    response = send(target, "GET", "/metadata/auto/", params)
    assert (response.status, set(response.json()["error"])) == (400, set(params))


@pytest.mark.checks("wire-locale")
def test_locale(target):
    """The locale sets the language of sizes; an unknown one means English."""
    target.put("sized.txt", b"x" * 1536, overwrite=True)
    sizes = [
        send(target, "GET", place(target, "metadata", "sized.txt"), {"locale": tag}).json()["size"]
        for tag in ("en", "xx", "de")
    ]
    assert sizes == ["1.5 KB", "1.5 KB", "1,5 KB"]


@pytest.mark.checks("wire-dates")
def test_dates(target):
    """Dates have 31 characters."""
    assert len(target.put("dated.txt")["modified"]) == 31


@pytest.mark.checks("wire-metadata-size")
@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KB"), (12202, "11.9 KB")],
)
def test_sizes(target, size_bytes, text):
    """The size is a text with a suitable unit."""
    assert target.put("size", b"x" * size_bytes, overwrite=True)["size"] == text


@pytest.mark.checks("wire-metadata-kinds")
@pytest.mark.parametrize(
    ("name", "icon", "mime_type", "has_thumbnail"),
    [
        ("a.pdf", "page_white_acrobat", "application/pdf", False),
        ("a.jpg", "page_white_picture", "image/jpeg", True),
        ("a.mov", "page_white_film", "video/quicktime", False),
        ("a.unknown-type", "page_white", "application/octet-stream", False),
    ],
)
def test_file_types(target, name, icon, mime_type, has_thumbnail):
    """Icon, MIME type and thumb_exists depend on the extension."""
    entry = target.put(name)
    found = (entry["icon"], entry["mime_type"], entry["thumb_exists"])
    assert found == (icon, mime_type, has_thumbnail)


@pytest.mark.checks("wire-rev-fresh", "wire-revision-grows")
def test_revs(target):
    """Every change creates a new rev and a greater revision."""
    entries = [target.put("r.txt", text, overwrite=True) for text in "ab"]
    entries.append(target.client.file_move(target.path("r.txt"), target.path("s.txt")))
    assert len({entry["rev"] for entry in entries}) == 3
    revisions = [entry["revision"] for entry in entries]
    assert revisions == sorted(set(revisions))
    # The last eight digits of a rev identify the namespace.
    assert [int(entry["rev"][:-8], 16) for entry in entries] == revisions


@pytest.mark.checks("wire-same-bytes")
def test_same_bytes_again(target):
    """Uploading identical content changes nothing."""
    first = target.put("same.txt", "same")
    assert target.put("same.txt", "same", overwrite=True) == first
    assert len(target.client.revisions(target.path("same.txt"))) == 1


@pytest.mark.checks("metadata-rev-files")
def test_rev_with_a_folder(target):
    """Metadata ignores a rev for a folder."""
    rev = target.client.file_create_folder(target.path("folder"))["rev"]
    for name in (rev, "123456789abc"):
        response = send(target, "GET", place(target, "metadata", "folder"), {"rev": name})
        assert response.json()["contents"] == []


@pytest.mark.checks("wire-client_mtime", "wire-deleted")
def test_deleted_entry(target):
    """A deleted path still has metadata, marked as deleted."""
    before = target.put("deleted.txt")
    assert len(before["client_mtime"]) == 31
    target.client.file_delete(target.path("deleted.txt"))
    entry = target.client.metadata(target.path("deleted.txt"))
    assert (entry["is_deleted"], entry["bytes"], entry["size"]) == (True, 0, "0 bytes")
    assert entry["rev"] != before["rev"]
    assert entry["client_mtime"] == "Wed, 31 Dec 1969 23:59:59 +0000"


@pytest.mark.checks("wire-listing-order", "wire-listing-empty")
def test_listing(target):
    """A folder's contents are sorted by name without case; an empty folder has an empty list."""
    for name in ("b", "C", "a"):
        target.put(f"order/{name}")
    contents = target.client.metadata(target.path("order"))["contents"]
    assert [re.sub(".*/", "", entry["path"]) for entry in contents] == ["a", "b", "C"]
    target.client.file_create_folder(target.path("empty"))
    assert target.client.metadata(target.path("empty"))["contents"] == []


@pytest.mark.checks("wire-hash")
def test_hash(target):
    """The hash of a folder changes exactly when a listed entry changes."""
    target.put("h/a.txt")
    folder = target.path("h")
    first = target.client.metadata(folder)["hash"]
    target.put("elsewhere.txt")
    assert target.client.metadata(folder)["hash"] == first
    target.put("h/a.txt", "other", overwrite=True)
    assert target.client.metadata(folder)["hash"] != first


@pytest.mark.checks("wire-media-info")
def test_media_info(target):
    """Media information is returned only on request."""
    target.put("photo.jpg", picture(40, 30, "JPEG", taken="2010:08:21 22:31:20"))
    call = place(target, "metadata", "photo.jpg")
    assert "photo_info" not in send(target, "GET", call).json()
    info = send(target, "GET", call, {"include_media_info": "true"}).json()["photo_info"]
    assert info == {"time_taken": "Sat, 21 Aug 2010 22:31:20 +0000", "lat_long": None}


@pytest.mark.checks("wire-paths-slashes")
def test_slashes(target):
    """Repeated slashes count as one, and a trailing slash is removed."""
    target.put("slashes/file.txt")
    call = place(target, "metadata", "slashes").replace("/slashes", "//slashes///file.txt/")
    assert send(target, "GET", call).json()["path"] == target.path("slashes/file.txt")


@pytest.mark.checks("wire-paths-parent-spelling", "wire-paths-same-spelling")
def test_spelling(target):
    """A folder keeps the spelling of its name, and a file has that of the last upload."""
    target.put("Folder/File.txt")
    assert target.put("folder/file.TXT", "x", overwrite=True)["path"].endswith("/Folder/file.TXT")
    assert target.put("FOLDER/B.txt")["path"].endswith("/Folder/B.txt")


@pytest.mark.checks("wire-paths-parent-is-file")
def test_parent_that_is_a_file(target):
    """An upload below a file is answered with 400."""
    target.put("file")
    assert status_of(target.put, "file/child") == 400


@pytest.mark.checks("wire-paths-refused")
@pytest.mark.parametrize(
    "name",
    ["a\\b", "a\x01b", "x" * 256, "a ", "desktop.ini", "Thumbs.db", ".DS_Store", "icon\r",
     ".dropbox", ".dropbox.attr"],
    ids=["backslash", "control", "long", "space", "desktop", "thumbs", "store", "icon", "dropbox",
         "attr"],
)  # fmt: skip
def test_names_that_are_not_allowed(target, name):
    """A name that is not allowed is answered with 400."""
    assert status_of(target.put, name) == 400


@pytest.mark.checks("wire-paths-255")
def test_long_name(target):
    """A name of 255 characters is accepted."""
    assert target.put("x" * 255)["bytes"] == 7


@pytest.mark.checks("wire-paths-counter")
def test_counter(target):
    """A renamed file gets the smallest free number, before its extension."""
    paths = [target.put("n.tar.gz", text)["path"] for text in "abc"]
    names = [path.removeprefix(f"{target.folder}/") for path in paths]
    assert names == ["n.tar.gz", "n.tar (1).gz", "n.tar (2).gz"]
    assert target.put("n.tar (1).gz", "d")["path"].endswith("/n.tar (1) (1).gz")
    target.client.file_delete(target.path("n.tar (1).gz"))
    assert target.put("n.tar.gz", "e")["path"].endswith("/n.tar (1).gz")


@pytest.mark.checks("wire-paths-conflicted-copy")
def test_name_of_a_conflicted_copy(target):
    """An upload with a stale parent_rev has the name of the user before its extension."""
    old = target.put("n.txt", "a")
    target.put("n.txt", "b", overwrite=True)
    owner = target.client.account_info()["display_name"]
    path = target.put("n.txt", "c", parent_rev=old["rev"])["path"]
    assert path == target.path(f"n ({owner}'s conflicted copy).txt")


@pytest.mark.checks("wire-error-texts")
def test_texts(target):
    """Recorded error texts are returned verbatim."""
    path = target.path("never")
    response = send(target, "GET", place(target, "metadata", "never"))
    assert response.json() == {"error": f"Path '{path}' not found"}
    target.client.file_create_folder(target.path("made"))
    response = send(
        target, "POST", "/fileops/create_folder", {"root": "auto", "path": target.path("made")}
    )
    assert response.json()["error"].startswith("Cannot create folder 'made' because a file or")


@pytest.mark.emulator
@pytest.mark.checks("wire-retired")
def test_retired_service(target):
    """A retired service responds with v1_retired to every call."""
    target.box.configure(is_retired=True)
    response = send(target, "GET", "/account/info")
    assert (response.status, response.json()) == (400, {"error": "v1_retired"})


@pytest.mark.checks("wire-account-fields", "wire-account-types")
def test_account(target):
    """The account has all fields with their types."""
    info = send(target, "GET", "/account/info").json()
    assert isinstance(info["uid"], int)
    assert {"familiar_name", "given_name", "surname"} <= set(info["name_details"])
    assert isinstance(info["email_verified"], bool)
    assert isinstance(info["is_paired"], bool)
    assert len(info["country"]) == 2
    assert {"locale", "team", "display_name"} <= set(info)
    assert info["referral_link"].startswith("http")


@pytest.mark.checks("wire-account-quota")
def test_quota_counts(target):
    """The quota counts current revisions only."""
    before = target.client.account_info()["quota_info"]["normal"]
    target.put("counted.bin", b"x" * 1000)
    target.put("counted.bin", b"x" * 1500, overwrite=True)
    assert target.client.account_info()["quota_info"]["normal"] == before + 1500


@pytest.mark.checks("wire-path-parameter")
def test_path_as_a_parameter(target):
    """The parameter path is used only if the URL has no path."""
    target.put("named.txt")
    params = {"path": target.path("named.txt")}
    assert send(target, "POST", "/shares/auto/", params).status == 200
    assert send(target, "POST", place(target, "shares", "missing.txt"), params).status == 404


@pytest.mark.checks("wire-414")
@pytest.mark.parametrize(("excess", "status"), [(0, 200), (1, 414)])
def test_limit_of_the_url(target, excess, status):
    """A path and a query of 8 KB are accepted, and one byte more is answered with 414."""
    call, key = "/account/info", "unknown"
    length = 8 * 1024 + excess - len(f"/1{call}") - len(f"{key}=")
    assert send(target, "GET", call, {key: "x" * length}).status == status


@pytest.mark.checks("wire-unknown-call")
def test_unknown_call(target):
    """An unknown call is answered with 404 and a JSON error."""
    response = send(target, "GET", "/no_such_call")
    assert (response.status, set(response.json())) == (404, {"error"})
