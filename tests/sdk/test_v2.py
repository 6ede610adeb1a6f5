"""The documented calls over version 2 of the API, against the emulator."""

from __future__ import annotations

import io
import json
from unittest.mock import Mock
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3

from dropbox.client import DropboxClient, DropboxOAuth2Flow, DropboxOAuth2FlowNoRedirect
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import ErrorResponse, RESTClientObject
from dropbox.session import DropboxSession
from dropbox.v2.wire import Wire
from fakebox import Fakebox
from fakebox.core import defaults
from fakebox.core.defaults import BEARER_TOKEN

HOSTS = ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c6360606000000004000127340a0d0000000049454e44ae426082"
)


def lead(session, url):
    """Have one server stand for all hosts."""
    for name in HOSTS:
        setattr(session, name, url)
    return session


@pytest.fixture
def box():
    """A fresh emulator."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def rest_client():
    """A transport of its own."""
    made = RESTClientObject()
    yield made
    made.close()


@pytest.fixture
def client(box, rest_client):
    """A client that goes by version 2."""
    session = lead(DropboxOAuth2Session(BEARER_TOKEN, api="v2"), box.url)
    return DropboxClient(session, rest_client)


@pytest.fixture
def scripted(script, rest_client):
    """A client of a service that gives scripted answers."""
    session = lead(DropboxOAuth2Session("a-token", api="v2"), script.url)
    return DropboxClient(session, rest_client)


def refused(call, *args, **options):
    """The error that a call is refused with."""
    with pytest.raises(ErrorResponse) as caught:
        call(*args, **options)
    return caught.value


def test_program_of_2012_goes_on_unchanged(box, rest_client):
    """All that differs is what its token store holds: an OAuth 2 token, and no secret."""
    session = lead(DropboxSession("key", "secret", "dropbox", api="v2"), box.url)
    session.set_token(BEARER_TOKEN, "")
    client = DropboxClient(session, rest_client)
    put = client.put_file("/magnum-opus.txt", b"content")
    with client.get_file_and_metadata("/magnum-opus.txt")[0] as response:
        assert response.read() == b"content"
    assert client.metadata("/")["contents"] == [put]
    assert client.metadata("/magnum-opus.txt") == put


def test_session_without_an_oauth_2_token_is_told_so(box, rest_client):
    """Version 2 takes no other."""
    session = lead(DropboxSession("key", "secret", "dropbox", api="v2"), box.url)
    session.set_token("token", "token-secret")
    error = refused(DropboxClient(session, rest_client).account_info)
    assert error.status == 401
    assert "takes OAuth 2 tokens only" in error.error_msg


def test_api_is_one_that_there_is():
    """Any other word is refused when the session is made."""
    with pytest.raises(ValueError, match="'v1' or 'v2'"):
        DropboxSession("key", "secret", "dropbox", api="v3")


@pytest.mark.parametrize(
    ("api", "secret", "expected"),
    [(None, "", "/2/"), (None, "s", "/1/"), ("v1", "", "/1/"), ("v2", "", "/2/")],
    ids=["oauth 2", "oauth 1", "v1", "v2"],
)
def test_live_service_is_called_by_what_the_token_is_for(api, secret, expected):
    """It speaks version 2 alone, which takes OAuth 2 tokens alone."""
    asked = []

    class Recording:
        """Notes where requests go."""

        def request(self, method, url, **options):
            """As the v2 bridge sends."""
            self.GET(url)

        def GET(self, url, *args, **options):
            """As version 1 sends."""
            asked.append(url)
            raise ErrorResponse(Refusing())

    session = DropboxSession("key", "secret", "dropbox", api=api)
    session.set_token("token", secret)
    refused(DropboxClient(session, Recording()).account_info)
    assert expected in asked[0]
    hosts = {"/1/": "https://api.dropbox.com/", "/2/": "https://api.dropboxapi.com/"}
    assert asked[0].startswith(hosts[expected])


class Refusing:
    """An answer that says no."""

    status, reason, headers = 418, "No", {}

    @staticmethod
    def read():
        """Nothing."""
        return b""


def test_account_has_a_number_that_lasts(client):
    """Version 2 has none, so it is made from the id."""
    info = client.account_info()
    assert isinstance(info["uid"], int)
    assert info["uid"] == client.account_info()["uid"]
    assert info["team"] is None


def test_account_tells_of_its_team(scripted, script):
    """As version 1 named its fields."""
    name = dict.fromkeys(("display_name", "familiar_name", "given_name", "surname"), "n")
    known = ("email", "email_verified", "locale", "referral_link", "is_paired")
    account = {"account_id": "dbid:x", "name": name, **dict.fromkeys(known, "")}
    script.say(json.dumps({**account, "team": {"id": "7", "name": "Team"}}))
    script.say(json.dumps({"used": 1, "allocation": {".tag": "team", "allocated": 2}}))
    assert scripted.account_info()["team"] == {"team_id": "7", "name": "Team"}


def test_token_can_be_disabled(client):
    """And is no good then."""
    client.disable_access_token()
    assert refused(client.account_info).status == 401


def test_what_version_2_has_no_equal_of_says_so(client):
    """By name."""
    for call in (client.create_oauth2_access_token, lambda: client._get("/datastores/list")):
        error = refused(call)
        assert error.status in (400, 404)
        assert "has no equal of" in error.error_msg


def test_large_file_goes_up_in_chunks(client):
    """And a program that has lost count is told where it stands."""
    data = bytes(range(256)) * 40
    uploader = client.get_chunked_uploader(io.BytesIO(data), len(data))
    uploader.upload_chunked(3000)
    error = refused(client.upload_chunk, b"x", 1, 5, uploader.upload_id)
    assert (error.status, error.body["offset"]) == (400, len(data))
    assert uploader.finish("/large.bin")["bytes"] == len(data)
    assert refused(client.upload_chunk, b"x", 1, 5, "nothing").status == 404
    assert refused(client.commit_chunked_upload, "/x", "nothing").status == 400


def test_empty_file_goes_up_in_chunks_too(client):
    """One, of nothing."""
    uploader = client.get_chunked_uploader(io.BytesIO(), 0)
    uploader.upload_chunked()
    assert uploader.finish("/empty")["bytes"] == 0


def test_folder_that_is_unchanged_is_a_304(client):
    """By the hash of its listing."""
    client.put_file("/folder/a", b"x")
    digest = client.metadata("/folder")["hash"]
    assert refused(client.metadata, "/folder", hash=digest).status == 304
    client.put_file("/folder/b", b"x")
    assert client.metadata("/folder", hash=digest)["hash"] != digest


def test_listing_is_whole_however_many_pages_it_takes(box, client):
    """Up to the limit; beyond it is a 406."""
    box.configure(delta_page_size=2)
    for number in range(5):
        client.put_file(f"/folder/{number}", b"x")
    assert len(client.metadata("/folder")["contents"]) == 5
    assert refused(client.metadata, "/folder", file_limit=4).status == 406


def test_revision_of_another_path_is_not_found(client):
    """Though version 2 would find it."""
    rev = client.put_file("/a", b"x")["rev"]
    assert client.metadata("/a", rev=rev)["rev"] == rev
    assert refused(client.metadata, "/b", rev=rev).status == 404


def test_deletion_heads_the_revisions(client):
    """With the time when it happened."""
    client.put_file("/a", b"x")
    client.file_delete("/a")
    gone, old = client.revisions("/a")
    assert (gone["is_deleted"], old["bytes"]) == (True, 1)


def test_deletion_without_a_time_heads_the_revisions_too(scripted, script):
    """The service leaves the time out at times."""
    entry = {
        "name": "a",
        "path_display": "/a",
        "rev": "0123456789",
        "size": 1,
        "server_modified": "2020-01-01T00:00:00Z",
        "client_modified": "2020-01-01T00:00:00Z",
    }
    script.say(json.dumps({"is_deleted": True, "entries": [entry]}))
    assert scripted.revisions("/a")[0]["is_deleted"]


def test_program_that_follows_changes_ends_with_what_is_there(box, client):
    """Also when the service has it begin again."""
    client.put_file("/a", b"x")
    page = client.delta()
    assert (page["reset"], [path for path, _ in page["entries"]]) == (True, ["/a"])
    client.file_delete("/a")
    page = client.delta(page["cursor"])
    assert (page["reset"], page["entries"]) == (False, [["/a", None]])
    box.world.changes.reset(1)
    assert client.delta(page["cursor"])["reset"]
    assert refused(client.delta, "nonsense").status == 400


def test_folder_that_is_not_there_yet_can_be_followed(client):
    """From when it is."""
    page = client.delta(path_prefix="/later")
    assert (page["entries"], page["has_more"]) == ([], False)
    client.put_file("/later/a", b"x")
    paths = [path for path, _ in client.delta(page["cursor"], "/later")["entries"]]
    assert "/later/a" in paths


def test_path_that_cannot_be_followed_is_refused(client):
    """A file has no changes below it."""
    client.put_file("/a", b"x")
    assert refused(client.delta, path_prefix="/a").status == 400


def test_news_is_waited_for(client):
    """At the notification host."""
    cursor = client.delta()["cursor"]
    client.put_file("/a", b"x")
    assert client.longpoll_delta(cursor, timeout=30) == {"changes": True}


def test_link_is_the_same_each_time(client):
    """The second one is found by the first."""
    client.put_file("/a", b"x")
    link = client.share("/a")
    assert link["url"] == client.share("/a", short_url=False)["url"]
    assert link["expires"].endswith("2030 00:00:00 +0000")
    assert refused(client.share, "/no").status == 404


def test_link_that_is_not_told_is_looked_for(scripted, script):
    """Older answers leave it out."""
    tag = "shared_link_already_exists"
    script.say(json.dumps({"error_summary": f"{tag}/.", "error": {".tag": tag}}), 409)
    script.say(json.dumps({"links": [{"url": "https://x/"}], "has_more": False}))
    assert scripted.share("/a")["url"] == "https://x/"


def test_media_is_for_files(client):
    """A folder is a 400, nothing a 404."""
    client.put_file("/folder/a", b"x")
    assert client.media("/folder/a")["url"].startswith("http")
    assert refused(client.media, "/folder").status == 400
    assert refused(client.media, "/no").status == 404


def test_copy_ref_is_used(client):
    """And a wrong one is not found."""
    client.put_file("/a", b"x")
    ref = client.create_copy_ref("/a")
    assert client.add_copy_ref(ref["copy_ref"], "/b")["path"] == "/b"
    assert refused(client.add_copy_ref, "nothing", "/c").status == 404


def test_thumbnail_comes_with_the_metadata(client):
    """In the sizes of version 1; what is no picture has none."""
    client.put_file("/p.png", PIXEL)
    response, metadata = client.thumbnail_and_metadata("/p.png", "small", "PNG")
    with response:
        assert response.read().startswith(b"\x89PNG")
    assert (metadata["mime_type"], metadata["thumb_exists"]) == ("image/png", True)
    client.put_file("/a.txt", b"x")
    assert refused(client.thumbnail, "/a.txt").status == 404
    client.put_file("/broken.png", b"x")
    assert refused(client.thumbnail, "/broken.png").status == 415


def test_part_of_a_file_is_downloaded(client):
    """By a range."""
    client.put_file("/a", b"0123456789")
    with client.get_file("/a", start=2, length=3) as response:
        assert (response.status, response.read()) == (206, b"234")


def test_app_folder_is_named_as_such(box, rest_client):
    """By the session's access type."""
    session = lead(DropboxSession("key", "secret", "app_folder", api="v2"), box.url)
    session.set_token(BEARER_TOKEN, "")
    assert DropboxClient(session, rest_client).put_file("/a", b"")["root"] == "app_folder"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({".tag": "pending"}, "pending"),
        (
            {
                ".tag": "metadata",
                "metadata": {
                    "time_taken": "2020-01-01T00:00:00Z",
                    "location": {"latitude": 1.0, "longitude": 2.0},
                    "duration": 5,
                },
            },
            {
                "time_taken": "Wed, 01 Jan 2020 00:00:00 +0000",
                "lat_long": [1.0, 2.0],
                "duration": 5,
            },
        ),
    ],
    ids=["pending", "known"],
)
def test_film_tells_when_and_where(scripted, script, told, expected):
    """As far as the service knows."""
    entry = {
        ".tag": "file",
        "name": "a.mp4",
        "path_lower": "/a.mp4",
        "rev": "0123456789",
        "size": 5 * 1024 * 1024,
        "server_modified": "2020-01-01T00:00:00Z",
        "client_modified": "2020-01-01T00:00:00Z",
        "media_info": told,
    }
    script.say(json.dumps(entry))
    shown = scripted.metadata("/a.mp4", include_media_info=True)
    assert shown["video_info"] == expected
    assert (shown["size"], shown["icon"]) == ("5 MB", "page_white_film")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, "Error in call", {"error": "Error in call"}),
        (
            401,
            json.dumps({"error_summary": "invalid_access_token/.", "error": {}}),
            {"error": "invalid_access_token/."},
        ),
        (
            409,
            json.dumps({"error_summary": "other/..", "error": {".tag": "other"}}),
            {"error": "other"},
        ),
        (500, "oops", "oops"),
    ],
    ids=["text", "token", "unknown tag", "server"],
)
def test_refusal_has_the_shape_of_version_1(scripted, script, status, body, expected):
    """A status, and a body with an error; a tag that nobody knew in 2012 is a bad request."""
    script.say(body, status)
    error = refused(scripted.file_delete, "/a")
    assert (error.status, error.body) == (400 if status == 409 else status, expected)


