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
`console`, `json`, `toml`, `yaml`, `http`, `html`
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
    def reads_input(self) -> bool:
        """Returns whether the block reads from the keyboard."""
        return self.language == "python" and "input()" in self.text

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


def _command(number: int, block: Block, directory: Path) -> str:
    if block.caption is not None:
        (directory / block.caption).write_text(block.text, encoding="utf-8")
        return ""
    if block.language == "sh":
        return block.text + (_WAIT_FOR_SERVER if block.starts_server else "")
    if block.language == "python":
        is_test = re.search(r"^\s*def test_", block.text, re.MULTILINE) is not None
        name = f"test_block_{number}.py" if is_test else f"block_{number}.py"
        (directory / name).write_text(block.text, encoding="utf-8")
        return f"{'pytest -q' if is_test else 'python'} {name}\n"
    return ""


def script_of(blocks: list[Block], directory: Path) -> str:
    """Writes the files of a page into a directory and returns the script that runs its blocks.

    The script writes the location of the current block to the file `location`, and the output of
    block number N to the file `output-N`.
    """
    lines = ["set -euo pipefail"]
    for number, block in enumerate(blocks):
        command = _command(number, block, directory)
        if command:
            lines.append(f"echo {shlex.quote(block.location)} >location")
            lines.append(f"{{\n{command}}} >output-{number}")
    return "\n".join(lines) + "\n"


def output_pattern(expected: str) -> re.Pattern[str]:
    """Returns a pattern that matches the expected output; `...` matches any text."""
    return re.compile(".*?".join(re.escape(part) for part in expected.split("...")), re.DOTALL)
