"""Servers to measure, each in a separate process: the emulator and other products.

A product that is not installed is not started. Install the products with
`pip install 'moto[s3,server]'`, `npm install -g azurite`, and the package `nginx` of a Linux
distribution.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import urllib3

from fakebox.core import defaults

CONTENT = b"x" * 1024
# The development account that Azurite documents.
_AZURITE_ACCOUNT = "devstoreaccount1"
_AZURITE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@dataclass(frozen=True)
class Call:
    """A request that can be sent repeatedly.

    Attributes:
        method: HTTP method.
        url: URL; `{}` is replaced by a different number in each request.
        headers: request headers.
        body: request body.
    """

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Served:
    """A running server.

    Attributes:
        name: name of the product.
        pid: its process id.
        calls: requests that upload a file of 1 KiB, download it, and read its metadata, or the most
            similar requests of the server.
        upload: request that uploads a large body.
        download: request that downloads it.
    """

    name: str
    pid: int
    calls: dict[str, Call]
    upload: Call
    download: Call


@contextmanager
def fakebox_server() -> Iterator[Served]:
    """Start `fakebox serve`; requests are signed with OAuth 1.0."""
    command = [sys.executable, "-m", "fakebox", "serve", "--port", "0"]
    with _running(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        headers = {
            "Authorization": f'OAuth oauth_consumer_key="{defaults.APP_KEY}",'
            f' oauth_token="{defaults.TOKEN}", oauth_signature_method="PLAINTEXT",'
            f' oauth_signature="{defaults.APP_SECRET}%26{defaults.TOKEN_SECRET}"'
        }
        put = f"{url}/1/files_put/dropbox"
        get = f"{url}/1/files/dropbox"
        urllib3.request("PUT", f"{put}/a.bin", headers=headers, body=CONTENT)
        yield Served(
            "fakebox",
            process.pid,
            {
                "put 1 KB": Call("PUT", f"{put}/{{}}.bin", headers, CONTENT),
                "get 1 KB": Call("GET", f"{get}/a.bin", headers),
                "metadata": Call("GET", f"{url}/1/metadata/dropbox/a.bin", headers),
            },
            Call("PUT", f"{put}/large?overwrite=true", headers),
            Call("GET", f"{get}/large", headers),
        )


@contextmanager
def bare_flask_server() -> Iterator[Served]:
    """Start a minimal Flask application on the server that the emulator uses."""
    program = (
        "import threading\n"
        "from flask import Flask, request\n"
        "from fakebox.server import Server\n"
        "app = Flask('bare')\n"
        "@app.route('/<path:_>', methods=['GET', 'PUT'])\n"
        "def view(_):\n"
        "    if request.method == 'GET':\n"
        "        return b'x' * 1024\n"
        "    return {'bytes': len(request.get_data())}\n"
        "server = Server(app)\n"
        "server.start()\n"
        "print(server.url, flush=True)\n"
        "threading.Event().wait()\n"
    )
    with _running([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout
        url = process.stdout.readline().decode().strip()
        get = Call("GET", f"{url}/a.bin")
        calls = {
            "put 1 KB": Call("PUT", f"{url}/{{}}.bin", {}, CONTENT),
            "get 1 KB": get,
            "metadata": get,
        }
        yield Served("bare Flask", process.pid, calls, get, get)


@contextmanager
def zeros_server(size_bytes: int) -> Iterator[str]:
    """Start a server that accepts any upload and sends `size_bytes` zeros; yield its URL."""
    command = [sys.executable, "-m", "bench.zeros", str(size_bytes)]
    with _running(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        yield process.stdout.readline().decode().strip()


@contextmanager
def moto_server() -> Iterator[Served]:
    """Start moto's S3."""
    port = _free_port()
    with _running([installed("moto_server") or "", "-p", str(port)]) as process:
        url = f"http://127.0.0.1:{port}/bucket"
        _await(url, "PUT")
        # Anonymous requests may not read anything; the credentials are not verified.
        headers = {"Authorization": "AWS anybody:unverified"}
        yield Served("moto", process.pid, *_object_store(url, headers, ""))


