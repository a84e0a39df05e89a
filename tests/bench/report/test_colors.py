"""The colours and marks of backends, which follow their ids."""

from mnist_bench.bench.report.colors import BACKEND_COLORS, give_colors, mark_of
from mnist_bench.engines.backends import all_choices


def test_a_backend_keeps_its_colour_whatever_comes_and_goes() -> None:
    first = give_colors(["torch-fp32", "torch-fp32:eager:2"], {})
    second = give_colors(["torch-fp32:eager:2", *(backend.id for backend in all_choices()[:4])], first)
    assert second["torch-fp32:eager:2"] == first["torch-fp32:eager:2"]
    assert len(set(second.values())) == 5
    assert second["torch-fp32"] == 0


def test_no_backend_ever_takes_the_colour_and_mark_of_another() -> None:
    """In comparisons one that had no card took those of one that was chosen later."""
    given: dict[str, int] = {}
    for number in range(20):
        given = give_colors([f"saved-{number}"], given)
    given = give_colors(["torch-fp32", "qnnpack-int8"], given)
    looks = {(index % len(BACKEND_COLORS), mark_of(index)) for index in given.values()}
    assert len(looks) == 22
