"""Orders in which digits are stored: each is undone exactly, and the one that a network reads best is found."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_bench.base.errors import UsageError
from mnist_bench.digits.orders import ORDERS, check_order, find_other_order, stored, upright
from tests.digits.made_sets import IMAGES, LABELS

Images = NDArray[np.uint8]


def by_heart(images: Images) -> NDArray[np.uint8]:
    """Reads the digits that it knows, upright, and takes all others for a 1."""
    known = {one.tobytes(): label for one, label in zip(IMAGES, LABELS, strict=True)}
    return np.array([known.get(one.tobytes(), 1) for one in images], np.uint8)


def test_there_are_as_many_orders_as_a_square_has_and_each_inverted() -> None:
    assert len(ORDERS) == 16
    assert len({upright(IMAGES, order).tobytes() for order in ORDERS}) == 16


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_stored_in_an_order_is_read_in_it(order: str) -> None:
    assert np.array_equal(upright(stored(IMAGES, order), order), IMAGES)


def test_orders_are_called_as_people_call_them() -> None:
    assert np.array_equal(stored(IMAGES, "transposed"), IMAGES.transpose(0, 2, 1))
    assert np.array_equal(stored(IMAGES, "mirrored")[0], np.fliplr(IMAGES[0]))
    assert np.array_equal(stored(IMAGES, "flipped")[0], np.flipud(IMAGES[0]))
    assert np.array_equal(stored(IMAGES, "rotated-90")[0], np.rot90(IMAGES[0], -1)), "clockwise"
    assert np.array_equal(stored(IMAGES, "inverted"), 255 - IMAGES)
    assert np.array_equal(stored(IMAGES, "inverted-rotated-270")[0], 255 - np.rot90(IMAGES[0]))


@pytest.mark.parametrize("taken", ["upright", "inverted-flipped"])
@pytest.mark.parametrize("order", ORDERS)
def test_the_order_that_a_network_reads_best_is_found(order: str, taken: str) -> None:
    read = upright(stored(IMAGES, order), taken)
    found = find_other_order(read, LABELS, taken, by_heart)
    if order == taken:
        assert found is None, "it reads them"
    else:
        assert found is not None
        assert (found.order, found.right, found.right_as_read, found.images) == (order, 30, 3, 30)


def test_it_is_told_in_a_sentence() -> None:
    found = find_other_order(stored(IMAGES, "transposed"), LABELS, "upright", by_heart)
    assert found is not None
    assert found.sentence == (
        "These digits look transposed: read so, 30 of 30 are right (100.00 %) instead of 3 (10.00 %)."
    )


def test_where_no_order_is_clearly_better_none_is_told() -> None:
    def hardly(images: Images) -> NDArray[np.uint8]:
        right = by_heart(images)
        right[::2] = 1
        return right

    read = stored(IMAGES, "transposed")
    assert find_other_order(read, LABELS, "upright", hardly) is None, "half is no proof"
    assert find_other_order(read[:3], LABELS[:3], "upright", by_heart) is None, "nor are three"


def test_of_many_digits_some_are_tried_of_every_label() -> None:
    asked = []

    def count(images: Images) -> NDArray[np.uint8]:
        asked.append(len(images))
        return by_heart(images)

    by_label = np.sort(np.tile(np.arange(30), 100))  # as sets often are
    found = find_other_order(stored(IMAGES[by_label], "mirrored"), LABELS[by_label], "upright", count)
    assert found is not None
    assert found.order == "mirrored"
    assert found.right_as_read == 40
    assert sum(asked) <= 1440


def test_another_name_is_refused_with_all_there_are() -> None:
    with pytest.raises(UsageError, match="sideways") as refused:
        check_order("sideways")
    assert all(order in refused.value.advice for order in ORDERS)
