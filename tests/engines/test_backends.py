"""Backends: the words that name them."""

from dataclasses import replace

import pytest

from mnist_bench.base.errors import UsageError
from mnist_bench.engines.backends import all_choices, find_backend, find_backends, local_backends, with_threads
from mnist_bench.engines.native import NATIVE_FP32, NATIVE_INT8
from mnist_bench.engines.torch_backend import QNNPACK_INT8, TORCH_FP32, Mode, TorchBackend


@pytest.mark.parametrize(
    ("text", "mode", "threads", "id_"),
    [
        ("torch-fp32", Mode.EAGER, 1, "torch-fp32"),
        ("torch-fp32:eager", Mode.EAGER, 1, "torch-fp32"),
        ("torch-fp32:torchscript", Mode.TORCHSCRIPT, 1, "torch-fp32:torchscript"),
        ("torch-fp32:torchscript:2", Mode.TORCHSCRIPT, 2, "torch-fp32:torchscript:2"),
        ("torch-fp32:2", Mode.EAGER, 2, "torch-fp32:eager:2"),
        ("torch-fp32:eager:64", Mode.EAGER, 64, "torch-fp32:eager:64"),
    ],
)
def test_a_backend_is_found_by_name_mode_and_threads(text: str, mode: Mode, threads: int, id_: str) -> None:
    backend = find_backend(text)
    assert isinstance(backend, TorchBackend)
    assert (backend.name, backend.mode, backend.threads, backend.id) == ("torch-fp32", mode, threads, id_)
    assert find_backend(backend.id) == backend


@pytest.mark.parametrize("text", ["", "torch", "torch-fp32 ", "TORCH-FP32", ":eager", "eager:torch-fp32"])
def test_an_unknown_name_is_told_with_those_that_there_are(text: str) -> None:
    with pytest.raises(UsageError, match="no backend") as caught:
        find_backend(text)
    assert "torch-fp32, qnnpack-int8" in caught.value.advice


@pytest.mark.parametrize(
    "options",
    [
        "",
        "fast",
        "eager:",
        "0",
        "65",
        "-1",
        "1.5",
        "2:eager",
        "eager:torchscript",
        "eager:1:1",
        "٢",
        "9" * 5000,
        "eager:x",
    ],
)
def test_options_that_are_none_are_refused(options: str) -> None:
    with pytest.raises(UsageError):
        find_backend(f"qnnpack-int8:{options}")


def test_every_choice_has_an_id_that_finds_it_and_a_title_of_its_own() -> None:
    choices = [*all_choices(), *all_choices(2), replace(NATIVE_FP32, core=0), replace(NATIVE_INT8, core=1023)]
    assert [find_backend(choice.id) for choice in choices] == choices
    assert len({choice.title for choice in choices}) == len(choices) == 12
    assert set(local_backends()) <= set(choices)


def test_threads_are_limited() -> None:
    assert with_threads(TORCH_FP32, 3).title == "PyTorch fp32 · 3 threads"
    for threads in (0, -1, 65):
        with pytest.raises(UsageError):
            with_threads(QNNPACK_INT8, threads)


@pytest.mark.parametrize("text", ["native-int8:core", "native-int8:4", "native-fp32:eager", "native-fp32:core1024"])
def test_a_core_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a core of the backend native-"):
        find_backend(text)


def test_the_native_runner_has_one_thread() -> None:
    assert with_threads(NATIVE_INT8, 1) is NATIVE_INT8
    with pytest.raises(UsageError, match="native-int8 computes with one thread"):
        with_threads(NATIVE_INT8, 2)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("android:a1", ["android:a1:fp32", "android:a1:int8"]),
        ("android:a1:int8", ["android:a1:int8"]),
        ("android:a1:core7", ["android:a1:fp32:core7", "android:a1:int8:core7"]),
        ("android:127.0.0.1:6601", ["android:127.0.0.1:6601:fp32", "android:127.0.0.1:6601:int8"]),
        ("android:127.0.0.1:6601:fp32:core0", ["android:127.0.0.1:6601:fp32:core0"]),
        ("android:[fe80::1%eth0]:5555:int8", ["android:[fe80::1%eth0]:5555:int8"]),
        ("android:adb-1F (2)._adb-tls-connect._tcp:int8", ["android:adb-1F (2)._adb-tls-connect._tcp:int8"]),
        ("android:a:int8:fp32", ["android:a:int8:fp32"]),
        ("torch-fp32:2", ["torch-fp32:eager:2"]),
        ("native-int8:core003", ["native-int8:core3"]),
    ],
)
def test_words_are_read_from_both_ends_of_a_serial(text: str, ids: list[str]) -> None:
    found = find_backends(text)
    assert [backend.id for backend in found] == ids
    for backend in found:
        assert find_backends(backend.id) == (backend,)
        assert find_backend(backend.id).title == backend.title


@pytest.mark.parametrize(
    "text",
    [
        *("androids", "android ", "android:", "android::", "android::int8", "android::core1", "android: a:int8"),
        *("android:a b", "android:a\n:int8", "android:a\0:int8", "android:a\tb", "android:\u00e9", "android:a\u2028"),
        *("android:a:int8:core1024", "android:a:int8:core99999", f"android:{'a' * 202}", "android:a:int8:core-1 "),
    ],
)
def test_words_that_name_no_phone_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_backends(text)
    assert "\n" not in str(caught.value)


def test_both_backends_of_a_phone_are_not_one() -> None:
    with pytest.raises(UsageError, match="names two backends") as caught:
        find_backend("android:a")
    assert caught.value.advice == "Choose android:a:fp32 or android:a:int8."
