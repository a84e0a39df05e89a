"""Backends: the words that name them, and what is said of them before a start."""

from dataclasses import replace

import pytest

from mnist_bench.base.errors import UsageError
from mnist_bench.engines import backends
from mnist_bench.engines.backends import (
    all_choices,
    default_backends,
    find_backend,
    find_backends,
    local_backends,
    offered_threads,
    quickest,
    with_threads,
)
from mnist_bench.network.network import PRECISIONS, Precision
from tests.backends import NATIVE_FP32, NATIVE_INT8, QNNPACK_INT8, TORCH_FP32


@pytest.mark.parametrize(
    ("text", "mode", "threads", "id_"),
    [
        ("torch-fp32", "eager", 1, "torch-fp32"),
        ("torch-fp32:eager", "eager", 1, "torch-fp32"),
        ("torch-fp32:torchscript", "TorchScript", 1, "torch-fp32:torchscript"),
        ("torch-fp32:torchscript:2", "TorchScript", 2, "torch-fp32:torchscript:2"),
        ("torch-fp32:2", "eager", 2, "torch-fp32:eager:2"),
        ("torch-fp32:eager:64", "eager", 64, "torch-fp32:eager:64"),
        ("torch", "eager", 1, "torch-fp32"),
    ],
)
def test_a_backend_is_found_by_name_mode_and_threads(text: str, mode: str, threads: int, id_: str) -> None:
    backend = find_backend(text)
    assert (backend.name, backend.threads, backend.id) == ("torch-fp32", threads, id_)
    assert backend.mode_words == f"{mode} · {threads} thread{'s' if threads > 1 else ''}"
    assert find_backend(backend.id) == backend


@pytest.mark.parametrize(
    "text", ["", "torch-int8", "torch-fp32 ", "TORCH-FP32", ":eager", "eager:torch-fp32", "android:a"]
)
def test_an_unknown_name_is_told_with_those_that_there_are(text: str) -> None:
    with pytest.raises(UsageError, match="no backend") as caught:
        find_backend(text)
    assert "torch-fp32, torch-fp16, torch-bf16, qnnpack-int8" in caught.value.advice


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
    choices = [*all_choices(), *all_choices(2), NATIVE_FP32.with_core(0), NATIVE_INT8.with_core(1023)]
    assert [find_backend(choice.id) for choice in choices] == choices
    assert len({choice.title for choice in choices}) == len(choices)
    assert len([choice for choice in choices if choice.kind.library is None]) == 21
    assert set(local_backends()) <= set(choices)


def test_floats_of_two_bytes_are_used_only_where_they_are_named() -> None:
    halves = [f"{name}{mode}" for mode in ("", ":torchscript") for name in ("torch-fp16", "torch-bf16")]
    assert {*halves, "native-fp16"} <= {choice.id for choice in all_choices()}
    assert all(one.precision in PRECISIONS for one in (*default_backends(), *find_backends("native")))
    assert find_backend("native-fp16:core2@android:a:core1").title.endswith("Native fp16 · core 2")
    assert find_backend("torch-bf16:torchscript:2").in_fp32 == find_backend("torch-fp32:torchscript:2")
    with pytest.raises(UsageError, match="There is no backend 'native-bf16'"):
        find_backend("native-bf16")


@pytest.mark.parametrize(("processors", "threads"), [(1, (1,)), (2, (1, 2)), (3, (1, 2)), (8, (1, 2, 4))])
def test_no_more_threads_are_offered_than_there_are_processors(
    monkeypatch: pytest.MonkeyPatch, processors: int, threads: tuple[int, ...]
) -> None:
    monkeypatch.setattr(backends, "usable_processors", lambda: processors)
    assert offered_threads() == threads


def test_threads_are_limited() -> None:
    assert with_threads(TORCH_FP32, 3).title == "PyTorch fp32 · 3 threads"
    for threads in (0, -1, 65):
        with pytest.raises(UsageError):
            with_threads(QNNPACK_INT8, threads)


@pytest.mark.parametrize("text", ["native-int8:core", "native-int8:4", "native-fp32:eager", "native-fp32:core1024"])
def test_an_option_that_the_native_runner_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        find_backend(text)


