import pytest

from benchmarks.figures import Figure, Limit, at_least, at_most


@pytest.mark.parametrize(
    ("limit", "value", "ok"),
    [
        (at_least(99.7), 99.7, True),
        (at_least(99.7), 99.69, False),
        (at_most(1.5), 1.5, True),
        (at_most(1.5), 1.51, False),
    ],
)
def test_a_figure_is_ok_up_to_its_limit(limit: Limit, value: float, ok: bool) -> None:
    assert Figure("accuracy", value, "%", limit).ok is ok