def test_secrets_are_not_shown(client):
    """Neither by a client nor by a session."""
    assert BEARER_TOKEN not in repr(client)
    wire = Wire(client.session, client.rest_client, BEARER_TOKEN)
    assert BEARER_TOKEN not in repr(wire)


def test_operations_answer_metadata(client):
    """Of what they made, or removed; what stands in the way is renamed around or refused."""
    client.put_file("/a", b"x")
    assert client.file_copy("/a", "/b")["path"] == "/b"
    assert client.file_move("/b", "/a")["path"] == "/a (1)"
    assert client.file_create_folder("/folder")["is_dir"]
    assert refused(client.file_create_folder, "/folder").status == 403
    assert refused(client.file_move, "/folder", "/folder/below").status == 403
    gone = client.file_delete("/a")
    assert (gone["is_deleted"], gone["bytes"]) == (True, 0)
    assert refused(client.file_delete, "/a").status == 404


def test_folder_is_told_with_what_version_2_leaves_out(client):
    """Its rev lasts as long as it does."""
    client.put_file("/folder/a", b"x")
    folder = client.metadata("/folder", list=False)
    assert (folder["is_dir"], folder["revision"], folder["icon"]) == (True, 0, "folder")
    assert folder["rev"] == client.metadata("/folder")["rev"]
    assert client.metadata("/", list=False)["path"] == "/"