@contextmanager
def azurite_server() -> Iterator[Served]:
    """Start Azurite's blob service with its data in memory."""
    port = _free_port()
    command = [installed("azurite-blob") or "", "--blobPort", str(port), "--inMemoryPersistence"]
    with _running([*command, "--skipApiVersionCheck", "--silent"]) as process:
        container = f"http://127.0.0.1:{port}/{_AZURITE_ACCOUNT}/bench"
        _await(f"{container}?restype=container&{_shared_access()}", "PUT")
        headers = {"x-ms-blob-type": "BlockBlob"}
        yield Served(
            "Azurite", process.pid, *_object_store(container, headers, f"?{_shared_access()}")
        )


@contextmanager
def nginx_server() -> Iterator[Served]:
    """Start nginx on a directory; it accepts uploads by WebDAV."""
    port = _free_port()
    with TemporaryDirectory(prefix="fakebox-bench-") as directory:
        Path(directory, "files").mkdir(mode=0o777)
        configuration = Path(directory, "nginx.conf")
        configuration.write_text(
            f"daemon off; pid {directory}/pid; error_log {directory}/errors; worker_processes 2;\n"
            f"user root; events {{}}\nhttp {{ access_log off; sendfile on;\n"
            f"client_max_body_size 0; client_body_temp_path {directory}/body;\n"
            f"server {{ listen 127.0.0.1:{port};"
            f" location / {{ root {directory}/files; dav_methods PUT; }} }} }}\n"
        )
        command = [installed("nginx") or "", "-p", directory, "-c", str(configuration)]
        with _running(command) as process:
            url = f"http://127.0.0.1:{port}"
            _await(url, "GET")
            large = f"{url}/large"
            yield Served("nginx", process.pid, {}, Call("PUT", large), Call("GET", large))


PEERS = {"moto_server": moto_server, "azurite-blob": azurite_server, "nginx": nginx_server}


def installed(program: str) -> str | None:
    """Return the path of a program, next to this interpreter or on the search path."""
    beside = Path(sys.executable).with_name(program)
    return (
        str(beside)
        if beside.exists()
        else shutil.which(program) or shutil.which(program, path="/usr/sbin")
    )


def _object_store(
    url: str, headers: dict[str, str], query: str
) -> tuple[dict[str, Call], Call, Call]:
    urllib3.request("PUT", f"{url}/a.bin{query}", headers=headers, body=CONTENT)
    calls = {
        "put 1 KB": Call("PUT", f"{url}/{{}}.bin{query}", headers, CONTENT),
        "get 1 KB": Call("GET", f"{url}/a.bin{query}", headers),
        "metadata": Call("HEAD", f"{url}/a.bin{query}", headers),
    }
    large = f"{url}/large{query}"
    return calls, Call("PUT", large, headers), Call("GET", large, headers)


def _shared_access() -> str:
    # Permissions and expiry are signed as the documentation of Azure storage describes.
    fields = {
        "sp": "rwdlac",
        "ss": "b",
        "srt": "sco",
        "st": "",
        "se": "2099-01-01T00:00:00Z",
        "sip": "",
        "spr": "http,https",
        "sv": "2018-11-09",
    }
    text = "\n".join([_AZURITE_ACCOUNT, *fields.values(), ""])
    digest = hmac.new(base64.b64decode(_AZURITE_KEY), text.encode(), hashlib.sha256).digest()
    fields["sig"] = base64.b64encode(digest).decode()
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items() if value)


@contextmanager
def _running(command: list[str], stdout: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen]:
    with subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await(url: str, method: str) -> None:
    for _ in range(200):
        with suppress(urllib3.exceptions.HTTPError):
            urllib3.request(method, url, retries=False, timeout=5)
            return
        time.sleep(0.05)
    raise TimeoutError(url)
