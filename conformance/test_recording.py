"""Recorded exchanges contain no private data, and all differences are found."""

import json

import pytest

from conformance.cassettes import differences, load, save, structural
from conformance.exchanges import recorded
from conformance.wire import send

FOLDER = "/run"


def exchange(body, status=200):
    """Return an exchange with this response."""
    request = {"method": "GET", "call": "/1/x", "arguments": {}}
    return {"request": request, "response": {"status": status, "body": body}}


def body_of(body):
    """Return a response body as it is recorded."""
    request = {"method": "POST", "call": "/2/x", "arguments": None}
    return recorded(request, 200, body, FOLDER)["response"]["body"]


def test_recorded_exchanges_have_no_secret(target):
    """Recorded exchanges contain no tokens, no name and no e-mail address."""
    info = target.client.account_info()
    target.put("recorded.txt")
    recorded = json.dumps(target.recorder.exchanges)
    session = target.client.session
    secrets = [session.access_token] if target.api == "v2" else [*session.token]
    private = [*secrets, session.consumer_creds.secret, info["email"], info["display_name"]]
    # The output of a failure must not have the values either.
    is_recorded = any(word in recorded for word in private if word)
    assert not is_recorded


@pytest.mark.emulator
def test_recorded_listing_has_no_entry_from_outside_the_folder(target):
    """Entries outside the run's folder are not recorded."""
    target.client.put_file("/elsewhere/private.txt", "content")
    target.put("own.txt")
    list(target.client.iter_delta())
    assert "private.txt" not in json.dumps(target.recorder.exchanges[1:])


def test_values_of_unknown_fields_are_masked():
    """The value of a field that is not known to be public is masked, and keeps its type."""
    assert body_of(
        {"bytes": 5, "new_text": "x", "new_count": 7, "new_flag": True, "none": None}
    ) == {
        "bytes": 5,
        "new_text": "(removed)",
        "new_count": 0,
        "new_flag": False,
        "none": None,
    }


@pytest.mark.parametrize(
    "private",
    [
        {"link": "https://dl.example/secret"},
        {"copy_reference": "secret"},
        {"session_id": "secret"},
        {"account_id": "dbid:secret"},
        {"name": {"abbreviated_name": "secret", "display_name": "secret"}},
        {"team": {"id": "secret", "name": "secret"}},
        {"root_info": {".tag": "user", "root_namespace_id": "secret"}},
        {"parent_shared_folder_id": "secret"},
        {"id": "id:secret", "rev": "0secret"},
        {"path_display": "/elsewhere/secret", "name": "secret"},
        {"entries": [["/elsewhere/secret", None]]},
        {"matches": [{"metadata": {"metadata": {"path_lower": "/elsewhere/secret"}}}]},
        {"error": "Path '/elsewhere/secret' not found"},
        {"/elsewhere/secret": 1},
        {"dbid:secret": {".tag": "user"}},
        {"path": "/run/../elsewhere/secret"},
        {
            "path_display": "/run/a (secret's conflicted copy 2026-11-29).txt",
            "path": "/run/a (secret's conflicted copy 2026-11-29).txt",
            "name": "a (secret's conflicted copy 2026-11-29).txt",
        },
    ],
    ids=" ".join,
)
def test_private_values_are_masked(private):
    """Tokens, links, ids, names and paths outside the folder are not recorded."""
    assert "secret" not in json.dumps(body_of(private))


@pytest.mark.parametrize(
    "text",
    [
        "Path '/o'neil/secret' not found",
        "Path /elsewhere/secret not found",
        "Path '/run/../secret' not found",
        "Path '/running/secret' not found",
        "The address secret@example.com is not verified",
        "Invalid token sl.secret-1",
    ],
)
def test_private_words_of_an_error_are_masked(text):
    """The text of an error is recorded without paths, addresses and tokens."""
    assert "secret" not in json.dumps(body_of({"error": text}))


@pytest.mark.parametrize(
    "call",
    [
        "/s/secret",
        "/1/save_url_job/secret",
        "/1/metadata/link/secret",
        "/1/metadata//auto/elsewhere/secret",
        "/1/files/dropbox%2Felsewhere/secret",
        "/1/files/auto/run/../secret",
        "/cd/0/get/secret/file",
    ],
)
def test_private_paths_of_urls_are_masked(call):
    """The path of a URL is recorded only if it is a call, with a path in the folder."""
    request = {"method": "GET", "call": call, "arguments": None}
    assert "secret" not in json.dumps(recorded(request, 200, None, FOLDER))


