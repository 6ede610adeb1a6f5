"""Tests of `fakebox exec` with the SDKs of several languages.

Each test installs an SDK from the registry of its language, and skips if a program is missing. Run
by `tox -e exec-clients`, not as part of the suite.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXEC = (sys.executable, "-m", "fakebox", "exec", "--")
MAVEN = ("mvn", "--quiet", "--batch-mode")
OFFICIAL_PYTHON = """
import dropbox
client = dropbox.Dropbox("fakebox-bearer-token")
client.files_upload(b"hello", "/python.txt")
print(client.files_download("/python.txt")[1].content.decode())
"""


def run(*words: object, cwd: Path, **variables: str) -> str:
    """Run a program, which has to succeed, and return its output."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def require(*programs: str) -> None:
    """Skip the test if a program is not installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}")


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the directory of the language that the test names."""
    return Path(shutil.copytree(HERE / request.param, tmp_path / request.param))


def test_official_python_sdk(tmp_path: Path) -> None:
    """The official Python SDK, in a virtual environment, uploads and downloads a file."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    # The import path of this process has another package with the same name.
    isolated = (python, "-I")
    run(*isolated, "-m", "pip", "install", "--quiet", "dropbox", cwd=tmp_path)
    assert run(*EXEC, *isolated, "-c", OFFICIAL_PYTHON, cwd=tmp_path) == "hello\n"


@pytest.mark.parametrize("project", ["node"], indirect=True)
def test_official_javascript_sdk(project: Path) -> None:
    """The official JavaScript SDK, with its own fetch and that of Node.js, uses the emulator."""
    require("node", "npm")
    install = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
    run(*install, cwd=project)
    assert run(*EXEC, "node", "sdk.mjs", cwd=project) == "hello\nnode.txt\n"


@pytest.mark.parametrize("project", ["go"], indirect=True)
def test_go_sdk(project: Path) -> None:
    """The SDK dropbox-sdk-go-unofficial uploads and downloads a file."""
    require("go")
    run("go", "build", "-o", "client", ".", cwd=project)
    assert run(*EXEC, "./client", cwd=project) == "hello\n"


@pytest.mark.parametrize("requestor", ["okhttp", "standard"])
@pytest.mark.parametrize("project", ["java"], indirect=True)
def test_java_sdk(project: Path, requestor: str) -> None:
    """The Java SDK uses the proxy by OkHttp3Requestor, or by withProxy of its default requestor."""
    require("java", "javac", "mvn")
    run(*MAVEN, "dependency:copy-dependencies", "-DoutputDirectory=lib", cwd=project)
    classes = ("-classpath", f"lib/*{os.pathsep}.")
    run("javac", *classes, "WithProxy.java", cwd=project)
    assert run(*EXEC, "java", *classes, "WithProxy", requestor, cwd=project) == "hello\n"


@pytest.mark.parametrize("project", ["rust"], indirect=True)
def test_rust_sdk(project: Path) -> None:
    """The crate dropbox-sdk, with a client that trusts the roots of the platform, uses it."""
    require("cargo")
    run("cargo", "build", "--quiet", cwd=project)
    assert run(*EXEC, "target/debug/exec-client", cwd=project) == "hello\n"


@pytest.mark.parametrize("project", ["go_http"], indirect=True)
def test_go_uses_http_2(project: Path) -> None:
    """The package net/http of Go uploads and downloads 3 MB over HTTP/2, and receives an error."""
    require("go")
    run("go", "build", "-o", "client", ".", cwd=project)
    assert run(*EXEC, "./client", cwd=project) == "HTTP/2.0 200\nHTTP/2.0 200 true\nHTTP/2.0 400\n"


@pytest.mark.parametrize("project", ["java_http"], indirect=True)
def test_java_uses_http_2(project: Path) -> None:
    """The package java.net.http does the same."""
    require("java", "javac")
    output = run(*EXEC, "java", "HttpTour.java", cwd=project)
    assert output == "HTTP_2 200\nHTTP_2 200 true\nHTTP_2 400\n"


@pytest.mark.parametrize("project", ["rust_async"], indirect=True)
def test_asynchronous_rust_sdk(project: Path) -> None:
    """The asynchronous client of the crate dropbox-sdk, which requires HTTP/2, is unchanged."""
    require("cargo")
    run("cargo", "build", "--quiet", cwd=project)
    assert run(*EXEC, "target/debug/exec-async-client", cwd=project) == "hello\n"
