"""Each combination of the distributions works, or fails with one line, in an environment."""

from __future__ import annotations

import json
import subprocess

import pytest

from fakebox.testing.sdk import BOTH_INSTALLED
from tests.docs.pages import blocks_of
from tests.packaging.conftest import ROOT, Environment, archive, clean_environment, new_environment

# A test that uses the emulator over HTTP, without any SDK.
RAW_HTTP = """
import urllib.request

def test_own(fakebox):
    headers = {"Authorization": "Bearer fakebox-bearer-token"}
    request = urllib.request.Request(fakebox.url + "/1/account/info", headers=headers)
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
"""
NOT_LOADED = """
import sys

def test_own():
    assert not {"flask", "dropbox"} & set(sys.modules)
"""
WITH_CLIENT = """
def test_own(dropbox_client):
    assert dropbox_client.account_info()["uid"] == 1
"""
WITH_OFFICIAL = """
def test_official(fakebox, dbx):
    dbx.files_upload(b"hello", "/a.txt")
    assert fakebox.read("/a.txt") == b"hello"
"""
# Whether every installed file of a distribution is there, with the content that was installed.
IS_WHOLE = """
import base64, hashlib, importlib.metadata
files = importlib.metadata.files({distribution!r})
assert files
for file in files:
    path = file.locate()
    assert path.is_file(), path
    if file.hash and "__pycache__" not in str(path):
        digest = hashlib.new(file.hash.mode, path.read_bytes()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == file.hash.value, path
"""


def installed(environment: Environment) -> set[str]:
    """The names of the distributions of an environment."""
    done = environment.python(
        "import importlib.metadata as m, json;"
        "print(json.dumps([each.name for each in m.distributions()]))"
    )
    return set(json.loads(done.stdout))


def assert_whole(environment: Environment, distribution: str) -> None:
    """Assert that nothing of a distribution is missing or replaced."""
    done = environment.python(IS_WHOLE.format(distribution=distribution))
    assert done.returncode == 0, done.stderr


# --- the SDK alone ---------------------------------------------------------------------------


def test_sdk_brings_two_dependencies(sdk_only):
    """The installation of the SDK installs urllib3 and oauthlib, and no other distribution."""
    assert installed(sdk_only) == {"fakebox-sdk", "oauthlib", "urllib3"}


@pytest.mark.parametrize("module", ["dropbox.client", "dropbox.session", "dropbox.rest"])
def test_module_of_the_sdk_imports_alone(sdk_only, module):
    """Each documented module of the SDK needs only the two dependencies."""
    done = sdk_only.python(f"import {module}")
    assert (done.returncode, done.stderr) == (0, "")


# --- the emulator alone ----------------------------------------------------------------------


