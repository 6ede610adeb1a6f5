"""What every fresh emulator starts with, so that a newcomer configures nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """An account of every fresh world."""

    email: str
    given_name: str
    surname: str


PASSWORD = "fakebox"
USER = Person("user@fakebox.example", "Fakebox", "User")
OTHER = Person("other@fakebox.example", "Other", "User")

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

HOST = "127.0.0.1"
PORT = 8710
