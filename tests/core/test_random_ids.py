"""Random identifiers, which a seed makes repeatable."""

from fakebox.core.random_ids import RandomIds


def test_same_seed_gives_the_same_values():
    """All kinds of random values are equal for equal seeds."""
    drawn = [
        (ids.token(), ids.hexadecimal(15), ids.fraction(), ids.bytes(8))
        for ids in (RandomIds(7), RandomIds(7))
    ]
    assert drawn[0] == drawn[1]
    assert [len(drawn[0][0]), len(drawn[0][1]), len(drawn[0][3])] == [16, 15, 8]


def test_token_starts_with_the_prefix():
    """A token starts with the given prefix."""
    assert RandomIds(prefix="mine-").token().startswith("mine-")


def test_resumed_ids_are_new_and_repeatable():
    """Values after `resume` differ from earlier ones, and are equal for equal seeds."""
    ids = [RandomIds(7) for _ in range(3)]
    first = [each.token() for each in ids]
    for each in ids[:2]:
        each.resume(first[:1])
    second = [each.token() for each in ids[:2]]
    assert second[0] == second[1] != ids[2].token()
    assert second[0] not in first
