"""The wire: servers, parameters, errors, paths and metadata."""

import re

import pytest

from conformance.wire import ask, status_of


def place(target, call, name=""):
    """A call about a place of the run's folder."""
    return f"/{call}/{target.client.session.root}{target.path(name)}"


@pytest.mark.checks("wire-content-type")
def test_types_of_answers(target):
    """JavaScript for answers, JSON for errors."""
    fine = ask(target, "GET", "/account/info")
    assert fine.headers["Content-Type"].startswith("text/javascript")
    refused = ask(target, "GET", place(target, "metadata", "never"))
    assert refused.headers["Content-Type"].startswith("application/json")
    assert set(refused.json()) == {"error"}


@pytest.mark.checks("wire-headers")
def test_headers_of_every_answer(target):
    """No caching, and every origin."""
    headers = ask(target, "GET", "/account/info").headers
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Pragma"] == "no-cache"
    assert headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.checks("wire-401", "wire-401-challenge")
def test_no_credentials(target):
    """The answer says by what to authenticate."""
    answer = ask(target, "GET", "/account/info", signed=False)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("OAuth realm=")


@pytest.mark.checks("wire-405")
@pytest.mark.parametrize(
    ("method", "call"),
    [("PUT", "/account/info"), ("DELETE", "/delta"), ("DELETE", "/metadata/dropbox/a")],
)
def test_wrong_method(target, method, call):
    """Refused."""
    assert ask(target, method, call).status == 405


@pytest.mark.checks("wire-methods")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("call", ["metadata", "revisions", "media", "shares", "copy_ref"])
def test_either_method(target, call, method):
    """GET and POST alike."""
    target.put("either.txt", overwrite=True)
    assert ask(target, method, place(target, call, "either.txt")).status == 200


@pytest.mark.checks("wire-root-unknown")
def test_unknown_root(target):
    """The parameter is named."""
    answer = ask(target, "GET", "/metadata/nowhere/")
    assert (answer.status, set(answer.json()["error"])) == (400, {"root"})


@pytest.mark.checks("wire-root-auto")
def test_automatic_root(target):
    """It stands for the one that the app has."""
    assert ask(target, "GET", "/metadata/auto/", {"list": "false"}).json()["path"] == "/"


@pytest.mark.emulator
@pytest.mark.checks("wire-root-wrong", "wire-root-answers", "wire-app-folder")
def test_app_folder(target):
    """The app sees its folder as the root, and nothing outside."""
    client = target.box.client(access_type="app_folder")
    client.put_file("/inside.txt", "content")
    root = client.metadata("/")
    assert ([entry["path"] for entry in root["contents"]], root["root"]) == (
        ["/inside.txt"],
        "app_folder",
    )
    client.session.root = "dropbox"
    assert status_of(client.metadata, "/") == 400


@pytest.mark.checks("wire-booleans")
@pytest.mark.parametrize("word", ["false", "False", "0", "no"])
def test_booleans(target, word):
    """In any case, and as numbers or words."""
    target.put("folder/file.txt", overwrite=True)
    answer = ask(target, "GET", place(target, "metadata", "folder"), {"list": word})
    assert "contents" not in answer.json()


@pytest.mark.checks("wire-parameter-400")
@pytest.mark.parametrize(
    "params",
    [{"file_limit": "many"}, {"file_limit": "0"}, {"list": "perhaps"}],
    ids=["no number", "out of range", "no boolean"],
)
def test_bad_parameter(target, params):
    """The error names it."""
    answer = ask(target, "GET", "/metadata/auto/", params)
    assert (answer.status, set(answer.json()["error"])) == (400, set(params))


@pytest.mark.checks("wire-locale")
def test_locale(target):
    """Sizes in the language wanted, English for one that isn't known."""
    target.put("sized.txt", b"x" * 1536, overwrite=True)
    sizes = [
        ask(target, "GET", place(target, "metadata", "sized.txt"), {"locale": tag}).json()["size"]
        for tag in ("en", "xx", "de")
    ]
    assert sizes == ["1.5 KB", "1.5 KB", "1,5 KB"]


