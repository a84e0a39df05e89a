"""Commands on a phone or an adb server that says one hostile thing: a sentence in time, others keep their samples."""

import json
import random
import resource
import time
from collections.abc import Iterator

import pytest

from mnist_bench.cli.app import main
from tests.hostile_phone import SERIAL, TARGETS, HostilePhone, lies

pytestmark = pytest.mark.usefixtures("log_file")

LATE_SECONDS = 20.0  # the longest deadline of one thing that is asked of a phone is 10 s
SHORT = ("--processes", "1", "--blocks", "1", "--runs", "3", "--warm-up-runs", "1")
COMMANDS = (
    ("phones", "--json"),
    ("deploy", "--json"),
    ("remove", "--json"),
    ("bench", "--backend", "native-int8", "--backend", f"native-int8@android:{SERIAL}", *SHORT, "--json"),
)


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[HostilePhone]:
    with HostilePhone() as phone:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(phone.port))
        monkeypatch.setenv("ADBUTILS_ADB_PATH", "/no/such/adb")
        yield phone


def test_a_sound_phone_is_measured(phone: HostilePhone, capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        assert main(command) == 0, capsys.readouterr()
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [len(one["compute_ns"]) for one in told["results"]] == [3, 3]


@pytest.mark.parametrize("target", TARGETS)
def test_whatever_a_phone_says_there_is_a_sentence(
    phone: HostilePhone, capsys: pytest.CaptureFixture[str], target: str, cases: int
) -> None:
    known = [(lie, command) for lie in lies() if lie.target == target for command in COMMANDS]
    before = 0
    chance = random.Random(target)  # noqa: S311 - nothing secret
    for lie, command in chance.sample(known, min(max(cases // 12, 4), len(known))):
        phone.tell(lie)
        began = time.monotonic()
        status = main(command)
        took = time.monotonic() - began
        told = capsys.readouterr()
        assert took < LATE_SECONDS, lie
        assert status in (0, 1, 2)
        assert "Something went wrong" not in told.err, (lie, told.err)
        assert all(line.isprintable() and len(line) < 1500 for line in told.err.splitlines()), (lie, told.err)
        if command[0] == "bench" and "no phone" not in told.err:
            assert status == 0, (lie, told.err)
            assert len(json.loads(told.out)["results"][0]["compute_ns"]) == 3, lie
        before = before or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss <= 1.5 * before
