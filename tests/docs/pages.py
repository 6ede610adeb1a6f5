"""Converts the code blocks of a documentation page into one shell script.

A reader pastes the blocks of a page into one shell in order, and the script does the same.
The language of a block determines its use:

`sh`
    runs in that shell, and exported variables stay set for the later blocks
`python`
    is saved and run by `python`, or by `pytest` if it defines tests; a block with a caption is
    only saved, in a file of that name
`text`
    is the expected output of the block above, where `...` matches any text
`bash`, `console`, `javascript`, `json`, `toml`, `yaml`, `http`, `html`
    are only displayed, and saved if they have a caption

A block that uses one of the two packages named `dropbox` runs only where that one is installed, and
the other blocks run with both.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_FENCE = re.compile(
    r"^```(?:\{code-block\} )?(?P<language>[a-z]+)\n"
    r"(?::caption: (?P<caption>\S+)\n\n?)?"
    r"(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
Sdk = Literal["official", "fakebox"]
# What a block with the official SDK contains, and what a block with the SDK of fakebox contains.
_USES: dict[Sdk, re.Pattern[str]] = {
    "official": re.compile(r"\bdbx\b|^import dropbox$|\bfrom dropbox import Dropbox", re.MULTILINE),
    "fakebox": re.compile(
        r"\bdropbox_client\b|\bdropbox\.(?:client|session|rest|oauth2)\b|\.client\(\)"
        r"|\bfrom dropbox import (?:client|rest|session)\b"
    ),
}
# The next block needs the server, so the script waits until the server has started.
_WAIT_FOR_SERVER = """
for _ in $(seq 100); do
  (exec 3<>/dev/tcp/127.0.0.1/8710) 2>/dev/null && break || sleep 0.1
done
"""


@dataclass(frozen=True)
class Block:
    """A fenced block: its position, language, file name and text."""

    page: Path
    line: int
    language: str
    caption: str | None
    text: str

    @property
    def location(self) -> str:
        """Returns the page and the line of the block, in the format of editors."""
        return f"{self.page}:{self.line}"

    @property
    def starts_server(self) -> bool:
        """Returns whether the block starts an emulator at the default address in the background."""
        command = re.search(r"^(?:\.venv/bin/)?fakebox serve.*&$", self.text, re.MULTILINE)
        return command is not None and "--port" not in command[0]

    @property
    def is_test(self) -> bool:
        """Returns whether the block is run by pytest."""
        has_test = re.search(r"^\s*(?:async )?def test_", self.text, re.MULTILINE) is not None
        return self.language == "python" and self.caption is None and has_test

    @property
    def reads_input(self) -> bool:
        """Returns whether the block reads from the keyboard."""
        return self.language == "python" and "input()" in self.text

    @property
    def programs(self) -> set[str]:
        """Returns the programs that the block runs by `fakebox exec`."""
        return set(re.findall(r"^fakebox exec .*?-- (\w+)", self.text, re.MULTILINE))

    @property
    def sdks(self) -> set[Sdk]:
        """Returns the SDKs that the block uses."""
        return {sdk for sdk, pattern in _USES.items() if pattern.search(self.text)}


def blocks_for(blocks: list[Block], sdk: Sdk) -> list[Block]:
    """Returns the blocks to run where one of the SDKs is installed.

    A block also uses the SDK of the files with a caption that it names. The output of a block that
    does not run is left out too.
    """
    saved = {Path(block.caption).stem: block.sdks for block in blocks if block.caption}
    kept: list[Block] = []
    is_kept = True
    for block in blocks:
        if block.language != "text":
            named = [saved[word] for word in re.findall(r"\w+", block.text) if word in saved]
            is_kept = block.sdks.union(*named) <= {sdk}
        if is_kept or block.caption:
            kept.append(block)
    return kept


def blocks_of(page: Path) -> list[Block]:
    """Returns the fenced blocks of a Markdown page."""
    source = page.read_text(encoding="utf-8")
    return [
        Block(
            page=page,
            line=source.count("\n", 0, match.start()) + 1,
            language=match["language"],
            caption=match["caption"],
            text=match["text"],
        )
        for match in _FENCE.finditer(source)
    ]


def script_of(blocks: list[Block], directory: Path) -> str:
    """Writes the files of a page into a directory and returns the script that runs its blocks.

    The script writes the location of the current block to the file `location`, and the output of
    block number N to the file `output-N`. Tests that follow each other run in one process.
    """
    lines = ["set -euo pipefail"]
    tests: list[str] = []
    for number, block in enumerate(blocks):
        name = _save(number, block, directory)
        if block.is_test:
            tests.append(name)
            if _is_followed_by_test(blocks[number + 1 :]):
                continue
            command = f"pytest -q {' '.join(tests)}\n"
            tests = []
        else:
            command = _command(block, name)
        if command:
            lines.append(f"echo {shlex.quote(block.location)} >location")
            lines.append(f"{{\n{command}}} >output-{number}")
    return "\n".join(lines) + "\n"


def _save(number: int, block: Block, directory: Path) -> str:
    """Saves a block with a caption, or a program; returns the name of the file."""
    if block.caption is None and block.language != "python":
        return ""
    name = block.caption or f"{'test_block' if block.is_test else 'block'}_{number}.py"
    (directory / name).write_text(block.text, encoding="utf-8")
    return name


def _is_followed_by_test(blocks: list[Block]) -> bool:
    # The other languages are only displayed.
    next_ones = (block for block in blocks if block.language in ("python", "sh", "text"))
    return next((block.is_test for block in next_ones if block.caption is None), False)


def _command(block: Block, name: str) -> str:
    if block.caption is not None:
        return ""
    if block.language == "sh":
        return block.text + (_WAIT_FOR_SERVER if block.starts_server else "")
    return f"python {name}\n" if block.language == "python" else ""


def output_pattern(expected: str) -> re.Pattern[str]:
    """Returns a pattern that matches the expected output; `...` matches any text."""
    return re.compile(".*?".join(re.escape(part) for part in expected.split("...")), re.DOTALL)
