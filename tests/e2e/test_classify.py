"""`mnist-bench classify` and `backends`, run as a person or a program runs them."""

import json
import math
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_bench.digits.drawing import Drawing, save_drawing
from tests.e2e.conftest import COMMAND, Run

BACKENDS = ["torch-fp32", "qnnpack-int8", "native-fp32", "native-int8"]


def test_pictures_drawings_and_what_is_neither(run: Run, one_png: Path, tmp_path: Path) -> None:
    bar = Drawing(width=100, height=100, pen_width=8, strokes=(((50, 20), (50, 50), (50, 80)),))
    save_drawing(tmp_path / "bar.json", bar)
    (tmp_path / "bad.png").write_bytes(one_png.read_bytes()[:60])

    done = run("classify", "--json", one_png, "bar.json", "bad.png", "missing.png")
    assert done.returncode == 1
    content = json.loads(done.stdout)
    assert content.keys() == {"model", "results"}
    assert content["model"] == "digits-cnn"
    picture, drawing, bad, missing = content["results"]
    assert [result["file"] for result in content["results"]] == [str(one_png), "bar.json", "bad.png", "missing.png"]
    (digit,) = picture.pop("digits")
    assert digit == pytest.approx({"left": 36, "top": 20, "right": 44, "bottom": 80, "read": True}, abs=2)
    for result in (picture, drawing):
        assert result.keys() == {"file", "answers"}
        assert [answer["backend"] for answer in result["answers"]] == BACKENDS
        for answer in result["answers"]:
            _check_answer(answer)
            assert answer["digit"] == 1
    assert "damaged" in bad["error"]
    assert "missing.png" in missing["error"]
    assert all(result.keys() == {"file", "error"} for result in (bad, missing))
    assert len(done.stderr.splitlines()) == 2, "one sentence for each bad file"


def test_a_picture_of_several_digits_says_so_and_which_was_read(run: Run, tmp_path: Path) -> None:
    pixels = np.full((100, 260), 230, np.uint8)
    for left, height in ((30, 50), (110, 60), (200, 55)):
        pixels[20 : 20 + height, left : left + 10] = 20
    Image.fromarray(pixels).save(tmp_path / "eleven.png")

    done = run("classify", "eleven.png", "--backend", "native-int8")
    assert done.returncode == 0
    assert "The picture shows 3 separate digits; the largest was read." in done.stdout
    told = json.loads(run("classify", "--json", "eleven.png", "--backend", "native-int8").stdout)
    assert [digit["read"] for digit in told["results"][0]["digits"]] == [False, True, False]


def _check_answer(answer: dict[str, object]) -> None:
    assert answer.keys() == {"backend", "digit", "probabilities", "logits", "compute_us", "round_trip_us"}
    logits, probabilities = answer["logits"], answer["probabilities"]
    assert isinstance(logits, list)
    assert isinstance(probabilities, list)
    assert len(logits) == len(probabilities) == 10
    assert all(math.isfinite(value) for value in [*logits, *probabilities])
    assert math.isclose(sum(probabilities), 1, abs_tol=1e-5)
    assert answer["digit"] == logits.index(max(logits))
    compute, round_trip = answer["compute_us"], answer["round_trip_us"]
    assert isinstance(compute, float)
    assert isinstance(round_trip, float)
    assert 0 < compute < round_trip


def test_text_shows_each_backend_and_what_its_times_mean(run: Run, one_png: Path) -> None:
    done = run("classify", one_png, "--backend", "qnnpack-int8:torchscript", "--model", "digits-mlp", "--trace-frames")
    assert done.returncode == 0
    assert [line.split(": ")[1].split(",")[0] for line in done.stderr.splitlines()] == [
        *("hello", "load", "classify", "classify", "close")
    ]
    name, titles, row, *_, explained = done.stdout.splitlines()
    assert name == str(one_png)
    assert titles.split() == ["backend", "digit", "probability", "compute", "round", "trip"]
    assert row.split()[:2] == ["qnnpack-int8:torchscript", "1"]
    assert explained.startswith("compute: ")


def test_every_backend_is_listed_with_its_reason(run: Run) -> None:
    done = run("backends", "--json")
    assert done.returncode == 0
    listed = json.loads(done.stdout)
    assert [backend["id"] for backend in listed] == [
        *("torch-fp32", "torch-fp16", "torch-bf16", "qnnpack-int8", "native-fp32", "native-int8", "native-fp16")
    ]
    for backend in listed:
        assert backend.keys() == {"id", "title", "available", "reason"}
        assert backend["available"] is (backend["reason"] is None)
        assert backend["available"] or backend["id"] == "native-fp16"  # not every processor has fp16


def test_a_reader_that_has_gone_is_no_reason_to_complain(
    environment: dict[str, str], one_png: Path, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            [COMMAND, "classify", "--json", "missing.png"],
            cwd=tmp_path,
            env=environment,
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert b"Broken pipe" not in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_name_that_is_no_text_is_still_answered(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    (tmp_path / name).write_bytes(b"no picture")

    done = run("classify", name, *arguments)
    assert done.returncode == 1
    assert "caf" in (done.stdout if arguments else done.stderr)


def test_without_a_display_the_samples_are_compared_in_the_terminal(run: Run) -> None:
    done = run()
    assert done.returncode == 0
    assert done.stderr.startswith("No display, so no window")
    assert "sample 1 of a 0" in done.stdout
    for title in ("PyTorch fp32", "QNNPACK int8", "Native fp32", "Native int8"):
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"{title}: ")]
        assert "right, median compute" in line
