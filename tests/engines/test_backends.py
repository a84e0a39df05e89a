"""Backends: the words that name them."""

import pytest

from mnist_bench.engines.backends import (
    QNNPACK_INT8,
    TORCH_FP32,
    Mode,
    all_choices,
    find_backend,
    local_backends,
    with_threads,
)
from mnist_bench.errors import UsageError


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
    choices = [with_threads(choice, threads) for choice in all_choices() for threads in (1, 2)]
    assert [find_backend(choice.id) for choice in choices] == choices
    assert len({choice.title for choice in choices}) == len(choices) == 8
    assert set(local_backends()) <= set(choices)


def test_threads_are_limited() -> None:
    assert with_threads(TORCH_FP32, 3).title == "PyTorch fp32 · 3 threads"
    for threads in (0, -1, 65):
        with pytest.raises(UsageError):
            with_threads(QNNPACK_INT8, threads)
