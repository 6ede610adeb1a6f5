"""All error texts of one line: of the command line, the control plane, the plugin and `Fakebox`.

The tables are meant to be read as a whole: each text says what is wrong, with the value, and what
is accepted. In a text, `...` matches any text that depends on the version of Python, of pytest or
of the machine. The errors of the emulated service itself are not here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from fakebox import Fakebox

# The arguments of `fakebox`, and the line on standard error after `fakebox: `, for the exit
# status 2. The files are those of the fixture `directory`.
COMMANDS = [
    ("", "the following arguments are required: COMMAND (see fakebox --help)"),
    (
        "nonsense",
        "argument COMMAND: invalid choice: 'nonsense' (choose from ...) (see fakebox --help)",
    ),
    ("env --nonsense", "unrecognized arguments: --nonsense (see fakebox env --help)"),
    ("env --url", "argument --url: expected one argument (see fakebox env --help)"),
    (
        "env --url localhost:8710",
        "--url must begin with http:// or https:// and a host, not 'localhost:8710'",
    ),
    (
        "env --tls --url http://localhost:8710",
        "--url must begin with https:// because of --tls, not 'http://localhost:8710'",
    ),
    (
        "env --url http://h/x",
        "--url must have no path, such as http://127.0.0.1:8710, not 'http://h/x'",
    ),
    (
        "completion",
        "the following arguments are required: shell (see fakebox completion --help)",
    ),
    (
        "completion fish",
        "argument shell: invalid choice: 'fish' (choose from ...) (see fakebox completion --help)",
    ),
    (
        "serve --port 70000",
        (
            "argument --port: the port must be between 0 and 65535, not '70000'"
            " (see fakebox serve --help)"
        ),
    ),
    (
        "serve --proxy x --tls",
        (
            "argument --proxy: the port must be between 0 and 65535, not 'x'"
            " (see fakebox serve --help)"
        ),
    ),
    (
        "serve --delta-page-size 0",
        (
            "argument --delta-page-size: the number must be at least 1, not '0'"
            " (see fakebox serve --help)"
        ),
    ),
    (
        "serve --random-seed x",
        "argument --random-seed: the seed must be an integer, not 'x' (see fakebox serve --help)",
    ),
    (
        "serve --data=",
        "argument --data: the name must not be empty (see fakebox serve --help)",
    ),
    (
        "serve --auth loose",
        "argument --auth: invalid choice: 'loose' (choose from ...) (see fakebox serve --help)",
    ),
    (
        "serve --host=",
        "--host must not be empty; use 0.0.0.0 to serve on all addresses of this machine",
    ),
    (
        "serve --admin-token=",
        "--admin-token must not be empty; leave it out to serve without an admin token",
    ),
    ("serve --ca-file ca.pem", "--ca-file requires --tls"),
    ("serve --tls-name fakebox", "--tls-name requires --tls"),
    ("serve --cert cert.pem --key key.pem", "--cert requires --tls"),
    ("serve --key key.pem", "--key requires --tls"),
    ("serve --tls --cert cert.pem", "--cert and --key require each other"),
    (
        "serve --tls --cert cert.pem --key key.pem --tls-name fakebox",
        (
            "--cert excludes --ca-file and --tls-name, which are for the certificate that is made"
            " at the start"
        ),
    ),
    (
        "serve --tls --cert cert.pem --key other.pem",
        "the key in other.pem does not fit the certificate in cert.pem",
    ),
    (
        "serve --tls --cert missing.pem --key key.pem",
        "cannot read missing.pem: No such file or directory",
    ),
    (
        "serve --tls --cert text.txt --key key.pem",
        (
            "text.txt and key.pem must be PEM files with a certificate and its key, which is not"
            " encrypted"
        ),
    ),
    (
        "serve --tls --cert cert.pem --key locked.pem",
        (
            "cert.pem and locked.pem must be PEM files with a certificate and its key, which is not"
            " encrypted"
        ),
    ),
    (
        "serve --tls --tls-name a/b",
        (
            "argument --tls-name: the name must be a host name of letters, digits and hyphens, or"
            " an IP address, not 'a/b' (see fakebox serve --help)"
        ),
    ),
    (
        "serve --tls --tls-name xn--a",
        "no certificate can be made for '127.0.0.1', 'xn--a': ...",
    ),
    (
        "serve --tls --data mismatched",
        (
            "mismatched/ca-key.pem must contain the certificate and the key of a CA; delete it to"
            " make a new one"
        ),
    ),
    (
        "serve --tls --data damaged",
        (
            "damaged/ca-key.pem must contain the certificate and the key of a CA; delete it to make"
            " a new one"
        ),
    ),
    (
        "serve --tls --data blocked",
        "cannot use blocked/ca-key.pem: Is a directory",
    ),
    ("serve --tls --passthrough example.com", "--passthrough requires --proxy"),
    (
        "serve --tls --proxy 0 --passthrough https://example.com",
        (
            "argument --passthrough: the host must be a host name or an IP address without a port,"
            " not 'https://example.com' (see fakebox serve --help)"
        ),
    ),
    (
        "serve --tls --proxy 0 --passthrough api.dropbox.com",
        (
            "argument --passthrough: the host must not be one of Dropbox, which the emulator"
            " serves, not 'api.dropbox.com' (see fakebox serve --help)"
        ),
    ),
    ("exec", "the command to run is missing; use fakebox exec [options] -- COMMAND"),
    (
        "exec --cert cert.pem --key key.pem -- true",
        "exec makes the certificate at the start; leave out --cert and --key",
    ),
    (
        "health localhost:8710",
        "the URL must begin with http:// or https:// and a host, not 'localhost:8710'",
    ),
    ("health http://user:hush@localhost", "the URL must not contain credentials"),
    ("wait --ca-file=", "argument --ca-file: the name must not be empty (see fakebox wait --help)"),
    (
        "wait --timeout -1",
        (
            "argument --timeout: the time must be a number of seconds, not '-1'"
            " (see fakebox wait --help)"
        ),
    ),
    (
        "serve --proxy 0",
        "--proxy requires --tls, because clients of the real hosts use TLS",
    ),
    (
        "serve --host 0.0.0.0",
        (
            "0.0.0.0 can be reached from other machines; protect the control plane: use"
            " --admin-token,"
            " or set FAKEBOX_ADMIN_TOKEN"
        ),
    ),
    ("serve --port USED", "127.0.0.1:USED is in use; choose another port, or 0 for a free one"),
    (
        "serve --host 192.0.2.1 --admin-token sesame",
        "cannot listen on 192.0.2.1:8710: ...",
    ),
    (
        "serve --port 0 --tls --ca-file missing/ca.pem",
        "cannot write the CA certificate to missing/ca.pem: No such file or directory",
    ),
    ("serve --faults missing.json", "cannot read missing.json: No such file or directory"),
    (
        "serve --faults text.txt",
        "text.txt is not JSON: Expecting value: line 1 column 1 (char 0)",
    ),
    (
        "serve --faults object.json",
        "object.json must contain a JSON list of faults, not dict",
    ),
    (
        "serve --faults typo.json",
        "typo.json: fault 1: unknown field 'statsu'; did you mean 'status'?",
    ),
    (
        "serve --world object.toml",
        "cannot read object.toml: No such file or directory",
    ),
    ("serve --world typo.json", "typo.json must contain an object, not list"),
    (
        "serve --credentials lax",
        (
            "argument --credentials: invalid choice: 'lax' (choose from ...)"
            " (see fakebox serve --help)"
        ),
    ),
    ("serve --data text.txt", "text.txt: it is not a directory"),
    ("serve --data text.txt/accounts", "text.txt/accounts: it cannot be created (Not a directory)"),
    ("serve --data linked", "linked: content is a symbolic link"),
    ("serve --seed missing", "--seed: missing is not a directory that can be read"),
    ("serve --seed dangling", "--seed: cannot read dangling/a.txt: No such file or directory"),
    (
        "serve --seed loop",
        "--seed: loop/again is a symbolic link to a directory that contains it",
    ),
    (
        "serve --seed pipe",
        "--seed: pipe/a.txt is a named pipe (FIFO); only files and directories can be stored",
    ),
    (
        "serve --seed cases",
        "--seed: cases/A.txt and cases/a.txt are one path in a Dropbox, which ignores case",
    ),
    (
        "serve --seed names",
        "--seed: names/a\\b.txt cannot be stored in a Dropbox: illegal path (backslash)",
    ),
]

# The same with another exit status.
STATUSES = [
    ("exec -- nonsense", 127, "there is no command 'nonsense'"),
    ("exec -- ./text.txt", 126, "'./text.txt' is not an executable file"),
    ("exec -- ./script", 127, "cannot run './script': No such file or directory"),
    ("health http://127.0.0.1:1", 1, "http://127.0.0.1:1 cannot be reached: Connection refused"),
    (
        "health https://127.0.0.1:1 --ca-file gone.pem",
        1,
        "no CA certificate can be read from gone.pem: No such file or directory",
    ),
    (
        "wait http://127.0.0.1:1 --timeout 0",
        1,
        (
            "the emulator was not ready within 0 s: http://127.0.0.1:1 cannot be reached:"
            " Connection refused"
        ),
    ),
]

# The name and the value of a variable, and the line of `fakebox serve`.
VARIABLES = [
    (
        "FAKEBOX_PORT",
        "70000",
        (
            "the variable FAKEBOX_PORT: argument --port: the port must be between 0 and 65535, not"
            " '70000' (see fakebox serve --help)"
        ),
    ),
    (
        "FAKEBOX_TLS",
        "maybe",
        "the variable FAKEBOX_TLS must be one of 1, true, yes, 0, false, no, not 'maybe'",
    ),
]

# Errors of the command line that need a changed environment.
NO_LINE_BREAKS = "--format github must have no line breaks, as in '/home/a\\nb.pem'"
NO_STORAGE = "cannot store data in accounts: Input/output error"

_TIME = "the time must be from 1970 up to the year 3000"
_SETTING_NAMES = (
    "auth, code_lifetime_s, credentials, delta_page_size, is_retired, longpoll_backoff_s,"
    " media_lifetime_s,"
    " on_conflict, operation_limit, quota_status, read_only, request_token_lifetime_s,"
    " thumbnail_pixel_limit, timestamp_window_s, token_access_type, upload_lifetime_s,"
    " upload_limit_bytes, upload_session_lifetime_s"
)
_URI = "redirect_uris"
_SCOPES = (
    "account_info.read, account_info.write, contacts.read, contacts.write, file_requests.read,"
    " file_requests.write, files.content.read, files.content.write, files.metadata.read,"
    " files.metadata.write, sharing.read, sharing.write"
)
_ALL_SCOPES = (
    "account_info.read, account_info.write, contacts.read, contacts.write, email,"
    " file_requests.read, file_requests.write, files.content.read, files.content.write,"
    " files.metadata.read, files.metadata.write, files.permanent_delete, openid, profile,"
    " sharing.read, sharing.write"
)
_AUTHORIZE = "https://www.dropbox.com/oauth2/authorize?client_id=fakebox-app-key"

# The request to the control plane with its body, the status, and the text.
CONTROL: list[tuple[str, Any, int, str]] = [
    ("GET /nothing", None, 404, "there is no route /_fakebox/nothing"),
    (
        "GET /ca.pem",
        None,
        404,
        "this server has no CA, because it has no certificate of --tls",
    ),
    ("GET /two%0Alines", None, 404, "there is no route /_fakebox/two lines"),
    ("PUT /health", None, 405, "the method must be one of GET, HEAD, OPTIONS, not PUT"),
    ("GET /accounts/9", None, 404, "there is no account 9"),
    ("GET /files/1/none.txt", None, 404, "there is no file /none.txt"),
    ("GET /files/1/a%5Cb", None, 400, "/a\\b cannot exist: illegal path (backslash)"),
    ("PATCH /apps/none", {}, 404, "there is no app 'none'"),
    ("DELETE /faults/9", None, 404, "there is no fault 9"),
    ("GET /snapshots/9", None, 404, "there is no snapshot '9'"),
    (
        "GET /accounts?namespace=none",
        None,
        404,
        "this namespace does not exist; the first request that uses it creates it",
    ),
    # The body.
    (
        "POST /faults",
        b"{",
        400,
        "the body is not JSON: Expecting property name enclosed in double quotes: ...",
    ),
    ("POST /faults", b'{"body": "\\ud800"}', 400, "a text in the body has an unpaired surrogate"),
    (
        "POST /clock",
        b'{"set_s": 9223372036854775808}',
        400,
        "a number in the body has more than 64 bits",
    ),
    ("POST /clock", b" " * (1024 * 1024 + 1), 400, "the body may have at most 1048576 bytes"),
    ("POST /clock", [1], 400, "the body must be a JSON object, not list"),
    ("PATCH /settings", [1], 400, "the body must be a JSON object, not list"),
    (
        "POST /clock",
        {"set": 1},
        400,
        "unknown field 'set'; accepted: set_s, advance_s, frozen, reset",
    ),
    ("POST /clock", {"set_s": "1"}, 400, "set_s must be of type int or float, not str"),
    # The clock, faults, settings and the rate limit.
    ("POST /clock", {"set_s": -1}, 400, f"the clock cannot be set to -1 s: {_TIME}"),
    (
        "POST /clock",
        {"advance_s": 10**12},
        400,
        f"the clock cannot be advanced by 1000000000000 s: {_TIME}",
    ),
    ("POST /faults", [], 400, "the list of faults must not be empty"),
    ("POST /faults", ["x"], 400, "a fault must be an object, not str"),
    ("PATCH /settings", {"page": 1}, 400, f"unknown setting 'page'; accepted: {_SETTING_NAMES}"),
    ("PUT /rate-limit", {"requests": 1}, 400, "per_s is missing or empty"),
    (
        "PUT /rate-limit",
        {"requests": 0, "per_s": 1},
        400,
        "requests must be at least 1, and per_s a number above 0, not 0 and 1",
    ),
    (
        "PUT /rate-limit",
        {"requests": 1, "per_s": 1, "status": 200},
        400,
        "status must be between 400 and 599, not 200",
    ),
    ("GET /journal?status=ok", None, 400, "status must be a number of three digits, not 'ok'"),
    # Accounts, apps, tokens and files.
    ("POST /accounts", {}, 400, "email is missing or empty"),
    (
        "POST /accounts",
        {"email": "user@fakebox.example"},
        400,
        "user@fakebox.example exists already",
    ),
    (
        "POST /accounts",
        {"email": "a@fakebox.example", "quota_bytes": -1},
        400,
        "quota_bytes must be at least 0, not -1",
    ),
    (
        "POST /apps",
        {"name": "x", "access": "all"},
        400,
        "access must be one of dropbox, app_folder, either, not 'all'",
    ),
    ("POST /apps", {"name": "x", "key": "fakebox-app-key"}, 400, "fakebox-app-key exists already"),
    (
        "POST /apps",
        {"name": "a\0b"},
        400,
        "name must be valid as the name of a folder, not 'a\\x00b'",
    ),
    (
        "POST /apps",
        {"name": "x", _URI: ["http://a b"]},
        400,
        "redirect_uris must be a list of strings without spaces, not ['http://a b']",
    ),
    (
        "POST /apps",
        {"name": "x", _URI: ["http://a/#b"]},
        400,
        "redirect_uri must not have a fragment: 'http://a/#b'",
    ),
    (
        "POST /apps",
        {"name": "x", _URI: ["/callback"]},
        400,
        "redirect_uri must be an absolute URI of a page or app: '/callback'",
    ),
    (
        "POST /apps",
        {"name": "x", _URI: ["http://a:x/"]},
        400,
        "redirect_uri is not a valid URI: 'http://a:x/'",
    ),
    (
        "POST /apps",
        {"name": "x", _URI: ["http://a\\b/"]},
        400,
        "redirect_uri must not have spaces, control characters or backslashes: 'http://a\\\\b/'",
    ),
    # Longer beginnings of a token are not shown.
    ("POST /tokens", {"token": "fakebox-token"}, 400, "token fake... exists already"),
    ("POST /tokens", {"type": "jwt"}, 400, "type must be one of oauth1, bearer, not 'jwt'"),
    (
        "POST /tokens",
        {"type": "oauth1", "refresh": True},
        400,
        "an OAuth 1.0 token, with a secret, cannot have refresh",
    ),
    (
        "POST /tokens",
        {"secret": "x", "type": "bearer"},
        400,
        "an OAuth 1.0 token, with a secret, cannot have the type bearer",
    ),
    (
        "POST /tokens",
        {"token": "a b"},
        400,
        "token must be 1 to 4096 visible characters of ASCII, without spaces",
    ),
    (
        "POST /tokens",
        {"expires_in_s": -1},
        400,
        "expires_in_s must be a whole number from 0 to 1000000000, not -1",
    ),
    ("POST /tokens", {"scopes": ["x"]}, 400, f"unknown scope 'x'; accepted: {_SCOPES}"),
    ("POST /tokens", {"refresh": 1}, 400, "refresh must be of type bool or str, not int"),
    ("POST /tokens", {"refresh": "fakebox-refresh-token"}, 400, "token fake... exists already"),
    (
        "POST /apps",
        {"name": "x", "key": "a b"},
        400,
        "key must be 1 to 4096 visible characters of ASCII, without spaces",
    ),
    (
        "PATCH /apps/fakebox-app-key",
        {"scopes": ["x"]},
        400,
        f"unknown scope 'x'; accepted: {_ALL_SCOPES}",
    ),
    (
        "POST /accounts",
        {"email": "a@b", "type": "gold"},
        400,
        "type must be one of basic, pro, business, not 'gold'",
    ),
    (
        "PUT /accounts/1/folders/a%5Cb",
        None,
        400,
        "/a\\b cannot be created: illegal path (backslash)",
    ),
    (
        "PUT /accounts/1/files/a?modified_s=x",
        b"x",
        400,
        "modified_s must be a whole number of seconds, not 'x'",
    ),
    (
        "POST /allow",
        {"request_token": "x"},
        400,
        "request_token must be a request token that was not used before and has not expired",
    ),
    ("POST /authorize", {"uid": 1}, 400, "url is missing or empty"),
    ("PUT /files/1/a%5Cb", b"x", 400, "/a\\b cannot be stored: illegal path (backslash)"),
    (
        "POST /snapshots",
        b"nonsense",
        400,
        "the body is not a valid snapshot: it is not a complete snapshot",
    ),
]

# Requests with a wrong header: method and path, headers, status and text.
HEADERS: list[tuple[str, dict[str, str], int, str]] = [
    (
        "GET /accounts",
        {"X-Fakebox-Namespace": "a b"},
        400,
        (
            "the name of a namespace must be 1 to 40 of a-z, 0-9, - and _, beginning with a"
            " letter or"
            " digit, not 'a b'"
        ),
    ),
    (
        "GET /accounts?access_token=b~fakebox-bearer-token",
        {"Authorization": "Bearer a~fakebox-bearer-token"},
        400,
        "the request names two namespaces, 'a' and 'b'",
    ),
    (
        "GET /accounts",
        {"Origin": "http://page.example"},
        403,
        "web pages of other origins may not use the control plane",
    ),
    (
        "GET /accounts",
        {"Host": "page.example"},
        403,
        "without an admin token the host must be a loopback address, not page.example",
    ),
    (
        "GET /files/1/a.txt",
        {"Range": "bytes=9-"},
        416,
        "the range must be within the 5 bytes of /a.txt",
    ),
]

# Requests whose body has malformed chunks or a malformed end.
FRAMING = [
    ("Content-Length: 9", b"{}", "the body ended before its Content-Length"),
    (
        "Transfer-Encoding: chunked",
        b"0x9\r\n",
        "the body is malformed: its chunks are not valid",
    ),
]

# The rest depends on what is installed; see tests/packaging.
WORLD_FORM = [
    "the files may have at most 67108864 bytes, not 67108865; use a snapshot",
    "the fault 1 has a function as its body",
    "the fault 1 has bytes as its body; use a text",
]
# The arguments of `fakebox.connect`, and the text of the ValueError.
CONNECT: list[tuple[dict[str, Any], str]] = [
    (
        {"url": "localhost:8710"},
        "url must begin with http:// or https:// and a host, not 'localhost:8710'",
    ),
    (
        {"url": "ftp://localhost"},
        "url must begin with http:// or https:// and a host, not 'ftp://localhost'",
    ),
    ({"url": "http://"}, "url must begin with http:// or https:// and a host, not 'http://'"),
    ({"url": None}, "url must begin with http:// or https:// and a host, not None"),
    ({"url": "http://h:x"}, "url must be a valid URL, such as http://127.0.0.1:8710"),
    (
        {"url": "http://h/_fakebox/"},
        "url must have no path, such as http://127.0.0.1:8710, not 'http://h/_fakebox/'",
    ),
    (
        {"url": "http://user:hush@h"},
        "url must not contain credentials",
    ),
    ({"url": "http://two words"}, "url must be a valid URL, such as http://127.0.0.1:8710"),
    (
        {"url": "http://h", "admin_token": "hush hush"},
        "admin_token must be visible characters of ASCII, without spaces",
    ),
    (
        {"url": "http://h", "admin_token": "hush\r\n"},
        "admin_token must be visible characters of ASCII, without spaces",
    ),
    (
        {"url": "http://h", "admin_token": 5},
        "admin_token must be visible characters of ASCII, without spaces",
    ),
    ({"url": "http://h", "namespace": 5}, "namespace must be a string, not int"),
    (
        {"url": "https://h", "ca_file": 5},
        "ca_file must be a file with a CA certificate, not 5: ...",
    ),
    (
        {"url": "http://h", "namespace": "Big"},
        (
            "the name of a namespace must be 1 to 40 of a-z, 0-9, - and _, beginning with a letter"
            " or digit, not 'Big'"
        ),
    ),
    (
        {"url": "https://h", "ca_file": "gone.pem"},
        "ca_file must be a file with a CA certificate, not gone.pem: No such file or directory",
    ),
    (
        {"url": "https://h", "ca_file": os.devnull},
        f"ca_file must be a file with a CA certificate, not {os.devnull}: ...",
    ),
]
# The errors of a connected emulator; the tests of `connect` have each of them.
REMOTE = [
    (
        "the server at http://127.0.0.1:8710 is not fakebox: GET /_fakebox/health was answered with"
        " status 400; the server uses TLS, so use https://"
    ),
    (
        "the emulator at http://127.0.0.1:8710 is fakebox 9.9, but this is fakebox 0.1.0; install"
        " the same version on both sides"
    ),
    (
        "no secure connection to https://127.0.0.1:8710: certificate verify failed: self-signed"
        " certificate; use ca_file for the CA of the emulator"
    ),
    "no emulator responds at http://127.0.0.1:8710: Connection refused",
    (
        "the server at http://127.0.0.1:8710 has answered with status 502, and not as the control"
        " plane of fakebox"
    ),
    "the emulator at http://127.0.0.1:8710 requires an admin_token",
    "the emulator at http://127.0.0.1:8710 does not accept the admin_token",
    (
        "the emulator at http://127.0.0.1:8710 rejects the request: without an admin token the host"
        " must be a loopback address, not fakebox:8710"
    ),
    "the arguments cannot be sent as JSON: Object of type set is not JSON serializable",
    (
        "world is not available for an emulator in another process; use the methods of this object"
        " instead"
    ),
    (
        "body must not be a function for an emulator in another process; use a text, bytes or a"
        " JSON value"
    ),
    "body must be a text in UTF-8 for an emulator in another process",
]
NO_SDK = "the demo needs fakebox-sdk: ..."
NO_ADMIN_TOKEN = "the Authorization header must contain the admin token"
TOO_MANY_SNAPSHOTS = "there may be at most 20 snapshots; delete one first"
TOO_MANY_NAMESPACES = "there may be at most 2 namespaces; delete some first"

# The request of the dashboard with its form, the status, and the text on the page.
DASHBOARD = [
    ("GET /page/files/1/none.txt", "", 404, "there is no file or folder /none.txt"),
    ("GET /page/files/1/gone.txt", "", 404, "/gone.txt is deleted"),
    (
        "POST /page/faults",
        "effect=x",
        400,
        "effect must be one of 503, Retry-After 1; 429, Retry-After 1; 500; ..., not 'x'",
    ),
    (
        "POST /page/faults",
        "effect=500&times=x",
        400,
        "times must be a whole number, or empty for no limit, not 'x'",
    ),
    ("POST /page/faults", "effect=500&times=0", 400, "times must be at least 1, not 0"),
    (
        "POST /page/tokens",
        "app=fakebox-app-key&expires_in_s=x",
        400,
        "expires_in_s must be a whole number, or empty, not 'x'",
    ),
    (
        "POST /page/tokens",
        "app=fakebox-app-key&token=fakebox-bearer-token",
        400,
        "token fake... exists already",
    ),
    (
        "POST /page/clock",
        "action=advance&hours=x",
        400,
        "hours must be a whole number from 0 to 2**63 - 1, not 'x'",
    ),
]


# The fields of a fault, and the text of `InvalidFault`.
async def _coroutine_function(_: object) -> str:
    return ""


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"statsu": 500}, "unknown field 'statsu'; did you mean 'status'?"),
    (
        {"colour": "red"},
        (
            "unknown field 'colour'; accepted: endpoint, method, path, account, nth, times,"
            " probability,"
            " seed, latency_s, jitter_s, bandwidth_bytes_per_s, status, body, headers,"
            " retry_after_s,"
            " cut_after_bytes, reset, malformed, expired_token, delta_reset, no_fault"
        ),
    ),
    ({"status": "x"}, "status must be of type int, not str"),
    (
        {"status": 500, "body": 1},
        "body must be of type str or bytes or mapping or list or callable, not int",
    ),
    (
        {"status": 500, "body": _coroutine_function},
        "body must not be a coroutine function; use a function",
    ),
    (
        {"preset": "teapot"},
        (
            "unknown preset 'teapot'; accepted: bad_gateway, bad_request_page, cursor_reset,"
            " expired_token, gateway_timeout, insufficient_space, internal_error, over_quota,"
            " restricted_content, service_unavailable, takedown, too_many_requests,"
            " too_many_write_operations"
        ),
    ),
    ({"preset": 5}, "preset must be of type str, not int"),
    ({"status": 100}, "status must be at least 200, not 100"),
    ({"status": 700}, "status must be between 200 and 599, not 700"),
    ({"status": 500, "probability": 2}, "probability must be between 0 and 1, not 2"),
    ({"latency_s": float("inf")}, "latency_s must be a finite number, not inf"),
    ({"malformed": "xml"}, "malformed must be one of json, metadata, not 'xml'"),
    (
        {},
        (
            "a fault needs at least one of status, cut_after_bytes, reset, malformed,"
            " expired_token,"
            " delta_reset, no_fault, latency_s, jitter_s, bandwidth_bytes_per_s"
        ),
    ),
    (
        {"status": 500, "reset": "mid_body"},
        "status and reset exclude each other; use two faults",
    ),
    (
        {"no_fault": True, "fine": False},
        "no_fault and fine are the same field; give one of them",
    ),
    ({"latency_s": 1, "body": "x"}, "body and retry_after_s need a status"),
    (
        {"status": 500, "headers": {"X-Why": 5}},
        "headers: 'X-Why' and its value must be text on one line, not 5",
    ),
    (
        {"status": 500, "headers": {"Transfer-Encoding": "chunked"}},
        "headers: Transfer-Encoding: chunked is not accepted; omit it",
    ),
    (
        {"status": 500, "headers": {"Content-Length": "3"}},
        (
            "headers: Content-Length: 3 is not the length of the body in bytes; omit it, or use"
            " cut_after_bytes to end the response early"
        ),
    ),
]

# A call of a started `Fakebox`, the type of the exception, and its text.
CALLS: list[tuple[Callable[[Fakebox], object], type[Exception], str]] = [
    (
        lambda _: Fakebox("inprocess", tls=True),
        ValueError,
        "tls requires the transport 'http'",
    ),
    (
        lambda box: box.ca_file,
        RuntimeError,
        "this Fakebox has no CA, because it serves no https; use tls=True",
    ),
    (
        lambda _: Fakebox(tls=True).ca_file,
        RuntimeError,
        "the CA file exists only while the Fakebox is started",
    ),
    (
        lambda box: box.faults.add(endpoint="files/uplod", status=500),
        ValueError,
        "no endpoint matches 'files/uplod'; did you mean 'files/upload'?",
    ),
    (
        lambda box: box.requests.assert_made("files/uplaod", times=0),
        ValueError,
        "no endpoint matches 'files/uplaod'; did you mean 'files/upload'?",
    ),
    (
        lambda box: box.faults.add(endpoint="zzz", status=500),
        ValueError,
        (
            "no endpoint matches 'zzz'; accepted: an endpoint of version 1 or 2 of the API, such as"
            " 'files_put' or 'files/upload', or a pattern such as 'files/*'"
        ),
    ),
    (
        lambda _: Fakebox("udp"),  # type: ignore[arg-type]
        ValueError,
        "transport must be 'http' or 'inprocess', not 'udp'",
    ),
    (
        lambda box: box.configure(page=1),
        ValueError,
        f"unknown setting 'page'; accepted: {_SETTING_NAMES}",
    ),
    (
        lambda box: box.configure(quota_status=500),
        ValueError,
        "quota_status must be one of 503, 507, not 500",
    ),
    (
        lambda box: box.configure(read_only=1),
        ValueError,
        "read_only must be of type bool, not int",
    ),
    (
        lambda box: box.configure(delta_page_size=0),
        ValueError,
        "delta_page_size must be at least 1, not 0",
    ),
    (
        lambda box: box.limit_rate(0, per_s=1),
        ValueError,
        "requests must be at least 1, and per_s a number above 0, not 0 and 1",
    ),
    (
        lambda box: box.limit_rate(1, per_s=1, status=200),
        ValueError,
        "status must be between 400 and 599, not 200",
    ),
    (lambda box: box.clock.set(-1), ValueError, f"the clock cannot be set to -1 s: {_TIME}"),
    (
        lambda box: box.clock.advance(10**12),
        ValueError,
        f"the clock cannot be advanced by 1000000000000 s: {_TIME}",
    ),
    (
        lambda box: box.seed("missing"),
        ValueError,
        "missing is not a directory that can be read",
    ),
    (
        lambda box: box.faults.add(),
        TypeError,
        "add() requires at least one Fault, or the fields of a Fault as keyword arguments",
    ),
    (
        lambda box: box.faults.add("delta"),  # type: ignore[arg-type]
        TypeError,
        "expected a Fault, not 'delta'; use endpoint= for the name of an endpoint",
    ),
    (
        lambda _: Fakebox(port=70_000),
        ValueError,
        "port must be between 0 and 65535, not 70000",
    ),
    (
        lambda _: Fakebox(host=5),  # type: ignore[arg-type]
        ValueError,
        "host must be a name or an address, not 5",
    ),
    (
        lambda box: box.set_quota(-1),
        ValueError,
        f"quota_bytes must be from 0 to {2**63 - 1}, not -1",
    ),
    (
        lambda box: box.set_quota("5"),  # type: ignore[arg-type]
        ValueError,
        "quota_bytes must be a whole number, not '5'",
    ),
    (
        lambda box: box.clock.advance("5"),  # type: ignore[arg-type]
        ValueError,
        "seconds must be a number, not '5'",
    ),
    (
        lambda box: box.write("/a.txt", None),  # type: ignore[arg-type]
        ValueError,
        "data must be bytes or str, not NoneType",
    ),
    (
        lambda box: box.read(5),  # type: ignore[arg-type]
        ValueError,
        "path must be a string, not int",
    ),
    (
        lambda box: box.add_account(""),
        ValueError,
        "email must be an e-mail address without spaces, not ''",
    ),
    (
        lambda box: box.add_app("App", auto_approve="yes"),
        ValueError,
        "auto_approve must be True or False, not 'yes'",
    ),
    (
        lambda box: box.authorize("https://www.dropbox.com/oauth2/authorize?client_id=%ff"),
        ValueError,
        "a parameter of url is not valid UTF-8",
    ),
    (
        lambda box: box.account("nobody@fakebox.example"),
        LookupError,
        "there is no account 'nobody@fakebox.example'; create it with add_account",
    ),
    (
        lambda box: box.add_token("nobody@fakebox.example"),
        ValueError,
        "there is no account 'nobody@fakebox.example'; create it with add_account",
    ),
    (
        lambda box: box.add_token(token="fakebox-token"),
        ValueError,
        "fake... exists already",
    ),
    (
        lambda box: box.add_token(token=""),
        ValueError,
        "token must be 1 to 4096 visible characters of ASCII, without spaces",
    ),
    (
        lambda box: box.add_token(token="t", secret="s", scopes=[]),
        ValueError,
        "an OAuth 1.0 token, with a secret, cannot have scopes",
    ),
    (
        lambda box: box.add_token(expires_in_s=1.5),  # type: ignore[arg-type]
        ValueError,
        "expires_in_s must be a whole number from 0 to 1000000000, not 1.5",
    ),
    (
        lambda box: box.add_token(access_type="all", bearer=True),  # type: ignore[arg-type]
        ValueError,
        "access must be one of dropbox, app_folder, either, not 'all'",
    ),
    (
        lambda box: box.add_token(scopes="sharing.read"),
        ValueError,
        "scopes must be a list of strings, not 'sharing.read'",
    ),
    (
        lambda box: box.add_token(app="fakebox-app-key"),  # type: ignore[arg-type]
        ValueError,
        "app must be an App that add_app has returned, not 'fakebox-app-key'",
    ),
    (
        lambda box: box.add_app("App", redirect_uris="https://a.example/"),
        ValueError,
        "redirect_uris must be a list of strings, not 'https://a.example/'",
    ),
    (
        lambda box: box.add_account("a@fakebox.example", type="gold"),
        ValueError,
        "type must be one of basic, pro, business, not 'gold'",
    ),
    (
        lambda box: box.add_account("user@fakebox.example"),
        ValueError,
        "user@fakebox.example exists already",
    ),
    (
        lambda box: box.add_token(scopes=["x"]),
        ValueError,
        f"unknown scope 'x'; accepted: {_SCOPES}",
    ),
    (
        lambda box: box.add_app("App", key="fakebox-app-key"),
        ValueError,
        "fakebox-app-key exists already",
    ),
    (
        lambda box: box.add_app("a/b"),
        ValueError,
        "name must be valid as the name of a folder, not 'a/b'",
    ),
    (
        lambda box: box.add_app("App", key="a b"),
        ValueError,
        "key must be 1 to 4096 visible characters of ASCII, without spaces",
    ),
    (
        lambda box: box.authorize("https://page.example/oauth2/authorize?state=secret"),
        ValueError,
        (
            "url must be an authorization URL, such as"
            " https://www.dropbox.com/oauth2/authorize?client_id=..., not"
            " 'https://page.example/oauth2/authorize'"
        ),
    ),
    (lambda box: box.authorize("http://[x"), ValueError, "url must be a valid URL"),
    (
        lambda box: box.authorize(f"{_AUTHORIZE}x&response_type=code"),
        ValueError,
        'Invalid client_id: "fakebox-app-keyx"',
    ),
    (
        lambda box: box.authorize(_AUTHORIZE),
        ValueError,
        "response_type has to be 'code' or 'token'",
    ),
    (
        lambda box: box.authorize("https://www.dropbox.com/1/oauth/authorize?oauth_token=x"),
        ValueError,
        "oauth_token must be a request token that was not used before and has not expired",
    ),
    (
        lambda box: (
            box.configure(is_retired=True),
            box.authorize("https://www.dropbox.com/1/oauth2/authorize"),
        ),
        ValueError,
        "version 1 is shut down by the setting is_retired; use /oauth2/authorize",
    ),
    (
        lambda _: Fakebox(credentials="all"),  # type: ignore[arg-type]
        ValueError,
        "credentials must be one of strict, any, not 'all'",
    ),
    (
        lambda _: Fakebox(world=5),  # type: ignore[arg-type]
        ValueError,
        "world must be a path or a dictionary, not int",
    ),
    (
        lambda _: Fakebox().url,
        RuntimeError,
        "start this Fakebox first: `with Fakebox() as box:`, or box.start()",
    ),
    (
        lambda box: box.start(),
        RuntimeError,
        "this Fakebox is started already; make another one",
    ),
    (
        lambda box: box.env(),
        RuntimeError,
        "no other program can connect to an in-process Fakebox; use http",
    ),
    (
        lambda box: (box.stop(), box.world),
        RuntimeError,
        "this Fakebox is stopped and has no content; make another",
    ),
]
SERVER_IN_USE = "another Fakebox is using this server; stop that one first"

_NO_PACKAGE = "import sys; sys.modules['dropbox'] = None\n"

# A test with the pytest plugin, the ini file, and the line in the output.
PLUGIN = [
    (
        "def test_nothing(): pass",
        "fakebox_transport = udp",
        "ERROR: fakebox_transport must be 'http' or 'inprocess', not 'udp'",
    ),
    (
        "def test_nothing(): pass",
        "fakebox_guard = some",
        "ERROR: fakebox_guard must be true, all or false, not 'some'",
    ),
    (
        _NO_PACKAGE + "def test_client(dbx): pass",
        "",
        "the fixture dbx needs the official SDK: ...",
    ),
    (
        "def test_nothing(): pass",
        "fakebox_credentials = lax",
        "ERROR: fakebox_credentials must be 'strict' or 'any', not 'lax'",
    ),
    (
        "def test_nothing(fakebox): pass",
        "fakebox_world = missing.json",
        "cannot read ...missing.json: No such file or directory",
    ),
    (
        "import socket\ndef test_real(fakebox): socket.create_connection(('api.dropbox.com', 443))",
        "",
        (
            "this test connects to api.dropbox.com, the real Dropbox, in ....py:2; to allow"
            " it, mark it"
            " with @pytest.mark.allow_dropbox, or run pytest with --allow-dropbox"
        ),
    ),
]

DEEP: dict[str, Any] = {}
for _ in range(60):
    DEEP = {"a": DEEP}

# A declared world, and the line of its mistake.
WORLDS: list[tuple[Any, str]] = [
    ({"acounts": []}, "unknown section 'acounts'; did you mean 'accounts'?"),
    ({"teams": []}, "teams: this version of fakebox cannot declare them"),
    ({"shared_folders": []}, "shared_folders: this version of fakebox cannot declare them"),
    ({"webhooks": {}}, "webhooks: this version of fakebox cannot declare them"),
    ({"accounts": {}}, "accounts: must be of type list, not object"),
    ({"accounts": [5]}, "accounts[0]: must be of type object, not integer"),
    ({"accounts": [{}]}, "accounts[0]: email is missing"),
    ({"accounts": [{"email": None}]}, "accounts[0].email: must be of type string, not null"),
    (
        {"accounts": [{"email": "a@b", "mail": "x"}]},
        "accounts[0]: unknown field 'mail'; did you mean 'email'?",
    ),
    (
        {"accounts": [{"email": "a b"}]},
        "accounts[0].email: must be an e-mail address without spaces, not 'a b'",
    ),
    (
        {"accounts": [{"email": "a@b", "type": "gold"}]},
        "accounts[0].type: must be one of basic, pro, business, not 'gold'",
    ),
    (
        {"accounts": [{"email": "a@b", "country": "England"}]},
        "accounts[0].country: must be two capital letters, such as US, not 'England'",
    ),
    (
        {"accounts": [{"email": "a@b", "quota_bytes": -1}]},
        "accounts[0].quota_bytes: must be at least 0, not -1",
    ),
    (
        {"accounts": [{"email": "a@b", "quota_bytes": True}]},
        "accounts[0].quota_bytes: must be of type integer, not boolean",
    ),
    (
        {"accounts": [{"email": "a@b", "quota_bytes": 2**63}]},
        "accounts[0].quota_bytes: is a number of more than 64 bits",
    ),
    (
        {"accounts": [{"email": "a@b"}, {"email": "A@B"}]},
        "accounts[1].email: is the same as that of accounts[0]",
    ),
    (
        {"apps": [{"key": "a b"}]},
        "apps[0].key: must be 1 to 4096 visible characters of ASCII, without spaces",
    ),
    (
        {"apps": [{"key": "a", "redirect_uris": ["/x"]}]},
        ("apps[0].redirect_uris[0]: redirect_uri must be an absolute URI of a page or app: '/x'"),
    ),
    ({"apps": [{"key": "a"}, {"key": "a"}]}, "apps[1].key: is the same as that of apps[0]"),
    (
        {"tokens": [{"token": "t"}, {"token": "t", "type": "refresh"}]},
        "tokens[1].token: is the same as that of tokens[0]",
    ),
    (
        {"tokens": [{"token": "t", "account": "x@y"}]},
        "tokens[0].account: there is no account 'x@y'",
    ),
    ({"tokens": [{"token": "t", "app": "none"}]}, "tokens[0].app: there is no app 'none'"),
    (
        {"tokens": [{"token": "t", "secret": "s", "scopes": []}]},
        "tokens[0].scopes: is not a field of a token of type oauth1",
    ),
    (
        {"tokens": [{"token": "t", "type": "oauth1"}]},
        "tokens[0].secret: is missing; a token of type oauth1 needs one",
    ),
    (
        {"tokens": [{"token": "t", "expires_in_s": -1}]},
        "tokens[0].expires_in_s: expires_in_s must be a whole number from 0 to 1000000000, not -1",
    ),
    ({"files": [{"path": "a", "text": ""}]}, "files[0].path: must begin with a slash, not 'a'"),
    (
        {"files": [{"path": "/a\\b", "text": ""}]},
        "files[0].path: '/a\\\\b' cannot be stored: illegal path (backslash)",
    ),
    (
        {"files": [{"path": "/a"}]},
        "files[0].path: a file must have one of text, base64 and source; it has none of them",
    ),
    (
        {"files": [{"path": "/A", "text": ""}, {"path": "/a/", "text": ""}]},
        "files[1].path: is the same as that of files[0]",
    ),
    (
        {"files": [{"path": "/a", "text": ""}, {"path": "/a/b", "text": ""}]},
        "files[1]: /a cannot be stored: parent is a file",
    ),
    (
        {"files": [{"path": "/a", "source": "missing"}]},
        "files[0]: cannot read missing: No such file or directory",
    ),
    (
        {"files": [{"path": "/a", "text": "", "client_modified": "May"}]},
        "files[0].client_modified: must be a date and time such as 2014-05-13T16:53:20Z, not 'May'",
    ),
    ({"files": [{"path": "/a", "text": "\ud800"}]}, "files[0].text: has an unpaired surrogate"),
    (
        {"directories": [{"source": "missing"}]},
        "directories[0]: missing is not a directory that can be read",
    ),
    ({"faults": [{"statsu": 1}]}, "faults[0]: unknown field 'statsu'; did you mean 'status'?"),
    (
        {"faults": [{"endpoint": "files/uplod", "status": 500}]},
        "faults[0]: no endpoint matches 'files/uplod'; did you mean 'files/upload'?",
    ),
    (
        {"settings": {"read_only": 1}},
        "settings.read_only: read_only must be of type bool, not int",
    ),
    ({"faults": [], "settings": []}, "settings: must be of type object"),
    ({"tokens": 5}, "tokens: must be of type list, not integer"),
    ({"a": {5: 1}}, "a: the name 5 must be a valid string"),
    ({"faults": [DEEP]}, f"{'faults[0]' + '.a' * 49}: is nested more than 50 levels deep"),
    (
        {"accounts": [{"email": "a@b", "password_hash": "x"}]},
        "accounts[0].password_hash: must be a hash that /_fakebox/world has written",
    ),
    (
        {"accounts": [{"email": "a@b", "password": "x", "password_hash": f"0${'0' * 64}"}]},
        "accounts[0].password_hash: excludes password; give one of them",
    ),
    (
        {"apps": [{"key": "a/b"}]},
        "apps[0].name: is missing, and the key cannot be the name of a folder",
    ),
    (
        {"apps": [{"key": "a", "name": "a/b"}]},
        "apps[0].name: must be valid as the name of a folder, not 'a/b'",
    ),
    ({"apps": [{"key": "a", "scopes": ["x"]}]}, "apps[0].scopes[0]: unknown scope 'x'; ..."),
    (
        {"tokens": [{"token": "t", "oauth1_token": "x"}]},
        "tokens[0].oauth1_token: there is no token of type oauth1 with it",
    ),
    (
        {"tokens": [{"token": "t", "refresh_token": "r", "oauth1_token": "fakebox-token"}]},
        "tokens[0].oauth1_token: excludes refresh_token; give one of them",
    ),
    (
        {"files": [{"path": "/a", "base64": "?"}]},
        "files[0].base64: is not base64: ...",
    ),
    (
        {"files": [{"path": "/a", "source": ""}]},
        "files[0].source: must be a path of this machine, not ''",
    ),
    (
        {"files": [{"path": "/a", "text": "", "client_modified": 5}]},
        "files[0].client_modified: must be of type date and time or string, not integer",
    ),
    (
        {"files": [{"path": "/a", "text": "", "client_modified": "1969-01-01T00:00:00Z"}]},
        "files[0].client_modified: must be from 1970 up to the year 3000, not 1969-...",
    ),
    ({"files": [{"path": "/a", "source": "pipe/a.txt"}]}, "files[0]: pipe/a.txt is not a file"),
    (
        {"directories": [{"source": "names"}]},
        ("directories[0]: names/a\\b.txt cannot be stored in a Dropbox: illegal path (backslash)"),
    ),
]
# A form as a string is the path of a file.
WORLD_FILES = [
    ("a.yaml", "the name of a declared world must end with .json or .toml, not a.yaml"),
    ("missing.json", "cannot read missing.json: No such file or directory"),
    ("empty.json", "empty.json is not JSON: Expecting value: line 1 column 1 (char 0)"),
    ("twice.json", "twice.json is not JSON: an object has the name 'apps' twice"),
    ("nan.json", "nan.json is not JSON: NaN is not a number of JSON"),
    ("list.json", "list.json must contain an object, not list"),
    ("broken.toml", "broken.toml is not TOML: ..."),
    ("typo.toml", "typo.toml: unknown section 'app'; did you mean 'apps'?"),
    ("other.toml", "other.toml: unknown section 'zzz'; accepted: accounts, apps, ..."),
]
FILES = {
    "empty.json": "",
    "twice.json": '{"apps": [], "apps": []}',
    "nan.json": '{"settings": {"x": NaN}}',
    "list.json": "[]",
    "broken.toml": "x = [",
    "typo.toml": "app = []",
    "other.toml": "zzz = 1",
}

TEXTS = [
    *(row[-1] for table in (COMMANDS, CONTROL, HEADERS, FRAMING, DASHBOARD) for row in table),
    *(row[-1] for table in (STATUSES, VARIABLES) for row in table),
    *(row[-1] for table in (FAULTS, CALLS, PLUGIN, WORLDS, WORLD_FILES) for row in table),
    *(NO_LINE_BREAKS, NO_SDK, NO_STORAGE, NO_ADMIN_TOKEN, TOO_MANY_SNAPSHOTS, TOO_MANY_NAMESPACES),
    SERVER_IN_USE,
    *WORLD_FORM,
    *(row[-1] for row in CONNECT),
    *REMOTE,
]


def matches(expected: str, text: str) -> bool:
    """Whether a text is the expected one; `...` matches any text."""
    pattern = ".*".join(re.escape(part) for part in expected.split("..."))
    return re.fullmatch(pattern, text) is not None