@pytest.mark.parametrize(
    "text", ["torch-fp32:core0", "qnnpack-int8:fast", "native-int8:eager", "native-int8:2", "native:cpu", "torch:65:1"]
)
def test_advice_about_options_is_not_refused_itself(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_backend(text)
    advised = [word.rstrip(".,") for word in caught.value.advice.split() if word.startswith(("torch", "qnn", "native"))]
    assert advised
    for one in advised:
        find_backends(one)


def test_pytorch_cannot_be_pinned_and_says_so() -> None:
    assert not TORCH_FP32.can_pin
    assert TORCH_FP32.with_core(3) is TORCH_FP32
    with pytest.raises(UsageError, match="torch-fp32 cannot be pinned to a core"):
        find_backend("torch-fp32:core0")


def test_the_native_runner_has_one_thread() -> None:
    assert with_threads(NATIVE_INT8, 1) == NATIVE_INT8
    with pytest.raises(UsageError, match="native-int8 uses one thread"):
        with_threads(NATIVE_INT8, 2)


def test_layers_are_traced_in_a_mode_that_has_them() -> None:
    script = find_backend("qnnpack-int8:torchscript:2")
    assert script.traced_as == find_backend("qnnpack-int8:2") == script.traced_as.traced_as
    assert script.traced_as.compiled == script == script.compiled
    assert NATIVE_INT8.compiled == NATIVE_INT8.traced_as == NATIVE_INT8


def test_what_others_int8_answers_are_measured_against() -> None:
    assert [backend.is_reference for backend in (TORCH_FP32, QNNPACK_INT8, NATIVE_INT8)] == [False, True, False]


def test_the_quickest_to_start_is_one_that_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    assert quickest(Precision.FP32) == NATIVE_FP32
    monkeypatch.setattr("mnist_bench.devices.this_computer.this_abi", lambda: None)
    assert quickest(Precision.FP32) == TORCH_FP32


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("native@android:a1", ["native-fp32@android:a1", "native-int8@android:a1"]),
        ("native-int8@android:a1", ["native-int8@android:a1"]),
        ("native:core7@android:a1", ["native-fp32:core7@android:a1", "native-int8:core7@android:a1"]),
        ("native-int8@android:127.0.0.1:6601", ["native-int8@android:127.0.0.1:6601"]),
        ("native-fp32:core0@android:127.0.0.1:6601", ["native-fp32:core0@android:127.0.0.1:6601"]),
        ("native-int8@android:[fe80::1%eth0]:5555", ["native-int8@android:[fe80::1%eth0]:5555"]),
        ("native-int8@android:user@host:core4", ["native-int8@android:user@host:core4"]),
        (
            "native-int8@android:adb-1F (2)._adb-tls-connect._tcp",
            ["native-int8@android:adb-1F (2)._adb-tls-connect._tcp"],
        ),
        ("native-int8@android:é :a", ["native-int8@android:é :a"]),
        ("torch-fp32:2", ["torch-fp32:eager:2"]),
        ("native-int8:core003", ["native-int8:core3"]),
    ],
)
def test_what_follows_the_first_at_is_the_device(text: str, ids: list[str]) -> None:
    found = find_backends(text, {})
    assert [backend.id for backend in found] == ids
    for backend in found:
        assert find_backends(backend.id, {}) == (backend,)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "@",
            "@androids",
            "@android ",
            "@android:",
            "@android: a",
            "@Android:a",
            "@ssh:a",
        ),
        *("@android:a\n", "@android:a\0", "@android:a\tb", "@android:a\u2028"),
        *(":core1024@android:a", ":core99999@android:a", f"@android:{'a' * 202}", ":eager@android:a", "@android"),
    ],
)
def test_words_that_name_no_device_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_backends(f"native-int8{text}", {})
    assert "\n" not in str(caught.value)
    assert caught.value.advice


def test_both_backends_of_a_phone_are_not_one() -> None:
    with pytest.raises(UsageError, match="names 2 backends") as caught:
        find_backend("native@android:a", {})
    assert caught.value.advice == "Choose native-fp32@android:a or native-int8@android:a."


def test_what_needs_python_does_not_run_on_a_phone() -> None:
    with pytest.raises(UsageError, match="PyTorch needs Python") as caught:
        find_backend("torch-fp32@android:a", {"android:a": "Pixel 7"})
    assert "Pixel 7" in caught.value.message
    assert caught.value.advice == "Choose from: native-fp32, native-int8."


def test_a_backend_has_its_devices_title_which_is_no_part_of_what_it_is() -> None:
    titled = find_backend("native-int8:core4@android:a", {"android:a": "Pixel 7"})
    assert titled.title == "Pixel 7 · Native int8 · core 4"
    plain = find_backend("native-int8:core4@android:a", {})
    assert plain.title == "a · Native int8 · core 4"
    assert titled == plain == titled.titled("Pixel 8")
    assert hash(titled) == hash(plain)
    assert replace(titled, precision=Precision.FP32).plain_title == "Pixel 7 · Native fp32"
