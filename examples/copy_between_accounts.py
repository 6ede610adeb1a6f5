"""Copy a file from one account to another without downloading it.

    python examples/copy_between_accounts.py /photos/cat.jpg /received/cat.jpg

The environment variables `OTHER_ACCESS_TOKEN` and `OTHER_ACCESS_TOKEN_SECRET` contain the token of
the other account.
"""

from __future__ import annotations

import sys

from credentials import client_from_environment


def main(from_path: str, to_path: str) -> None:
    """Copy by reference, and print the path of the copy."""
    sender = client_from_environment()
    receiver = client_from_environment("OTHER_ACCESS_TOKEN")
    reference = sender.create_copy_ref(from_path)["copy_ref"]
    print(receiver.add_copy_ref(reference, to_path)["path"])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
