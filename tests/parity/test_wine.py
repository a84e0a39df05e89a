"""Windows' programs under Wine: a Wine of its own, of which nothing is left, and a sentence where there is none."""

import os
import platform
import sys
from pathlib import Path

import pytest

from mnist_bench.base.locations import LIBRARY_RUNNER, runner_program
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import PRECISIONS, Precision
from tests.library.engines import install
from tools.parity import wine
from tools.parity.__main__ import hard_images
from tools.parity.kernel_sets import split_by_presence
from tools.parity.windows import compare_engine, windows

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="Wine is for Linux on x86-64"
)

# It runs Linux's programs in place of Windows'.
STANDS_FOR_WINE = f"""#!/bin/sh
[ "$1" = wineboot ] && exec touch "$WINEPREFIX/drive_c"
[ -f "$WINEPREFIX/drive_c" ] || exit 9
case $1 in
*/windows-x86_64/{LIBRARY_RUNNER}.exe)
  engine=$2
  library=$(printf %s "${{3#Z:}}" | tr '\\\\' /)
  shift 3
  exec {runner_program("x86_64", LIBRARY_RUNNER)} "$engine" "$library" "$@" ;;
*/windows-x86_64/*.exe)
  shift
  exec {runner_program("x86_64")} "$@" ;;
esac
"""


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Programs that stand in for Wine's come first; what its server is told lies here. No engine is installed."""
    log = tmp_path / "log"
    server = f'#!/bin/sh\necho "$1 $WINEPREFIX" >>{log}\n'
    for name, script in (("wine64", STANDS_FOR_WINE), ("wineserver64", server)):
        program = tmp_path / name
        program.write_text(script)
        program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path), os.defpath)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return log


def end_early(log: Path) -> Path:
    """Fail in the middle, with Wine running; the folder that it had."""
    with windows("Wine"):
        prefix = Path(log.read_text().split()[1])
        assert prefix.is_dir()
        raise KeyError(prefix)


def test_it_has_a_folder_of_its_own_and_nothing_is_left(log: Path) -> None:
    with pytest.raises(KeyError) as caught:
        end_early(log)
    prefix = caught.value.args[0]
    assert log.read_text().split() == ["-p120", str(prefix), "-k", str(prefix), "-w", str(prefix)]
    assert not prefix.exists()


def test_kernel_sets_run_in_it_and_an_engine_that_is_not_installed_for_windows_is_left_out(log: Path) -> None:
    with windows("windows-x86_64") as found:
        runs, absent = split_by_presence(found.sets)
        assert "portable · windows-x86_64 · Wine" in [one.title for one in runs]
        assert all("cannot run the kernels" in why for why in absent.values())
        assert found.engines == ()
        assert any("engines install litert --for windows-x86_64" in why for why in found.left_out)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_an_engine_is_compared_with_the_same_one_on_this_computer(log: Path, precision: Precision) -> None:
    for abi in ("x86_64", wine.ABI):
        install("onnxruntime", abi=abi)
    network = load_network("digits-mlp")
    with windows("onnxruntime") as found:
        assert found.engines == ("onnxruntime",)
        here, there = found.backends("onnxruntime", precision)
        tallies = compare_engine(here, there, [network], hard_images(), range(4), hard_images())
        assert [(tally.cases, tally.notes) for tally in tallies.values()] == [(8, []), (1, []), (4, [])]


def test_what_an_engine_answers_otherwise_is_counted(log: Path) -> None:
    for abi in ("x86_64", wine.ABI):
        install("onnxruntime", abi=abi)
    with windows("onnxruntime") as found:
        (here, _), (_, there) = (
            found.backends("onnxruntime", precision) for precision in (Precision.INT8, Precision.FP32)
        )
        tallies = compare_engine(here, there, [load_network("digits-mlp")], hard_images(), range(2), hard_images())
    assert all(tally.differing == tally.cases > 0 for tally in tallies.values())


def test_without_wine_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(wine, "_NOT_ON_PATH", tmp_path)
    with windows() as found:
        assert (found.sets, found.engines) == ((), ())
        assert "sudo apt-get install wine64" in found.left_out[0]
    with windows("neon") as found:
        assert found.left_out == (), "where other sets are asked for, Windows is not missed"
