"""Which backends there are to choose, their order and colours."""

from pathlib import Path

import pytest

from mnist_bench.devices import this_computer
from mnist_bench.engines.backends import all_choices, find_backend
from mnist_bench.session.backend_state import in_order, remembered


def test_every_backend_is_offered_in_each_mode_with_one_two_and_four_threads() -> None:
    ids = [backend.id for threads in (1, 2, 4) for backend in all_choices(threads)]
    assert len(set(ids)) == len(ids) == 3 * 8 + 3, "PyTorch with every number, the native runner with one"


def test_what_was_chosen_last_time_comes_back_without_what_is_not_there_any_more() -> None:
    found = remembered(["qnnpack-int8:torchscript", "phone-of-last-year", "torch-fp32:eager:99999"], {})
    assert [backend.id for backend in found] == ["qnnpack-int8:torchscript"]


@pytest.mark.parametrize(("abi", "more"), [("x86_64", ["native-int8"]), (None, [])])
def test_the_first_time_pytorch_qnnpack_and_the_native_runner_where_it_can_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, abi: str | None, more: list[str]
) -> None:
    program = tmp_path / "runner"
    program.touch()
    monkeypatch.setattr(this_computer, "this_abi", lambda: abi)
    monkeypatch.setattr(this_computer, "runner_program", lambda *_: program)
    assert [backend.id for backend in remembered([], {})] == ["torch-fp32", "qnnpack-int8", *more]


def test_the_backends_of_a_phone_come_back_by_its_name_without_asking_for_the_phone() -> None:
    ids = ["native-int8:core4@android:10.0.0.9:5555", "native-fp32:core1"]
    found = remembered(ids, {"android:10.0.0.9:5555": "Pixel 7"})
    assert [backend.title for backend in found] == ["Native fp32 · core 1", "Pixel 7 · Native int8 · core 4"]


def test_a_setting_that_means_the_only_phone_does_not_ask_adb_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_bench.devices.phone.adb.this_adb", lambda: pytest.fail("adb was asked"))
    found = remembered(["native@android", "native-int8@android", "native-int8:core4@android", "native-fp32"], {})
    assert [backend.id for backend in found] == ["native-fp32"]


def test_no_more_than_six_come_back() -> None:
    assert len(remembered((backend.id for threads in (1, 2, 4) for backend in all_choices(threads)), {})) == 6


def test_cards_keep_the_order_in_which_backends_are_offered() -> None:
    mixed = [find_backend(text) for text in ("torch-fp32:eager:4", "qnnpack-int8", "torch-fp32")]
    assert [backend.id for backend in in_order(mixed)] == ["torch-fp32", "qnnpack-int8", "torch-fp32:eager:4"]