def test_deleted_file_is_told_as_such(client):
    """And comes back by its revision."""
    rev = client.put_file("/a.txt", b"x")["rev"]
    client.file_delete("/a.txt")
    gone = client.metadata("/a.txt")
    assert (gone["is_deleted"], gone["bytes"], gone["mime_type"]) == (True, 0, "text/plain")
    assert client.metadata("/", include_deleted=True)["contents"] == [gone]
    assert client.restore("/a.txt", rev)["bytes"] == 1
    assert refused(client.restore, "/a.txt", "123456789").status == 404


def test_search_finds_names(client):
    """Deleted ones on demand; too short a query is refused."""
    client.put_file("/needle", b"x")
    client.put_file("/needles", b"x")
    client.file_delete("/needles")
    assert [found["path"] for found in client.search("/", "needle")] == ["/needle"]
    assert len(client.search("/", "needle", include_deleted=True)) == 2
    assert refused(client.search, "/", "ne").status == 400


def test_limit_that_version_1_had_not_is_refused(client):
    """Before anything is asked."""
    assert refused(client.metadata, "/", file_limit=25_001).status == 400
    assert refused(client.revisions, "/a", rev_limit=0).status == 400


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 bytes"), (1536, "1.5 KB"), (1024**2, "1 MB"), (1024**2 - 1, "1 MB")],
)
def test_size_is_told_for_people(scripted, script, size_bytes, text):
    """Base 1024, to one decimal."""
    told = {"name": "a", "path_display": "/a", "rev": "0123456789", "size": size_bytes}
    stamps = dict.fromkeys(("server_modified", "client_modified"), "2020-01-01T00:00:00Z")
    script.say(json.dumps({**told, **stamps}))
    assert scripted.put_file("/a", b"")["size"] == text


