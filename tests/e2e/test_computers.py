"""Computers as they are: closed or full streams, little memory, few descriptors, full disks, no home, one processor."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.conftest import COMMAND

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such shell and no such limits")

_NO_ADB = {"ADBUTILS_ADB_PATH": "/dev/null/no-adb", "ANDROID_ADB_SERVER_PORT": "1"}

InShell = Callable[..., subprocess.CompletedProcess[str]]

ARGUMENTS = {
    "backends": "",
    "classify": "one.png",
    "bench": "--backend native-int8 --processes 1 --runs 10",
    "compare": "missing.json",
    "report": "missing.json",
    "results": "",
    "layers": "--backend native-fp32 --repeats 1",
    "evaluate": "--data digits.npz --backend native-int8",
    "import": "missing.onnx --out imported.safetensors",
    "export": "digits-mlp --format onnx --out exported.onnx",
    "train": "digits-mlp --epochs 1",
    "quantize": "--out quantized.safetensors",
    "fetch-mnist": "--data one.png",
    "phones": "",
    "deploy": "",
    "remove": "",
    "connect": "127.0.0.1:1",
    "disconnect": "127.0.0.1:1",
    "pair": "127.0.0.1:1 123456",
    "engines": "",
    "doctor": "",
}
"""What can be asked of every command here: those for phones find no adb."""

BENCH = "bench --model digits-mlp --backend native-int8 --processes 2 --runs 40"


@pytest.fixture
def in_shell(tmp_path: Path, environment: dict[str, str], one_png: Path, digits_npz: Path) -> InShell:
    """Runs a line of shell in which $M is `mnist-bench`; nothing may be told as this program's own fault."""

    def run(line: str, **variables: str) -> subprocess.CompletedProcess[str]:
        own = {"M": str(COMMAND), **_NO_ADB, **variables}
        done = subprocess.run(
            ["/bin/bash", "-c", line], cwd=tmp_path, env=environment | own, capture_output=True, text=True, timeout=100
        )
        assert not re.search("Traceback|Internal error|Exception ignored|rror: Memory", done.stderr), done.stderr
        return done

    return run


def test_every_command_is_tried_below(in_shell: InShell) -> None:
    listed = in_shell("$M --help").stdout.partition("commands:")[2]
    assert set(re.findall(r"^    ([a-z-]+)\b", listed, re.MULTILINE)) == ARGUMENTS.keys()


@pytest.mark.parametrize("command", ARGUMENTS)
def test_with_little_memory_and_few_descriptors_a_command_works_or_says_why_not(
    in_shell: InShell, command: str
) -> None:
    done = in_shell(f"ulimit -v 200000 -n 64; $M {command} {ARGUMENTS[command]}")
    assert done.returncode in (0, 1, 2)
    said = done.stderr.splitlines()
    assert len(said) <= 1
    if done.returncode == 1 and command == "evaluate" and not said:
        assert "There isn't enough memory." in done.stdout  # where that befalls one backend, its line says so
    elif done.returncode == 1 and command not in ("backends", "doctor"):
        assert said[0].startswith("mnist-bench: ")


def test_a_photograph_with_little_memory_is_read_or_told_in_one_line(in_shell: InShell, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1200, 1200), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    for kilobytes in (180_000, 200_000, 260_000):
        done = in_shell(f"ulimit -v {kilobytes}; $M classify noise.png")
        assert done.returncode in (0, 1)
        assert len(done.stderr.splitlines()) <= 1


FULL = "mnist-bench: The output cannot be written: no space left on device. Write it to another disk.\n"