@pytest.mark.parametrize(
    "call",
    [
        "/1/account/info",
        "/1/oauth/request_token",
        "/1/fileops/create_folder",
        "/1/chunked_upload",
        "/1/metadata/dropbox/FOLDER/a.txt",
        "/2/files/create_folder_v2",
        "/2/files/upload_session/append_v2",
        "/2/sharing/create_shared_link_with_settings",
        "/oauth2/token",
    ],
)
def test_calls_are_recorded(call):
    """The names of calls and routes are recorded."""
    request = {"method": "GET", "call": call.replace("FOLDER", "run"), "arguments": None}
    assert recorded(request, 200, None, FOLDER)["request"]["call"] == call


@pytest.mark.parametrize("folder", ["/Alice", "/Älice", '/Alice "A"'])
def test_name_of_the_folder_is_not_recorded(folder):
    """The name of the run's folder is replaced in every spelling."""
    names = {"path_display": f"{folder}/A.txt", "path_lower": f"{folder.lower()}/a.txt"}
    request = {"method": "POST", "call": "/2/x", "arguments": {"path": f"{folder}/A.txt"}}
    whole = recorded(request, 200, {"entries": [names]}, folder)
    assert whole["request"]["arguments"] == {"path": "/FOLDER/A.txt"}
    assert whole["response"]["body"]["entries"] == [
        {"path_display": "/FOLDER/A.txt", "path_lower": "/FOLDER/a.txt"}
    ]


@pytest.mark.parametrize(
    "text",
    ["Path '/FOLDER/o'neil.txt' not found", "v1_retired", "Invalid signature.", "no_file"],
)
def test_words_of_an_error_are_recorded(text):
    """The words of an error, and a path in the folder, are recorded."""
    assert body_of({"error": text.replace("FOLDER", "run")}) == {"error": text}


def test_values_inside_the_folder_are_recorded():
    """Paths and names in the folder of the case are recorded, with the folder's name replaced."""
    metadata = {"path_display": "/run/A.txt", "path_lower": "/run/a.txt", "name": "A.txt"}
    assert body_of(metadata) == {
        "path_display": "/FOLDER/A.txt",
        "path_lower": "/FOLDER/a.txt",
        "name": "A.txt",
    }


def test_type_of_a_download_is_recorded(target):
    """Of a response that is not JSON, the type is recorded."""
    target.put("typed.pdf")
    target.client.get_file(target.path("typed.pdf")).close()
    body = target.recorder.exchanges[-1]["response"]["body"]
    assert body["Content-Type"] in ("application/pdf", "application/octet-stream")


def test_arguments_are_recorded(target):
    """The arguments of a request are recorded, whether they are parameters or JSON."""
    target.put("sent.txt", overwrite=True)
    arguments = target.recorder.exchanges[-1]["request"]["arguments"]
    if target.api == "v1":
        assert arguments["overwrite"].lower() == "true"
    else:
        assert arguments["path"] == "/FOLDER/sent.txt"
        assert arguments["mode"] == "overwrite"


def test_cassette_is_compared_with_the_same_version_only(tmp_path):
    """A cassette of one version of the API is not compared with the other version."""
    save("case", "v2", [exchange({})], tmp_path)
    assert load("case", "v1", tmp_path) is None
    assert load("case", "v2", tmp_path) == [exchange({})]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ({"a": 1}, {}, "is missing"),
        ({}, {"a": 1}, "is new"),
        ({"a": 1}, {"a": "1"}, "was int, now str"),
        ({"a": [1]}, {"a": []}, "had 1 items, now 0"),
    ],
    ids=["missing", "new", "type", "length"],
)
def test_difference_of_structure(old, new, message):
    """Each difference of structure is reported."""
    (text,) = structural([exchange(old)], [exchange(new)])
    assert text.endswith(message)


def test_differences_of_structure_are_reported_first():
    """Differences of structure are reported before differences of values."""
    found = differences([exchange({"a": "x", "b": 1})], [exchange({"a": "y"})])
    assert [text.rpartition(" ")[2] for text in found] == ["missing", "now"]


def test_different_status_is_a_difference_of_structure():
    """A different status counts as a difference of structure."""
    assert structural([exchange({}, 200)], [exchange({}, 404)])


def test_raw_requests_are_not_recorded(target):
    """Only requests of the client are recorded."""
    send(target, "GET", "/account/info")
    assert target.recorder.exchanges == []
