"""What the parameters of an upload say of a path that is taken."""

from fakebox.core.files import WriteMode
from fakebox.v1.params import Params


def write_mode(params: Params) -> WriteMode:
    """`overwrite` (true unless sent), `parent_rev` and `autorename`. Source: the wire reference,
    files_put.
    """
    return WriteMode(
        overwrite=params.boolean("overwrite", True),
        parent_rev=params.text("parent_rev"),
        autorename=params.boolean("autorename", True),
    )
