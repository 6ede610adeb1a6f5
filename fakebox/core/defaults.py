"""The accounts, app and tokens of every new world, and the default address of the emulator."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DefaultAccount:
    """An account of every new world."""

    email: str
    given_name: str
    surname: str


PASSWORD = "fakebox"
USER = DefaultAccount("user@fakebox.example", "Fakebox", "User")
OTHER = DefaultAccount("other@fakebox.example", "Other", "User")

APP_NAME = "fakebox"
APP_KEY = "fakebox-app-key"
APP_SECRET = "fakebox-app-secret"

TOKEN = "fakebox-token"
TOKEN_SECRET = "fakebox-token-secret"
SANDBOX_TOKEN = "fakebox-sandbox-token"
SANDBOX_TOKEN_SECRET = "fakebox-sandbox-token-secret"
OTHER_TOKEN = "fakebox-other-token"
OTHER_TOKEN_SECRET = "fakebox-other-token-secret"
BEARER_TOKEN = "fakebox-bearer-token"
SANDBOX_BEARER_TOKEN = "fakebox-sandbox-bearer-token"
OTHER_BEARER_TOKEN = "fakebox-other-bearer-token"
REFRESH_TOKEN = "fakebox-refresh-token"
REDIRECT_URIS = (
    "http://localhost:53682/",
    "http://127.0.0.1:53682/",
    "http://localhost:8000/callback",
    "https://app.example/callback",
)

BEARER_TOKENS = (BEARER_TOKEN, SANDBOX_BEARER_TOKEN, OTHER_BEARER_TOKEN)
WELL_KNOWN = frozenset({APP_KEY, TOKEN, SANDBOX_TOKEN, OTHER_TOKEN, *BEARER_TOKENS, REFRESH_TOKEN})
WELL_KNOWN_SECRETS = frozenset({APP_SECRET, TOKEN_SECRET, SANDBOX_TOKEN_SECRET, OTHER_TOKEN_SECRET})

HOST = "127.0.0.1"
PORT = 8710