@pytest.mark.parametrize(
    ("streams", "status", "said"),
    [
        (">&-", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
        (">/dev/full", 1, FULL),
        (">/dev/full PYTHONUNBUFFERED=1", 1, FULL),
        (">/dev/full 2>/dev/full", 1, ""),
        ("| head -c 0", 1, ""),
    ],
)
def test_a_stream_that_cannot_be_written_ends_a_command_properly(
    in_shell: InShell, streams: str, status: int, said: str
) -> None:
    # `head` has ended by the time that Python writes.
    streams, _, unbuffered = streams.partition(" PYTHONUNBUFFERED=")
    done = in_shell(f"set -o pipefail; $M results {streams}", PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", said)


def test_the_help_too_says_that_it_cannot_be_written(in_shell: InShell) -> None:
    done = in_shell("$M bench --help >/dev/full")
    assert (done.returncode, done.stderr) == (1, FULL)


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full"])
def test_answers_are_printed_and_the_status_is_right_where_nobody_hears_of_errors(
    in_shell: InShell, streams: str
) -> None:
    done = in_shell(f"$M classify one.png missing.png --backend native-int8 --json {streams} <&-")
    first, second = json.loads(done.stdout)["results"]
    assert done.returncode == 1
    assert len(first["answers"]) == 1
    assert "missing.png" in second["error"]


def test_what_is_started_with_closed_streams_measures_and_saves(in_shell: InShell, tmp_path: Path) -> None:
    assert in_shell(f"$M {BENCH} --save mine.json <&- >&- 2>&-").returncode == 0
    assert json.loads((tmp_path / "mine.json").read_text())["samples"] == 40


def test_one_processor_of_several_is_recorded_and_warned_of(in_shell: InShell) -> None:
    core = min(os.sched_getaffinity(0))
    done = in_shell(f"taskset -c {core} $M {BENCH}")
    assert done.returncode == 0
    if (os.cpu_count() or 1) > 1:
        assert f"the CPU affinity allows 1 of {os.cpu_count()} processors." in done.stdout
        assert f", 1 of {os.cpu_count()} processors, " in done.stdout


@pytest.mark.parametrize(
    ("size_kb", "said"),
    [
        (20, r"mnist-bench: The folder \S+/runs cannot be written: no space left on device\. .*\n"),
        (
            130,
            r"mnist-bench: (\S+)/runs/\S+ cannot be written: no space left on device\. The result was saved as "
            r"(\S+\.json) instead\. Move it where you want to keep it\.\n",
        ),
    ],
)
def test_on_a_small_disk_a_measurement_is_refused_before_it_begins_or_lies_elsewhere(
    in_shell: InShell, tmp_path: Path, size_kb: int, said: str
) -> None:
    """A real disk of this size, which only root or a namespace of one's own may mount."""
    mount = f"mount -t tmpfs -o size={size_kb}k none {tmp_path}/disk"
    (tmp_path / "disk").mkdir()
    (tmp_path / "other").mkdir()
    if in_shell(f"unshare --map-root-user --mount {mount}").returncode:
        pytest.skip("nobody may mount a disk here, not even in a namespace of one's own")
    bench = "$M bench --model digits-mlp --backend native-int8 --processes 1 --blocks 10 --runs 3000 --json --save"
    done = in_shell(
        f"unshare --map-root-user --mount bash -c '{mount}; {bench}'",
        XDG_DATA_HOME=f"{tmp_path}/disk",
        TMPDIR=f"{tmp_path}/other",
    )
    assert done.returncode == 1
    match = re.fullmatch(said, done.stderr)
    assert match, done.stderr
    if match.groups():
        saved = json.loads(done.stdout)["saved"]
        assert saved == match[2]
        assert saved.startswith(f"{tmp_path}/other/")
        assert len(json.loads(Path(saved).read_text())["value"]["runs"]) == 1
        assert Path(saved).with_suffix(".csv").read_text().count("\n") == 3001


def test_a_home_that_cannot_be_written_to_is_told_before_anything_is_measured(
    in_shell: InShell, tmp_path: Path
) -> None:
    assert in_shell("$M results", HOME="/proc/none").returncode == 0
    refused = in_shell(f"$M {BENCH} --save", HOME="/proc/none")
    assert refused.returncode == 1
    assert re.fullmatch(r"mnist-bench: The folder .* cannot be created: .*\n", refused.stderr)
    assert {one.name for one in tmp_path.iterdir()} == {"one.png", "digits.npz"}, "not even in the working folder"
