"""Copy a file from one account to another without moving a byte through this machine.

    python examples/copy_between_accounts.py /photos/cat.jpg /from-a-friend/cat.jpg

The other account's token is in `OTHER_ACCESS_TOKEN` and `OTHER_ACCESS_TOKEN_SECRET`.
"""

from __future__ import annotations

import sys

from credentials import client_from_environment


def main(from_path: str, to_path: str) -> None:
    """Copy by reference, and say under which name the copy is stored."""
    giver = client_from_environment()
    taker = client_from_environment("OTHER_ACCESS_TOKEN")
    reference = giver.create_copy_ref(from_path)["copy_ref"]
    print(taker.add_copy_ref(reference, to_path)["path"])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
