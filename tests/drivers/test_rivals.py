from showctl.model import Malformed
from showctl_drivers._rivals import FORGOTTEN_S, RIVALS_MAX, Rivals


def test_a_rival_is_named_once_and_again_when_it_changes_or_comes_back():
    told = []
    rivals = Rivals("panels", told.append)
    for now_s in range(10):
        rivals.heard(1, "a", "a sends", "10.0.0.66", now_s)
    assert told == [Malformed("panels", "a sends", "10.0.0.66")]
    rivals.heard(1, "a", "a sends higher", "10.0.0.66", 10)
    rivals.heard(2, "a", "a sends", "10.0.0.66", 10)
    rivals.heard(1, "a", "a sends higher", "10.0.0.66", 10 + FORGOTTEN_S)
    assert len(told) == 3
    rivals.heard(1, "a", "a sends higher", "10.0.0.66", 11 + 2 * FORGOTTEN_S)
    assert len(told) == 4


def test_who_is_remembered_is_bounded():
    """Law 7: a forger with a thousand names is named so often and no more."""
    told = []
    rivals = Rivals("panels", told.append)
    for number in range(1000):
        rivals.heard(1, str(number), "one sends", "x", 0)
    assert len(told) == RIVALS_MAX
    rivals.heard(1, "late", "one sends", "x", FORGOTTEN_S + 1)
    assert len(told) == RIVALS_MAX + 1
