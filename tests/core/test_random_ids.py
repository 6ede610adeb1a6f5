"""Chance, which a test may have repeat itself."""

from fakebox.core.random_ids import RandomIds


def test_seeded_chance_repeats_itself():
    """All kinds of it."""
    drawn = [
        (ids.token(), ids.hexadecimal(15), ids.fraction(), ids.bytes(8))
        for ids in (RandomIds(7), RandomIds(7))
    ]
    assert drawn[0] == drawn[1]
    assert [len(drawn[0][0]), len(drawn[0][1]), len(drawn[0][3])] == [16, 15, 8]


def test_token_begins_with_the_prefix():
    """So that it can be told from another world's."""
    assert RandomIds(prefix="mine-").token().startswith("mine-")


def test_seeded_chance_goes_on_with_others():
    """As repeatably."""
    ids = [RandomIds(7) for _ in range(3)]
    first = [each.token() for each in ids]
    for each in ids[:2]:
        each.resume(first[:1])
    second = [each.token() for each in ids[:2]]
    assert second[0] == second[1] != ids[2].token()
    assert second[0] not in first
