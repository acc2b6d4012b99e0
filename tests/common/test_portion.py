"""Progress of parts of some work."""

from nutau.common.progress import portion


def test_parts_follow_each_other_and_nobody_may_ask():
    told = []

    def report(done, total):
        told.append((done, total))

    for place in range(2):
        part = portion(report, 50 * place, 50 * (place + 1))
        for done in range(5):
            part(done, 4)
    assert [done for done, _ in told] == [0, 12, 25, 37, 50, 50, 62, 75, 87, 100]
    assert {total for _, total in told} == {100}
    portion(report, 0, 50)(0, 0)  # nothing to do is no error
    assert told[-1] == (0, 100)
    assert portion(None, 0, 50)(1, 2) is None
