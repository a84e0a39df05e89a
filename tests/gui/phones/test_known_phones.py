"""Which phones are shown, and under which names."""

from mnist_bench.gui.phones.known_phones import known_phones

from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.engines.backends import find_backend
from tests.backends import on_phone

PIXEL = Phone("PIXEL0001", PhoneState.DEVICE, "Pixel 7")
OTHER_PIXEL = Phone("PIXEL0002", PhoneState.DEVICE, "Pixel 7")


def test_each_phone_has_a_backend_for_each_precision_on_the_core_that_was_chosen() -> None:
    (phone,) = known_phones([PIXEL], [], {}, {"android:PIXEL0001": 4})
    assert [backend.title for backend in phone.backends] == [
        "Pixel 7 · Native fp32 · core 4",
        "Pixel 7 · Native int8 · core 4",
    ]
    assert phone.core == 4


def test_two_phones_of_one_model_are_told_apart() -> None:
    assert [phone.title for phone in known_phones([PIXEL, OTHER_PIXEL], [], {}, {})] == [
        "Pixel 7 (…0001)",
        "Pixel 7 (…0002)",
    ]


def test_a_phone_that_is_gone_is_shown_while_it_has_a_card() -> None:
    chosen = [find_backend("torch-fp32"), on_phone("native-int8", "PIXEL0001")]
    gone, there = known_phones([OTHER_PIXEL], chosen, {"android:PIXEL0001": "Pixel 6"}, {})[::-1]
    assert (gone.state, gone.title, gone.chosen) == (PhoneState.GONE, "Pixel 6", frozenset({chosen[1].id}))
    assert (there.state, there.title, there.chosen) == (PhoneState.DEVICE, "Pixel 7", frozenset())


def test_a_phone_that_does_not_tell_its_model_now_goes_by_the_one_that_it_told_before() -> None:
    locked = Phone("PIXEL0001", PhoneState.UNAUTHORIZED)
    assert known_phones([locked], [], {"android:PIXEL0001": "Pixel 7"}, {})[0].title == "Pixel 7"
    assert known_phones([locked], [], {}, {})[0].title == "PIXEL0001"