@pytest.mark.checks("wire-dates")
def test_dates(target):
    """Of 31 characters."""
    assert len(target.put("dated.txt")["modified"]) == 31


@pytest.mark.checks("wire-metadata-size")
@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KB"), (12202, "11.9 KB")],
)
def test_sizes(target, size_bytes, text):
    """For people."""
    assert target.put("size", b"x" * size_bytes, overwrite=True)["size"] == text


@pytest.mark.checks("wire-metadata-kinds")
@pytest.mark.parametrize(
    ("name", "icon", "mime_type", "has_thumbnail"),
    [
        ("a.pdf", "page_white_acrobat", "application/pdf", False),
        ("a.jpg", "page_white_picture", "image/jpeg", True),
        ("a.mov", "page_white_film", "video/quicktime", False),
        ("a.unheard-of", "page_white", "application/octet-stream", False),
    ],
)
def test_kinds(target, name, icon, mime_type, has_thumbnail):
    """By the extension."""
    entry = target.put(name)
    found = (entry["icon"], entry["mime_type"], entry["thumb_exists"])
    assert found == (icon, mime_type, has_thumbnail)


@pytest.mark.checks("wire-rev-fresh", "wire-revision-grows")
def test_revs(target):
    """A new one with every change, and a greater revision."""
    entries = [target.put("r.txt", text, overwrite=True) for text in "ab"]
    entries.append(target.client.file_move(target.path("r.txt"), target.path("s.txt")))
    assert len({entry["rev"] for entry in entries}) == 3
    revisions = [entry["revision"] for entry in entries]
    assert revisions == sorted(set(revisions))


@pytest.mark.checks("wire-same-bytes")
def test_same_bytes_again(target):
    """They change nothing."""
    first = target.put("same.txt", "same")
    assert target.put("same.txt", "same", overwrite=True) == first
    assert len(target.client.revisions(target.path("same.txt"))) == 1


@pytest.mark.checks("wire-client_mtime", "wire-deleted")
def test_deleted_entry(target):
    """A path that was deleted is still told of."""
    before = target.put("dead.txt")
    assert len(before["client_mtime"]) == 31
    target.client.file_delete(target.path("dead.txt"))
    entry = target.client.metadata(target.path("dead.txt"))
    assert (entry["is_deleted"], entry["bytes"], entry["size"]) == (True, 0, "0 bytes")
    assert entry["rev"] != before["rev"]
    assert entry["client_mtime"] == "Wed, 31 Dec 1969 23:59:59 +0000"


@pytest.mark.checks("wire-listing-order", "wire-listing-empty")
def test_listing(target):
    """In the order of folded names; empty for an empty folder."""
    for name in ("b", "C", "a"):
        target.put(f"order/{name}")
    contents = target.client.metadata(target.path("order"))["contents"]
    assert [re.sub(".*/", "", entry["path"]) for entry in contents] == ["a", "b", "C"]
    target.client.file_create_folder(target.path("empty"))
    assert target.client.metadata(target.path("empty"))["contents"] == []


@pytest.mark.checks("wire-hash")
def test_hash(target):
    """It changes if, and only if, something listed does."""
    target.put("h/a.txt")
    folder = target.path("h")
    first = target.client.metadata(folder)["hash"]
    target.put("elsewhere.txt")
    assert target.client.metadata(folder)["hash"] == first
    target.put("h/a.txt", "other", overwrite=True)
    assert target.client.metadata(folder)["hash"] != first


@pytest.mark.checks("wire-media-info")
def test_media_info(target):
    """On demand."""
    target.put("photo.jpg", b"none")
    call = place(target, "metadata", "photo.jpg")
    assert "photo_info" not in ask(target, "GET", call).json()
    assert "photo_info" in ask(target, "GET", call, {"include_media_info": "true"}).json()