def test_upload_that_cannot_stand_there_is_refused(client):
    """When it is committed."""
    client.put_file("/a", b"x")
    for data in (b"x", b""):
        uploader = client.get_chunked_uploader(io.BytesIO(data), len(data))
        uploader.upload_chunked()
        assert refused(uploader.finish, "/a/below").status == 400


def test_revisions_of_a_file_that_stands_have_no_deletion(client):
    """The newest comes first."""
    client.put_file("/a", b"x")
    client.put_file("/a", b"xy", overwrite=True)
    assert [revision["bytes"] for revision in client.revisions("/a")] == [2, 1]


def test_waiting_has_a_time_of_its_own(client):
    """Without one the service's is meant."""
    cursor = client.delta()["cursor"]
    client.put_file("/a", b"x")
    assert client.longpoll_delta(cursor)["changes"]


def test_change_that_cannot_be_told_is_refused(scripted, script):
    """Whatever nobody knew of in 2012."""
    script.say(json.dumps({"error_summary": "other/.", "error": {".tag": "other"}}), 409)
    assert refused(scripted.delta, "cursor").status == 400


def test_picture_tells_where_it_was_taken(scripted, script):
    """As far as it knows."""
    stamps = dict.fromkeys(("server_modified", "client_modified"), "2020-01-01T00:00:00Z")
    media = {".tag": "metadata", "metadata": {".tag": "photo"}}
    told = {".tag": "file", "name": "a.jpg", "path_display": "/a.jpg", "rev": "0123456789"}
    script.say(json.dumps({**told, **stamps, "size": 1, "media_info": media}))
    shown = scripted.metadata("/a.jpg", include_media_info=True)
    assert shown["photo_info"] == {"time_taken": None, "lat_long": None}


