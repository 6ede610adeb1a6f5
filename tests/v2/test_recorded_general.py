"""Recorded forms of version 2 that all routes share: JSON, error summaries, revs and ids."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timezone

import pytest

from tests.v2.recorded import FILE, TAGGED_FILE, URL_SAFE, nested


def test_summary_ends_in_a_varying_number_of_dots(api):
    """A summary has 0, 1, 2 or 3 dots, about equally often.

    Recorded by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2016 to 2021:
    52, 44, 58 and 53 of 207.
    """
    found = Counter()
    for _ in range(200):
        summary = api.post("files/get_metadata", {"path": "/no"}).json["error_summary"]
        found[summary.removeprefix("path/not_found/")] += 1
    assert set(found) == {"", ".", "..", "..."}
    assert min(found.values()) > 20


def test_error_has_spaces_and_begins_with_its_summary(api):
    """The JSON of most routes has spaces, and `error_summary` is the first member of an error.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2020.
    """
    text = api.post("files/get_metadata", {"path": "/no"}).text
    assert re.fullmatch(
        r'\{"error_summary": "path/not_found/\.{0,3}",'
        r' "error": \{"\.tag": "path", "path": \{"\.tag": "not_found"\}\}\}',
        text,
    )


def test_result_has_spaces(api):
    """The JSON of a result has a space after each colon and comma.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2021.
    """
    api.upload("/a.txt")
    text = api.post("files/get_metadata", {"path": "/a.txt"}).text
    assert text == json.dumps(json.loads(text))
    assert text.startswith('{".tag": "file", "name": "a.txt", "path_lower": "/a.txt", ')


@pytest.mark.parametrize("max_results", [1, 100], ids=["with more", "without more"])
def test_search_is_compact_and_sorted(api, max_results):
    """files/search_v2 and files/search/continue_v2 have no spaces, and sort the members.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2021.
    """
    for name in ("file 1", "file 2", "file 3"):
        api.upload(f"/{name}")
    options = {"max_results": max_results}
    first = api.post("files/search_v2", {"query": "file", "options": options})
    found = [first]
    if first.json["has_more"]:
        found.append(api.post("files/search/continue_v2", {"cursor": first.json["cursor"]}))
    for response in found:
        assert response.text == compact(response.json)
        assert re.search('("cursor":.*,)?"has_more":(true|false),"matches":', response.text)


def test_error_of_a_compact_route_is_compact_and_sorted(api):
    """A 401 from files/search_v2 has no spaces, and `error` is its first member.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2021.
    """
    unknown = "Bearer sl.unknown"
    for route in ("files/search_v2", "files/search/continue_v2"):
        response = api.post(route, {"query": "file"}, unknown)
        assert response.status_code == 401
        assert re.fullmatch(
            r'\{"error":\{"\.tag":"invalid_access_token"\},'
            r'"error_summary":"invalid_access_token/\.{0,3}"\}',
            response.text,
        )


def test_long_poll_is_compact_and_ends_in_a_line_feed(api):
    """files/list_folder/longpoll answers `{"changes":true}` and a line feed.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2022.
    """
    cursor = api.rpc("files/list_folder", path="")["cursor"]
    api.upload("/a.txt")
    response = api.post("files/list_folder/longpoll", {"cursor": cursor, "timeout": 30}, "")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.text == '{"changes":true}\n'


def test_error_of_an_upload_is_compact_and_sorted(api):
    """An error of files/upload has no spaces, and its members are sorted.

    Quoted by thiagosindra/cloudlug and DBSYNC, 2026.
    """
    api.upload("/a.txt")
    response = api.send("files/upload", {"path": "/a.txt"}, b"other")
    assert response.status_code == 409
    assert response.text == compact(response.json)
    assert response.text.startswith('{"error":{".tag":"path","reason":{".tag":"conflict",')


def test_members_of_a_file_have_the_order_of_the_service(api):
    """Metadata that is not sorted has this order, also without the tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2021, and a network capture, 2023.
    `path_display` (2016), `content_hash` (2017) and `is_downloadable` (2019) are later members.
    """
    assert tuple(api.upload("/a.txt")) == FILE
    assert tuple(api.rpc("files/get_metadata", path="/a.txt")) == TAGGED_FILE
    assert tuple(api.rpc("files/list_folder", path="")["entries"][0]) == TAGGED_FILE


def test_modified_times_differ_by_a_second_at_most(api):
    """`server_modified` may be one second after `client_modified`, if the client sent no time.

    Recorded by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2016 to 2018.
    """
    times = api.upload("/a.txt")
    client, server = (seconds(times[f"{name}_modified"]) for name in ("client", "server"))
    assert client <= server <= client + 1


def test_rev_has_the_microseconds_of_the_write_and_the_namespace(api):
    """A rev is 13 hexadecimal digits of the time in microseconds, and 8 of the namespace.

    Recorded by the VCR cassettes of Jesus/dropbox_api, the fixtures of bryggan, the results of
    OpenIntegrations, a network capture and watermint/toolbox, 2019 to 2024: 12 of 12.
    """
    root = api.rpc_null("users/get_current_account")["root_info"]["root_namespace_id"]
    revs = [api.upload("/a.txt", content, mode="overwrite") for content in (b"1", b"2", b"3")]
    for metadata in revs:
        rev = metadata["rev"]
        assert re.fullmatch("[0-9a-f]{21}", rev)
        assert int(rev[:13], 16) // 1_000_000 == seconds(metadata["server_modified"])
        assert int(rev[13:], 16) == int(root)
    assert len({metadata["rev"] for metadata in revs}) == 3


@pytest.fixture
def job(api):
    """The id of a job of a batch."""
    api.upload("/source")
    batch = {"entries": [{"from_path": "/source", "to_path": "/target"}]}
    return api.rpc("files/copy_batch_v2", **batch)["async_job_id"]


def test_ids_of_files_and_accounts_have_the_length_of_the_service(api):
    """The id of a file or folder has 22 characters, that of an account 35, each after its prefix.

    Recorded by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2016 to 2022.
    """
    folder = api.rpc("files/create_folder_v2", path="/folder")["metadata"]
    for metadata in (api.upload("/folder/a.txt"), folder):
        assert re.fullmatch(f"id:{URL_SAFE}{{22}}", metadata["id"])
    account = api.rpc_null("users/get_current_account")
    assert re.fullmatch(f"dbid:{URL_SAFE}{{35}}", account["account_id"])


def test_id_of_an_upload_session_has_its_prefix(api):
    """The id begins with `pid_upload_session:`; until 2018 it had 22 characters.

    Quoted by DBSYNC and thiagosindra/cloudlug, 2026.
    """
    session_id = api.send("files/upload_session/start", {}).json["session_id"]
    assert re.fullmatch(f"pid_upload_session:{URL_SAFE}+", session_id)


def test_id_of_the_job_of_a_batch_has_its_prefix(job):
    """The id of a batch is `dbjid:` and 88 characters.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2019.
    """
    assert re.fullmatch(f"dbjid:{URL_SAFE}{{88}}", job)


def test_ids_without_a_prefix_have_22_characters(api):
    """The job of files/save_url and a copy reference have 22 characters.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 and 2017, and by the results of
    OpenIntegrations, 2024.
    """
    api.upload("/a.txt")
    saved = api.rpc("files/save_url", path="/b.txt", url="https://files.example/b.txt")
    reference = api.rpc("files/copy_reference/get", path="/a.txt")
    for made in (saved["async_job_id"], reference["copy_reference"]):
        assert re.fullmatch(f"{URL_SAFE}{{22}}", made)


def test_request_id_has_32_hexadecimal_digits(api):
    """The header X-Dropbox-Request-Id has 32 digits, and differs for each request.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2022.
    """
    found = {
        api.post(route).headers["X-Dropbox-Request-Id"]
        for route in ("users/get_current_account", "files/get_metadata", "no/route")
    }
    assert len(found) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in found)


@pytest.mark.parametrize("recursive", [False, True])
@pytest.mark.parametrize("path", ["", "/some folder"])
def test_cursor_has_the_form_of_the_service(api, path, recursive):
    """A cursor of files/list_folder has 152 to 344 characters, and begins with `AA`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2021.
    """
    api.upload(f"{path}/a.txt")
    argument = {"path": path, "recursive": recursive}
    for route in ("files/list_folder", "files/list_folder/get_latest_cursor"):
        assert re.fullmatch(f"AA{URL_SAFE}{{150,342}}", api.rpc(route, **argument)["cursor"])


@pytest.mark.parametrize(
    ("route", "argument"),
    [
        ("files/create_folder", {"path": "/a\\b"}),
        ("files/create_folder_v2", {"path": "/a\\b"}),
        ("files/copy_reference/save", {"path": "//name"}),
    ],
    ids=["create_folder, 2016", "create_folder_v2, 2016", "copy_reference, 2017"],
)
def test_name_that_is_not_allowed_is_malformed(api, route, argument):
    """A backslash, and two slashes at the start of a path, are not allowed.

    Recorded by the VCR cassettes of Jesus/dropbox_api.
    """
    api.upload("/a.txt")
    if route.endswith("save"):
        made = api.rpc("files/copy_reference/get", path="/a.txt")
        argument = {**argument, "copy_reference": made["copy_reference"]}
    assert api.fails(route, **argument) == nested("path", "malformed_path")


def compact(value):
    """Return JSON without spaces, with its members in alphabetical order."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def seconds(text):
    """Return a time of the API in seconds since 1970."""
    found = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return int(found.timestamp())