@pytest.mark.checks("wire-paths-slashes")
def test_slashes(target):
    """Many are one, and the last is dropped."""
    target.put("slashes/file.txt")
    call = place(target, "metadata", "slashes").replace("/slashes", "//slashes///file.txt/")
    assert ask(target, "GET", call).json()["path"] == target.path("slashes/file.txt")


@pytest.mark.checks("wire-paths-parent-spelling", "wire-paths-same-spelling")
def test_spelling(target):
    """What was there first keeps its own."""
    target.put("Folder/File.txt")
    assert target.put("folder/file.TXT", "x", overwrite=True)["path"].endswith("/Folder/File.txt")
    assert target.put("FOLDER/B.txt")["path"].endswith("/Folder/B.txt")


@pytest.mark.checks("wire-paths-parent-is-file")
def test_parent_that_is_a_file(target):
    """Refused."""
    target.put("file")
    assert status_of(target.put, "file/child") == 400


@pytest.mark.checks("wire-paths-refused")
@pytest.mark.parametrize(
    "name",
    ["a\\b", "a\x01b", "x" * 256, "desktop.ini", "Thumbs.db", ".DS_Store", "icon\r", ".dropbox",
     ".dropbox.attr"],
    ids=["backslash", "control", "long", "desktop", "thumbs", "store", "icon", "dropbox", "attr"],
)  # fmt: skip
def test_refused_names(target, name):
    """None of them is stored."""
    assert status_of(target.put, name) == 400


@pytest.mark.checks("wire-paths-255")
def test_long_name(target):
    """255 characters are fine."""
    assert target.put("x" * 255)["bytes"] == 7


@pytest.mark.checks("wire-paths-counter")
def test_counter(target):
    """The smallest that is free, before the extension."""
    paths = [target.put("n.tar.gz", text)["path"] for text in "abc"]
    names = [path.removeprefix(f"{target.folder}/") for path in paths]
    assert names == ["n.tar.gz", "n.tar (1).gz", "n.tar (2).gz"]
    assert target.put("n.tar (1).gz", "d")["path"].endswith("/n.tar (1) (1).gz")


@pytest.mark.checks("wire-error-texts")
def test_texts(target):
    """Verbatim, where they were seen."""
    path = target.path("never")
    answer = ask(target, "GET", place(target, "metadata", "never"))
    assert answer.json() == {"error": f"Path '{path}' not found"}
    target.client.file_create_folder(target.path("made"))
    answer = ask(
        target, "POST", "/fileops/create_folder", {"root": "auto", "path": target.path("made")}
    )
    assert answer.json()["error"].startswith("Cannot create folder 'made' because a file or")


@pytest.mark.emulator
@pytest.mark.checks("wire-retired")
def test_retired_service(target):
    """One answer to every call."""
    target.box.configure(is_retired=True)
    answer = ask(target, "GET", "/account/info")
    assert (answer.status, answer.json()) == (400, {"error": "v1_retired"})


@pytest.mark.checks("wire-account-fields", "wire-account-types")
def test_account(target):
    """Every field, of its type."""
    info = ask(target, "GET", "/account/info").json()
    assert isinstance(info["uid"], int)
    assert {"familiar_name", "given_name", "surname"} <= set(info["name_details"])
    assert isinstance(info["email_verified"], bool)
    assert isinstance(info["is_paired"], bool)
    assert len(info["country"]) == 2
    assert {"locale", "team", "display_name"} <= set(info)
    assert info["referral_link"].startswith("http")


@pytest.mark.checks("wire-account-quota")
def test_quota_counts(target):
    """What is stored, older revisions not."""
    before = target.client.account_info()["quota_info"]["normal"]
    target.put("counted.bin", b"x" * 1000)
    target.put("counted.bin", b"x" * 1500, overwrite=True)
    assert target.client.account_info()["quota_info"]["normal"] == before + 1500
