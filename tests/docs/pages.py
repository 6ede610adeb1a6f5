"""Pages of documentation as programs: their fenced blocks, in order, made into one shell script.

A reader pastes the blocks of a page one after another into one shell; so does the script.
What a block's language means for it:

`sh`
    runs in that shell, and what it exports stays for the blocks below
`python`
    is saved and run by `python`, or by `pytest` if it defines tests; with a caption it is only
    saved, under that name
`text`
    is what the block above printed, where `...` stands for anything
`console`, `json`, `toml`, `yaml`, `http`, `html`
    are shown, and saved if they have a caption
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(
    r"^```(?:\{code-block\} )?(?P<language>[a-z]+)\n"
    r"(?::caption: (?P<caption>\S+)\n\n?)?"
    r"(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# A reader's fingers are slower than the server's start; a script's aren't.
_WAIT_FOR_SERVER = """
for _ in $(seq 100); do
  (exec 3<>/dev/tcp/127.0.0.1/8710) 2>/dev/null && break || sleep 0.1
done
"""


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, in which language, and under which file name."""

    page: Path
    line: int
    language: str
    caption: str | None
    text: str

    @property
    def place(self) -> str:
        """Give the block's page and line, as editors understand them."""
        return f"{self.page}:{self.line}"

    @property
    def serves(self) -> bool:
        """Whether it leaves an emulator running at the default address."""
        command = re.search(r"^(?:\.venv/bin/)?fakebox serve.*&$", self.text, re.MULTILINE)
        return command is not None and "--port" not in command[0]

    @property
    def asks(self) -> bool:
        """Whether the block waits for somebody at the keyboard."""
        return self.language == "python" and "input()" in self.text


def blocks_of(page: Path) -> list[Block]:
    """Read the fenced blocks of a Markdown page."""
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
        return block.text + (_WAIT_FOR_SERVER if block.serves else "")
    if block.language == "python":
        is_test = re.search(r"^\s*def test_", block.text, re.MULTILINE) is not None
        name = f"test_block_{number}.py" if is_test else f"block_{number}.py"
        (directory / name).write_text(block.text, encoding="utf-8")
        return f"{'pytest -q' if is_test else 'python'} {name}\n"
    return ""


def script_of(blocks: list[Block], directory: Path) -> str:
    """Write the page's files into a directory; return the script that runs its blocks there.

    The script leaves the place of the block that it has come to in the file `place`, and what
    block number N printed in `output-N`.
    """
    lines = ["set -euo pipefail"]
    for number, block in enumerate(blocks):
        command = _command(number, block, directory)
        if command:
            lines.append(f"echo {shlex.quote(block.place)} >place")
            lines.append(f"{{\n{command}}} >output-{number}")
    return "\n".join(lines) + "\n"


def output_pattern(expected: str) -> re.Pattern[str]:
    """Turn what a page says is printed into a pattern, `...` standing for anything."""
    return re.compile(".*?".join(re.escape(part) for part in expected.split("...")), re.DOTALL)
