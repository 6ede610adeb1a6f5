"""The operations of the control plane: one table of their arguments, responses and errors.

The views check the body of a request by this table, and `openapi.json` and the documentation are
made from it. The keys are the names of the views in Flask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fakebox.control.schemas import (
    ACCOUNT_TYPES,
    APP_ACCESS,
    BOOLEAN,
    FAULTS,
    INTEGER,
    LIST,
    NUMBER,
    SETTINGS,
    TEXT,
    TEXT_OR_BOOLEAN,
    TOKEN_TYPES,
    Field,
    Schema,
    array,
    map_of,
    reference,
    response,
)

JSON = "application/json"
HTML = "text/html"
BINARY = "application/octet-stream"


@dataclass(frozen=True)
class Rejected:
    """An example of a request that is rejected.

    Attributes:
        status: the status of the response.
        text: the text of the error.
        body: the JSON of the request; `None` for no body.
        path: the values of parameters in the path that differ from those of other examples.
        query: the parameters of the query.
    """

    status: int
    text: str
    body: object = None
    path: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """An operation of the control plane.

    Attributes:
        tag: the group that it belongs to.
        summary: what it does, in one line.
        fields: the fields of the JSON object in the body, in their order; empty for another body.
        body: the schema of a JSON body that is not described by `fields`.
        media_type: the type of the body.
        query: the parameters of the query.
        status: the status of the response.
        response: the schema of the response; `None` for no body.
        response_type: the type of the response.
        example: the body of an example; `None` for none.
        rejected: examples of requests that are rejected.
    """

    tag: Literal["state", "accounts", "behavior", "requests", "dashboard"]
    summary: str
    fields: Sequence[Field] = ()
    body: Schema | None = None
    media_type: str = JSON
    query: Sequence[Field] = ()
    status: int = 200
    response: Schema | None = None
    response_type: str = JSON
    example: Any = None
    rejected: Sequence[Rejected] = ()


_EMPTY: Schema = {"type": "object", "description": "An empty object."}
_FILE: Schema = {"type": "string", "format": "binary"}
_PAGE: Schema = {"type": "string"}
_NO_ACCOUNT = Rejected(404, "there is no account 99", path={"uid": 99})
_UID = Field("uid", INTEGER, "The account; 1 without it.", minimum=1)

_ACCOUNT_DETAILS = (
    Field("given_name", TEXT, "The first name of the owner."),
    Field("surname", TEXT, "The last name of the owner."),
    Field("country", TEXT, "The country, in two letters."),
    Field("locale", TEXT, "The language."),
    Field("type", TEXT, "The type of the account.", choices=ACCOUNT_TYPES),
    Field("quota_bytes", INTEGER, "The storage quota, in bytes.", minimum=0),
    Field("auto_approve", BOOLEAN, "Whether every app gets access without a page."),
)
_PASSWORD = Field("password", TEXT, "The password for signing in.")
_APP_ACCESS = Field("access", TEXT, "The files that the app can access.", choices=APP_ACCESS)
_APP_AUTO_APPROVE = Field("auto_approve", BOOLEAN, "Whether the app gets access without a page.")
_APP_LISTS = (
    Field("redirect_uris", LIST, "The URIs that OAuth 2 may redirect to."),
    Field("scopes", LIST, "The scopes; all scopes of a user app without it."),
)
_JOURNAL_QUERY = (
    Field("endpoint", TEXT, "The documented endpoint, such as `files_put`; `*` matches any text."),
    Field("method", TEXT, "The method, such as `GET`."),
    Field("path", TEXT, "A file or folder of the request; `*` matches any text."),
    Field("status", INTEGER, "The status of the response.", minimum=100),
)
_BAD_STATUS = Rejected(
    400, "status must be a number of three digits, not 'x'", query={"status": "x"}
)

OPERATIONS: Mapping[str, Operation] = {
    # --- state ---------------------------------------------------------------------------------
    "state.health": Operation(
        "state",
        "Respond that the server is running. It needs no admin token.",
        response=response(status="The text `ok`.", version="The version of fakebox."),
    ),
    "state.ca_certificate": Operation(
        "state",
        "Return the CA certificate that clients trust, in PEM. It needs no admin token.",
        response={"type": "string", "description": "The certificate."},
        response_type="application/x-pem-file",
        rejected=[
            Rejected(404, "this server has no CA, because it has no certificate of --tls"),
        ],
    ),
    "openapi.document": Operation(
        "state",
        "Return this description of the control plane, in OpenAPI 3.1.",
        response={"type": "object", "description": "The document."},
    ),
    "state.declared_form": Operation(
        "state",
        "Return the world in its declared form, which `fakebox serve --world` accepts.",
        response={"type": "object", "description": "The declared form."},
    ),
    "state.reset": Operation(
        "state",
        "Return to the declared world, or a new one; remove the rate limit and all requests.",
        response=_EMPTY,
    ),
    "state.usage": Operation(
        "state",
        "Return the used storage, and the numbers of requests and faults.",
        response=reference("Usage"),
    ),
    "state.take": Operation(
        "state",
        "Store a snapshot in memory: the file in the body, or else the state of the world.",
        body=_FILE,
        media_type="application/zip",
        status=201,
        response=response(id="The id of the snapshot."),
        rejected=[
            Rejected(
                400,
                "the body is not a valid snapshot: it is not a complete snapshot",
                body=b"nonsense",
            )
        ],
    ),
    "state.snapshots": Operation(
        "state",
        "List the ids of all snapshots.",
        response=response(snapshots=array({"type": "string"}, "The ids.")),
    ),
    "state.download": Operation(
        "state",
        "Return a snapshot as a file.",
        response=_FILE,
        response_type="application/zip",
        rejected=[Rejected(404, "there is no snapshot '99'", path={"number": "99"})],
    ),
    "state.restore": Operation(
        "state",
        "Restore a snapshot; clock, settings and faults do not change.",
        response=_EMPTY,
        rejected=[Rejected(404, "there is no snapshot '99'", path={"number": "99"})],
    ),
    "state.delete_snapshot": Operation(
        "state",
        "Delete a snapshot.",
        status=204,
        rejected=[Rejected(404, "there is no snapshot '99'", path={"number": "99"})],
    ),
    "state.namespaces": Operation(
        "state",
        "List the names of all namespaces, except the default one, which has no name.",
        response=response(namespaces=array({"type": "string"}, "The names.")),
    ),
    "state.delete_namespace": Operation(
        "state", "Close a namespace; with `--data` its directory stays.", status=204
    ),
    # --- behavior ------------------------------------------------------------------------------
    "faults.shown": Operation(
        "behavior",
        "List the faults in order, and whether all of them are consumed.",
        response=response(
            faults=array(reference("PlannedFault"), "The faults."),
            all_consumed=(BOOLEAN, "Whether each was applied as often as planned."),
        ),
    ),
    "faults.add": Operation(
        "behavior",
        "Add one fault or a list of faults; none is added if one of them is not valid.",
        body=FAULTS,
        status=201,
        response=response(ids=array({"type": "integer"}, "The numbers of the faults.")),
        example={"endpoint": "files_put", "status": 503, "retry_after_s": 1},
        rejected=[
            Rejected(400, "unknown field 'statsu'; did you mean 'status'?", {"statsu": 500}),
            Rejected(400, "the list of faults must not be empty", []),
        ],
    ),
    "faults.remove": Operation(
        "behavior",
        "Remove a fault.",
        status=204,
        rejected=[Rejected(404, "there is no fault 99", path={"number": 99})],
    ),
    "faults.clear": Operation("behavior", "Remove all faults.", status=204),
    "settings.show_clock": Operation(
        "behavior",
        "Return the time, and whether the clock is frozen.",
        response=reference("Clock"),
    ),
    "settings.set_clock": Operation(
        "behavior",
        "Change the clock. The fields apply in the order reset, frozen, set_s, advance_s.",
        fields=(
            Field("set_s", NUMBER, "The new time, in seconds since 1970."),
            Field("advance_s", NUMBER, "The seconds to advance the time by."),
            Field("frozen", BOOLEAN, "Whether the clock stands still."),
            Field("reset", BOOLEAN, "Whether to return to the time of the machine."),
        ),
        response=reference("Clock"),
        example={"set_s": 1400000000, "frozen": True},
        rejected=[
            Rejected(400, "set_s must be of type int or float, not str", {"set_s": "now"}),
            Rejected(
                400,
                "the clock cannot be set to -1 s: the time must be from 1970 up to the year 3000",
                {"set_s": -1},
            ),
        ],
    ),
    "settings.show_settings": Operation(
        "behavior", "Return all settings.", response=reference("Settings")
    ),
    "settings.change_settings": Operation(
        "behavior",
        "Change settings; none is changed if one of them is not valid.",
        body=SETTINGS,
        response=reference("Settings"),
        example={"delta_page_size": 100, "read_only": True},
        rejected=[Rejected(400, "read_only must be of type bool, not int", {"read_only": 1})],
    ),
    "settings.limit": Operation(
        "behavior",
        "Limit the requests of each token.",
        fields=(
            Field("requests", INTEGER, "The requests of a period.", required=True, minimum=1),
            Field("per_s", NUMBER, "The period, in seconds of the emulated clock.", required=True),
            Field(
                "status", INTEGER, "The status for further requests; 429 without it.", minimum=400
            ),
        ),
        response=_EMPTY,
        example={"requests": 10, "per_s": 60},
        rejected=[Rejected(400, "per_s is missing or empty", {"requests": 10})],
    ),
    "settings.unlimit": Operation("behavior", "Remove the rate limit.", response=_EMPTY),
    # --- accounts ------------------------------------------------------------------------------
    "accounts.accounts": Operation(
        "accounts",
        "List all accounts.",
        response=response(accounts=array(reference("Account"), "The accounts, by uid.")),
    ),
    "accounts.add_account": Operation(
        "accounts",
        "Create an account.",
        fields=(
            Field("email", TEXT, "The e-mail address.", required=True),
            _PASSWORD,
            *_ACCOUNT_DETAILS,
        ),
        status=201,
        response=reference("Account"),
        example={"email": "ada@fakebox.example", "given_name": "Ada", "quota_bytes": 1000000},
        rejected=[
            Rejected(400, "email is missing or empty", {}),
            Rejected(
                400, "quota_bytes must be at least 0, not -1", {"email": "a", "quota_bytes": -1}
            ),
        ],
    ),
    "accounts.account": Operation(
        "accounts", "Return an account.", response=reference("Account"), rejected=[_NO_ACCOUNT]
    ),
    "accounts.change_account": Operation(
        "accounts",
        "Change an account.",
        fields=(_PASSWORD, *_ACCOUNT_DETAILS),
        response=reference("Account"),
        example={"auto_approve": True},
        rejected=[
            _NO_ACCOUNT,
            Rejected(400, "type must be one of basic, pro, business, not 'gold'", {"type": "gold"}),
        ],
    ),
    "accounts.tree": Operation(
        "accounts",
        "List all paths of an account, sorted; those of folders end with a slash.",
        response=response(tree=array({"type": "string"}, "The paths.")),
        rejected=[_NO_ACCOUNT],
    ),
    "accounts.content_hashes": Operation(
        "accounts",
        "Return the content hash of each file of an account by its path; null for a folder.",
        response=response(
            content_hashes=map_of({"type": ["string", "null"]}, "The hashes, by path.")
        ),
        rejected=[_NO_ACCOUNT],
    ),
    "accounts.get_file": Operation(
        "accounts",
        "Return the content of a file. A range may be requested.",
        response=_FILE,
        response_type=BINARY,
        rejected=[
            _NO_ACCOUNT,
            Rejected(404, "there is no file /none.txt", path={"path": "none.txt"}),
            Rejected(400, "/a\\b cannot exist: illegal path (backslash)", path={"path": "a\\b"}),
        ],
    ),
    "accounts.put_file": Operation(
        "accounts",
        "Store the body of the request as a file; an existing file is overwritten.",
        body=_FILE,
        media_type=BINARY,
        query=(
            Field("modified_s", INTEGER, "When a client changed the file, in seconds since 1970."),
        ),
        status=204,
        example=b"hello",
        rejected=[
            _NO_ACCOUNT,
            Rejected(
                400, "/.DS_Store cannot be stored: ignored name", b"x", path={"path": ".DS_Store"}
            ),
        ],
    ),
    "accounts.put_folder": Operation(
        "accounts",
        "Create a folder, unless it exists.",
        status=204,
        rejected=[
            _NO_ACCOUNT,
            Rejected(
                400, "/a\\b cannot be created: illegal path (backslash)", path={"path": "a\\b"}
            ),
        ],
    ),
    "accounts.apps": Operation(
        "accounts",
        "List all apps.",
        response=response(apps=array(reference("App"), "The apps.")),
    ),
    "accounts.add_app": Operation(
        "accounts",
        "Create an app.",
        fields=(
            Field("name", TEXT, "The name, which is also that of its folder.", required=True),
            _APP_ACCESS,
            Field("key", TEXT, "The app key; random without it."),
            Field("secret", TEXT, "The app secret; random without it."),
            _APP_AUTO_APPROVE,
            *_APP_LISTS,
        ),
        status=201,
        response=reference("App"),
        example={"name": "Printer", "access": "app_folder", "key": "printer"},
        rejected=[
            Rejected(400, "name is missing or empty", {}),
            Rejected(
                400, "fakebox-app-key exists already", {"name": "A", "key": "fakebox-app-key"}
            ),
        ],
    ),
    "accounts.change_app": Operation(
        "accounts",
        "Change an app.",
        fields=(
            Field("name", TEXT, "The name."),
            _APP_ACCESS,
            Field("secret", TEXT, "The app secret."),
            _APP_AUTO_APPROVE,
            Field("is_disabled", BOOLEAN, "Whether requests of the app are rejected."),
            *_APP_LISTS,
        ),
        response=reference("App"),
        example={"redirect_uris": ["http://localhost:8000/callback"]},
        rejected=[Rejected(404, "there is no app 'none'", {}, path={"key": "none"})],
    ),
    "accounts.tokens": Operation(
        "accounts",
        "List all access tokens and refresh tokens that were not revoked.",
        response=response(tokens=array(reference("Token"), "The tokens.")),
    ),
    "accounts.add_token": Operation(
        "accounts",
        "Create an access token, and with `refresh` a refresh token.",
        fields=(
            Field("app", TEXT, "The key of the app; the ready-made app without it."),
            Field("access", TEXT, "The files that it gives access to.", choices=APP_ACCESS),
            Field("token", TEXT, "The value; random without it."),
            Field("secret", TEXT, "The secret of an OAuth 1.0 token; random without it."),
            Field(
                "type",
                TEXT,
                "The type. Without it, the token is a bearer token if it has `scopes`,"
                " `expires_in_s`, `refresh`, or a `token` without a `secret`.",
                choices=TOKEN_TYPES,
            ),
            _UID,
            Field("scopes", LIST, "The scopes of a bearer token; those of the app without it."),
            Field("expires_in_s", INTEGER, "The lifetime in seconds.", minimum=0),
            Field("refresh", TEXT_OR_BOOLEAN, "Whether to create a refresh token, or its value."),
        ),
        status=201,
        response=reference("Token"),
        example={"expires_in_s": 3600, "refresh": True},
        rejected=[
            Rejected(404, "there is no account 99", {"uid": 99}),
            Rejected(400, "type must be one of oauth1, bearer, not 'jwt'", {"type": "jwt"}),
        ],
    ),
    "accounts.revoke": Operation(
        "accounts", "Revoke an access token or a refresh token.", status=204
    ),
    "consent.authorize_url": Operation(
        "accounts",
        "Allow the app of an authorization URL, as a user does by a click on Allow.",
        fields=(Field("url", TEXT, "The authorization URL.", required=True), _UID),
        response=response(
            result="The URL that the browser is redirected to. Without one, the code of OAuth 2, or"
            " the request token of OAuth 1.0."
        ),
        example={
            "url": "https://www.dropbox.com/oauth2/authorize?client_id=fakebox-app-key"
            "&response_type=code"
        },
        rejected=[
            Rejected(
                400,
                "url must be an authorization URL, such as"
                " https://www.dropbox.com/oauth2/authorize?client_id=...,"
                " not 'https://app.example/'",
                {"url": "https://app.example/"},
            )
        ],
    ),
    "consent.allow_request_token": Operation(
        "accounts",
        "Allow a request token of OAuth 1.0, as a user does on the authorization page.",
        fields=(Field("request_token", TEXT, "The request token.", required=True), _UID),
        status=204,
        example={"request_token": "REQUEST_TOKEN"},
        rejected=[
            Rejected(
                400,
                "request_token must be a request token that was not used before and has not"
                " expired",
                {"request_token": "unknown"},
            )
        ],
    ),
    # --- requests ------------------------------------------------------------------------------
    "journal.requests": Operation(
        "requests",
        "List requests, oldest first. Every other parameter is compared with the parameter of the"
        " request that has the same name.",
        query=_JOURNAL_QUERY,
        response=response(requests=array(reference("Request"), "The requests.")),
        rejected=[_BAD_STATUS],
    ),
    "journal.har": Operation(
        "requests",
        "List the same requests as an HTTP archive (HAR 1.2).",
        query=_JOURNAL_QUERY,
        response={"type": "object", "description": "The archive."},
        rejected=[_BAD_STATUS],
    ),
    "journal.clear": Operation("requests", "Remove all requests.", status=204),
    # --- dashboard -----------------------------------------------------------------------------
    "page.overview": Operation(
        "dashboard",
        "Show accounts, the clock, faults and the latest requests.",
        response=_PAGE,
        response_type=HTML,
    ),
    "page.requests": Operation(
        "dashboard",
        "Return the rows of the journal, for the page that updates them.",
        response=_PAGE,
        response_type=HTML,
    ),
    "page.browse": Operation(
        "dashboard",
        "Show the entries of a folder, or a file.",
        response=_PAGE,
        response_type=HTML,
    ),
    "page.add_fault": Operation(
        "dashboard", "Add a fault by a form; see `POST /faults`.", status=303
    ),
    "page.clear_faults": Operation("dashboard", "Remove one fault, or all, by a form.", status=303),
    "page.add_token": Operation(
        "dashboard",
        "Create a bearer token by a form; see `POST /tokens`.",
        status=303,
    ),
    "page.revoke_token": Operation("dashboard", "Revoke a token by a form.", status=303),
    "page.set_clock": Operation("dashboard", "Change the clock by a form.", status=303),
    "page.reset": Operation("dashboard", "Reset the namespace by a form.", status=303),
    "static": Operation(
        "dashboard", "Return a file of the pages.", response=_FILE, response_type=BINARY
    ),
}
