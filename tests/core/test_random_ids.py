"""Random identifiers, which a seed makes repeatable."""

from fakebox.core.random_ids import RandomIds


def test_same_seed_gives_the_same_values():
    """All kinds of values are the same for the same seed."""
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
    """After `resume`, values are not repeated, and are the same for the same seed."""
    ids = [RandomIds(7) for _ in range(3)]
    first = [each.token() for each in ids]
    for each in ids[:2]:
        each.resume(first[:1])
    second = [each.token() for each in ids[:2]]
    assert second[0] == second[1] != ids[2].token()
    assert second[0] not in first
