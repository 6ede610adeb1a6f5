"""Finding files and folders by something else than their path."""

from fakebox.core import accounts, nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry, parse_rev
from fakebox.core.errors import NotFound, RevisionNotFound
from fakebox.core.nodes import NodePath
from fakebox.core.path_lookup import ResolvedPath


class FileIds:
    """Finds the files and folders of a world by their file id and by their revisions."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def by_file_id(self, scope: Scope, file_id: int) -> Entry:
        """The file or folder with this `Entry.file_id`.

        Raises:
            NotFound: the caller has none, or has it no more.
        """
        with self._context.database.reading() as db:
            base, paths = ResolvedPath.of(db, scope, ()), nodes.PathIndex(db)
            for node in nodes.with_file_id(db, scope.account_id, file_id):
                node_path = paths.path_to(node)
                if node_path.live_node and _is_below(node_path, base):
                    return base.beyond(node_path).entry()
        raise NotFound(str(file_id))

    def by_rev(self, scope: Scope, rev: str) -> Entry:
        """What a revision was of, as it was then.

        Raises:
            RevisionNotFound: the caller has none of that name.
        """
        with self._context.database.reading() as db:
            account = accounts.load(db, scope.account_id)
            base, paths = ResolvedPath.of(db, scope, ()), nodes.PathIndex(db)
            seq = parse_rev(rev, account.namespace_id)
            rows = db.execute(
                "SELECT id FROM entry WHERE account_id = ? AND seq = ? UNION SELECT entry_id"
                " FROM revision r CROSS JOIN entry e ON e.id = r.entry_id AND e.account_id = ?"
                " WHERE r.seq = ?",
                (scope.account_id, seq) * 2,
            ).fetchall()
            for (node_id,) in rows:
                node_path = paths.path_to(nodes.get(db, node_id))
                if _is_below(node_path, base):
                    resolved = base.beyond(node_path)
                    return resolved.tell(resolved.version(db, rev))
        raise RevisionNotFound("", rev)


def _is_below(node_path: NodePath, base: ResolvedPath) -> bool:
    names = tuple(node.folded for node in node_path.chain[1:])
    root = base.folded_names
    return len(names) > len(root) and names[: len(root)] == root
