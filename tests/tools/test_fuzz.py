"""The fuzzer tells cases and coverage, and a finding with the sanitizer's words; its seeds are sound sessions."""

import io
from pathlib import Path

import pytest

from mnist_bench.network.operators import BY_KIND
from mnist_bench.network.wire import decode_network
from mnist_bench.protocol.frames import read_frame
from mnist_bench.protocol.tables import MAX_REQUEST, Kind
from tools.fuzz.__main__ import Outcome, outcome, tell
from tools.fuzz.building import FuzzError
from tools.fuzz.seeds import write_seeds

START = "INFO: Loaded 1 modules   (4620 inline 8-bit counters): 4620 [0x1, 0x2),\n"
WORK = "#2\tINITED cov: 900 ft: 1\n#4096\tNEW    cov: 1064 ft: 5 corp: 3\n"


def test_a_quiet_end_tells_cases_and_coverage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quiet = outcome(START + WORK + "stat::number_of_executed_units: 4500\n", 0)
    assert quiet == Outcome(4500, 1064, 4620, "")
    assert tell([quiet, outcome(START + WORK, -9)], tmp_path) == 0
    assert capsys.readouterr().out == "8,596 cases, 1,064 of 4,620 edges covered\nno finding\n"


@pytest.mark.parametrize("work", ["", WORK])
@pytest.mark.parametrize("words", ["==77==ERROR: AddressSanitizer: use-after-poison", "x.c:3:1: runtime error: shift"])
def test_a_finding_is_told_though_it_be_the_first_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], work: str, words: str
) -> None:
    found = outcome(f"{START}{work}{words}\n    #0 in decode\n", 1)
    assert tell([found], tmp_path) == 1
    told = capsys.readouterr().out
    assert words.partition("77")[2] in told
    assert str(tmp_path) in told


def test_a_fuzzer_that_does_not_start_is_no_quiet_end() -> None:
    with pytest.raises(FuzzError, match="no such option"):
        outcome("ERROR: no such option", 1)


def test_the_seeds_are_sound_sessions_of_every_kind(tmp_path: Path) -> None:
    kinds = set()
    assert write_seeds(tmp_path) == len(list(tmp_path.iterdir())) > 50
    for path in tmp_path.iterdir():
        stream = io.BytesIO(path.read_bytes()[1:])
        while (frame := read_frame(stream, MAX_REQUEST)) is not None:
            if frame.kind == Kind.LOAD:
                network, _ = decode_network(frame.payload)
                kinds |= {layer.kind for layer in network.operators}
    assert kinds == set(BY_KIND)