def test_upload_based_on_an_old_revision_is_renamed(client):
    """One based on the newest replaces it."""
    first = client.put_file("/a", b"1")
    second = client.put_file("/a", b"22", parent_rev=first["rev"])
    assert second["path"] == "/a"
    assert "conflicted copy" in client.put_file("/a", b"3", parent_rev=first["rev"])["path"]


def test_flow_takes_an_app_in_by_todays_addresses(box, monkeypatch):
    """The user says yes, and the token that comes of it is one for version 2."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", box.url)
    back = "https://app.example/done"
    app = box.add_app("Flow", auto_approve=True, redirect_uris=(back,))
    flow = DropboxOAuth2Flow(app.key, app.secret, back, {}, "csrf", locale="de", api="v2")
    url = flow.start("here")
    assert url.startswith(f"{box.url}/oauth2/authorize?")
    redirect = urllib3.request("GET", url, redirect=False).headers["Location"]
    token, uid, state = flow.finish(dict(parse_qsl(urlsplit(redirect).query)))
    assert (uid, state) == ("1", "here")
    client = DropboxClient(DropboxOAuth2Session(token, api="v2"))
    assert client.account_info()["email"] == defaults.USER.email


def test_flow_knows_todays_hosts():
    """Where the live service takes apps in."""
    rest_client = Mock()
    rest_client.POST.return_value = {"access_token": "token", "uid": "7"}
    flow = DropboxOAuth2FlowNoRedirect("key", "secret", rest_client=rest_client, api="v2")
    where = "https://www.dropbox.com/oauth2/authorize?response_type=code&client_id=key"
    assert flow.start() == where
    assert flow.finish("code") == ("token", "7")
    assert rest_client.POST.call_args.args == ("https://api.dropboxapi.com/oauth2/token",)
