"""Whatever is wrong, the command says so in a sentence, with the right exit status and the traceback in the log."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.locations import models_dir
from tests.e2e.conftest import Run

PROCESSES = 20
"""How many hostile files of each kind are given to real processes; the decoders' own tests generate many more."""


@pytest.mark.parametrize(
    "arguments",
    [
        ("unknown",),
        ("classify",),
        ("classify", "a.png", "--backend", "abacus"),
        ("classify", "a.png", "--backend", "torch-fp32:fast"),
        ("classify", "a.png", "--threads", "0"),
        ("classify", "a.png", "--jso"),
        ("train", "digits-quantum", "--out", "a.safetensors"),
        ("quantize",),
    ],
)
def test_bad_usage_is_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("mnist-bench")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("classify", "missing.png"), "missing.png"),
        (("classify", "a.png", "--model", "missing.safetensors"), "missing.safetensors"),
        (("evaluate",), "mnist-bench fetch-mnist"),
        (("evaluate", "--data", "missing"), "missing"),
        (("train", "digits-mlp", "--out", "missing/a.safetensors"), "missing"),
        (("quantize", "--out", "."), "folder"),
        (("fetch-mnist", "--data", "file/below"), "file"),
    ],
)
def test_bad_input_is_status_1_and_one_sentence(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], named: str
) -> None:
    (tmp_path / "file").touch()

    done = run(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("mnist-bench: ")
    assert named in line


def test_the_version_names_the_log_and_the_log_has_the_traceback(run: Run) -> None:
    shown = run("--version").stdout
    log = Path(shown.splitlines()[1].removeprefix("log: "))
    run("evaluate", "--data", "missing")
    assert "Traceback" in log.read_text()


def test_hostile_pictures_and_drawings(run: Run, one_png: Path, tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    good = one_png.read_bytes()
    names = []
    for number in range(PROCESSES):
        data = bytearray(good)
        if number % 4 == 0:
            data = data[: int(chance.integers(0, len(good) - 20))]
        elif number % 4 == 1:
            data = bytearray(chance.bytes(500))
        elif number % 4 == 2:
            data[16:24] = struct.pack(">II", *chance.integers(30_000, 2**31 - 1, 2).tolist())
        else:
            data = bytearray(b'{"format": "mnist-bench-drawing", "version": 1, "strokes": ' + b"[" * 100_000)
        name = f"{number}.dat"
        (tmp_path / name).write_bytes(data)
        names.append(name)

    done = run("classify", "--json", *names)
    assert done.returncode == 1
    assert [result["file"] for result in json.loads(done.stdout)["results"] if result["error"]] == names
    assert len(done.stderr.splitlines()) == PROCESSES


@pytest.mark.parametrize("number", range(PROCESSES))
def test_hostile_model_files(run: Run, one_png: Path, tmp_path: Path, number: int) -> None:
    chance = np.random.default_rng(number)
    data = bytearray((models_dir() / "digits-mlp.safetensors").read_bytes())
    header = 8 + int.from_bytes(data[:8], "little")
    if number % 4 == 0:
        data = data[: int(chance.integers(0, len(data)))]
    elif number % 4 == 1:
        data[:8] = chance.bytes(8)
    else:
        # Inside the braces: every change of the description must be noticed or harmless.
        for place in chance.integers(9, header - 1, 1 + number):
            data[place] = int(chance.integers(32, 127))
    (tmp_path / "bad.safetensors").write_bytes(data)

    done = run("classify", "--json", "--model", "bad.safetensors", "--backend", "torch-fp32", one_png)
    if done.returncode == 0:
        assert json.loads(done.stdout)["results"][0]["answers"][0]["digit"] in range(10)
    else:
        assert done.returncode == 1
        assert done.stderr.startswith("mnist-bench: ") or "error" in done.stdout
    assert (tmp_path / "bad.safetensors").read_bytes() == data


@pytest.mark.parametrize("number", range(PROCESSES))
def test_hostile_digit_files(run: Run, tmp_path: Path, number: int) -> None:
    chance = np.random.default_rng(number)
    labels = struct.pack(">II", 0x801, 3) + b"\1\2\3"
    images = bytearray(struct.pack(">IIII", 0x803, 3, 28, 28) + bytes(3 * 784))
    if number % 2:
        images = images[: int(chance.integers(0, len(images)))]
    else:
        images[:16] = chance.bytes(16)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(images)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(labels)

    done = run("evaluate", "--data", ".", "--backend", "torch-fp32")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