def test_emulator_imports_without_a_package_dropbox(emulator_only):
    """`import fakebox`, and an emulator in it, need no SDK."""
    done = emulator_only.python(
        "import importlib.util\n"
        "assert importlib.util.find_spec('dropbox') is None\n"
        "from fakebox import Fakebox\n"
        "with Fakebox() as box:\n"
        "    box.write('/a.txt', b'hello')\n"
        "    assert box.tree() == ['/a.txt']\n"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_emulator_serves_without_a_package_dropbox(emulator_only):
    """`fakebox serve` starts and stops without an SDK."""
    command = [emulator_only.root / "bin" / "fakebox", "serve", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=emulator_only.root,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("fakebox ready: http://127.0.0.1:")
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_completion_needs_no_extra(emulator_only):
    """`fakebox completion` works in an environment with the emulator alone."""
    done = emulator_only.run("fakebox", "completion", "bash")
    assert (done.returncode, done.stderr) == (0, "")


def test_demo_names_the_sdk_when_it_is_missing(emulator_only):
    """Without the SDK, `fakebox demo` prints one line and exits with status 2."""
    done = emulator_only.run("fakebox", "demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "fakebox: the demo needs fakebox-sdk: "
        "the SDK of fakebox is not installed: pip install fakebox-sdk\n"
    )


def test_client_names_the_sdk_when_it_is_missing(emulator_only):
    """`box.client()` raises ImportError with one line."""
    done = emulator_only.python("import fakebox; fakebox.Fakebox('inprocess').client()")
    assert done.stderr.splitlines()[-1] == (
        "ImportError: the SDK of fakebox is not installed: pip install fakebox-sdk"
    )


def test_fixture_without_a_client_works_when_the_sdk_is_missing(emulator_only, tmp_path):
    """The plugin is loaded, and the fixture `fakebox` provides an emulator."""
    done = emulator_only.pytest(RAW_HTTP, tmp_path)
    assert done.returncode == 0, done.stdout


def test_fixture_names_the_sdk_when_it_is_missing(emulator_only, tmp_path):
    """A test that needs a client fails with one line that says what to install."""
    done = emulator_only.pytest(WITH_CLIENT, tmp_path)
    assert done.returncode == 1
    assert (
        "the fixture dropbox_client needs fakebox-sdk: "
        "the SDK of fakebox is not installed: pip install fakebox-sdk\n"
    ) in done.stdout
    assert "Traceback" not in done.stdout
    assert "exception" not in done.stdout


# --- both of ours ----------------------------------------------------------------------------


def test_command_prints_the_version(complete):
    """`fakebox --version` prints the version of the installed distribution."""
    done = complete.run("fakebox", "--version")
    version = complete.python("from importlib.metadata import version; print(version('fakebox'))")
    assert done.stdout == f"fakebox {version.stdout}"


def test_sdk_imports_without_flask_when_all_is_installed(complete):
    """`import dropbox` does not import the emulator or what it needs."""
    done = complete.python(
        "import dropbox, sys; assert not {'flask', 'fakebox'} & set(sys.modules)"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_pytest_starts_without_flask_when_all_is_installed(complete, tmp_path):
    """The plugin imports neither the web framework nor the SDK until a test needs them."""
    done = complete.pytest(NOT_LOADED, tmp_path)
    assert done.returncode == 0, done.stdout


def test_fixture_provides_a_linked_client(complete, tmp_path):
    """A test gets a client of the SDK by naming the fixture."""
    done = complete.pytest(WITH_CLIENT, tmp_path)
    assert done.returncode == 0, done.stdout


def test_extra_installs_the_sdk_of_the_same_version(wheel, dist, tmp_path):
    """`pip install 'fakebox[sdk]'` installs both distributions."""
    environment = new_environment(tmp_path / "env")
    environment.install(f"fakebox[sdk] @ {wheel.as_uri()}", "--find-links", dist)
    assert {"fakebox", "fakebox-sdk"} <= installed(environment)


@pytest.fixture(scope="session")
def other_version(wheel, dist, tmp_path_factory) -> Environment:
    """The emulator, pytest, and an SDK of version 0.0.9."""
    root = tmp_path_factory.mktemp("other")
    sdist = archive(dist, "fakebox-sdk", ".tar.gz")
    subprocess.run(["tar", "xzf", sdist, "-C", root], check=True)
    (source,) = root.iterdir()
    module = source / "dropbox" / "rest.py"
    text = module.read_text()
    changed = text.replace('SDK_VERSION = "0.1.0"', 'SDK_VERSION = "0.0.9"')
    assert changed != text
    module.write_text(changed)
    return new_environment(root / "env", wheel, source, "pytest")


MISMATCH = (
    "fakebox 0.1.0 needs fakebox-sdk 0.1.0, but fakebox-sdk 0.0.9 is installed: "
    "pip install fakebox-sdk==0.1.0"
)


def test_client_is_rejected_when_the_sdk_has_another_version(other_version):
    """`box.client()` raises ImportError, and the line names both versions."""
    done = other_version.python("import fakebox; fakebox.Fakebox('inprocess').client()")
    assert done.stderr.splitlines()[-1] == f"ImportError: {MISMATCH}"


def test_fixture_fails_when_the_sdk_has_another_version(other_version, tmp_path):
    """The test fails with the same error text as `box.client()`, without a traceback."""
    done = other_version.pytest(WITH_CLIENT, tmp_path)
    assert done.returncode == 1
    assert f"the fixture dropbox_client needs fakebox-sdk: {MISMATCH}\n" in done.stdout
    assert "Traceback" not in done.stdout
    assert "exception" not in done.stdout


def test_demo_fails_when_the_sdk_has_another_version(other_version):
    """The command prints the same error text as `box.client()`, and exits with status 2."""
    done = other_version.run("fakebox", "demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"fakebox: the demo needs fakebox-sdk: {MISMATCH}\n"


# --- beside the official SDK -----------------------------------------------------------------


@pytest.mark.parametrize("last", ["fakebox", "dropbox"])
@pytest.mark.parametrize("uninstalled", ["fakebox", "dropbox"])
def test_emulator_and_official_sdk_leave_each_other_whole(last, uninstalled, wheel, tmp_path):
    """The order of installation does not matter, and removing one leaves the other complete."""
    arguments = {"fakebox": wheel, "dropbox": "dropbox"}
    (first,) = arguments.keys() - {last}
    environment = new_environment(tmp_path / "env", arguments[first])
    environment.install(arguments[last])
    for distribution in arguments:
        assert_whole(environment, distribution)
    done = environment.python("import dropbox, fakebox; dropbox.Dropbox; fakebox.Fakebox")
    assert done.returncode == 0, done.stderr
    environment.uninstall(uninstalled)
    (other,) = arguments.keys() - {uninstalled}
    assert_whole(environment, other)
    done = environment.python(f"import {other}; {other}.{other.capitalize()}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def beside_official(wheel, tmp_path_factory) -> Environment:
    """The emulator, pytest and the official SDK."""
    root = tmp_path_factory.mktemp("official") / "env"
    return new_environment(root, wheel, "dropbox", "pytest")


def test_fixture_without_a_client_works_beside_the_official_sdk(beside_official, tmp_path):
    """The fixture `fakebox` provides an emulator."""
    done = beside_official.pytest(RAW_HTTP, tmp_path)
    assert done.returncode == 0, done.stdout


def test_example_of_the_readme_passes_beside_the_official_sdk(beside_official, tmp_path):
    """The first block of the README needs no package but these."""
    example = blocks_of(ROOT / "README.md")[0].text
    done = beside_official.pytest(example, tmp_path)
    assert done.returncode == 0, done.stdout


def test_fixture_names_the_official_sdk_when_none_is_installed(emulator_only, tmp_path):
    """A test that needs a client of the official SDK fails with one line."""
    done = emulator_only.pytest(WITH_OFFICIAL, tmp_path)
    assert done.returncode == 1
    text = "the official SDK is not installed: pip install dropbox"
    assert f"the fixture dbx needs the official SDK: {text}\n" in done.stdout
    assert "Traceback" not in done.stdout


def test_fixture_names_the_official_sdk_when_the_other_one_is_installed(complete, tmp_path):
    """A test that needs a client of the official SDK fails with one line."""
    done = complete.pytest(WITH_OFFICIAL, tmp_path)
    assert done.returncode == 1
    text = "the package 'dropbox' is the SDK of fakebox, not the official SDK"
    assert f"the fixture dbx needs the official SDK: {text}" in done.stdout
    assert "Traceback" not in done.stdout


def test_official_client_of_the_plugin_needs_no_other_package(beside_official, tmp_path):
    """The fixture `dbx` works beside the official SDK."""
    done = beside_official.pytest(WITH_OFFICIAL, tmp_path)
    assert done.returncode == 0, done.stdout


def test_fixture_names_the_official_sdk_when_it_is_installed_instead(beside_official, tmp_path):
    """A test that needs a client of fakebox's SDK fails with one line."""
    done = beside_official.pytest(WITH_CLIENT, tmp_path)
    assert done.returncode == 1
    assert (
        "the fixture dropbox_client needs fakebox-sdk: the package 'dropbox' is the official SDK, "
        "not the SDK of fakebox; in another environment: pip install fakebox-sdk\n"
    ) in done.stdout


def test_demo_names_the_sdk_beside_the_official_one(beside_official):
    """The command prints one line that names `fakebox-sdk`, and exits with status 2."""
    done = beside_official.run("fakebox", "demo")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "fakebox-sdk" in done.stderr


@pytest.fixture(scope="session", params=["sdk last", "official last"])
def both_sdks(request, wheel, sdk_wheel, tmp_path_factory) -> Environment:
    """Both SDKs in one environment, in either order, with the emulator and pytest."""
    order = [sdk_wheel, "dropbox"]
    if request.param == "sdk last":
        order.reverse()
    root = tmp_path_factory.mktemp("both") / "env"
    environment = new_environment(root, order[0], wheel, "pytest")
    environment.install(order[1])
    return environment


def test_fixture_fails_with_one_line_when_both_sdks_are_installed(both_sdks, tmp_path):
    """The test fails with one line, whichever SDK was installed last."""
    done = both_sdks.pytest(WITH_CLIENT, tmp_path)
    assert done.returncode == 1
    assert f"the fixture dropbox_client needs fakebox-sdk: {BOTH_INSTALLED}\n" in done.stdout
    assert "Traceback" not in done.stdout
    assert "exception" not in done.stdout


def test_sdk_is_not_imported_when_it_was_installed_over_the_official_one(sdk_wheel, tmp_path):
    """`import dropbox` raises ImportError with one line, also for its modules."""
    environment = new_environment(tmp_path / "env", "dropbox")
    environment.install(sdk_wheel)
    for module in ("dropbox", "dropbox.client"):
        done = environment.python(f"import {module}")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == f"ImportError: {BOTH_INSTALLED}"


def test_fixture_says_how_to_repair_the_sdk_when_the_official_one_was_removed(
    wheel, sdk_wheel, tmp_path
):
    """Uninstalling one of two distributions with the same files leaves the other incomplete."""
    environment = new_environment(tmp_path / "env", "dropbox", wheel, "pytest")
    environment.install(sdk_wheel)
    environment.uninstall("dropbox")
    done = environment.pytest(WITH_CLIENT, tmp_path)
    assert done.returncode == 1
    assert (
        "the package 'dropbox' is incomplete: pip install --force-reinstall fakebox-sdk\n"
    ) in done.stdout
