"""The commands about phones, and phones as backends of the others, on real adbds."""

import json
import re
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.e2e.conftest import Run, RunAndInterrupt
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone, wait_until

pytestmark = pytest.mark.phone

PROGRAM = "mnist-bench-runner"


@pytest.fixture
def environment(adb: AdbServer, environment: dict[str, str]) -> dict[str, str]:
    """A process that uses the tests' adb server, and remembers no address of another test."""
    home = environment["HOME"]
    return {**environment, **adb.environment, "HOME": home, "XDG_DATA_HOME": f"{home}/data"}


@pytest.fixture
def many_digits(tmp_path: Path) -> str:
    """An .npz of 20,000 digit images without meaning: enough for something to happen meanwhile."""
    chance = np.random.default_rng(1)
    path = tmp_path / "many.npz"
    images = chance.integers(0, 256, (20_000, 28, 28), np.uint8)
    np.savez(path, images=images, labels=chance.integers(0, 10, 20_000, np.uint8))
    return str(path)


def _json(run: Run, *arguments: object) -> Any:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_phone_is_listed_with_what_it_tells(run: Run, phone: VirtualPhone) -> None:
    (listed,) = _json(run, "phones")
    assert listed.keys() == {
        *("serial", "title", "state", "words", "next_step", "wireless", "backends", "facts", "condition")
    }
    assert (listed["serial"], listed["title"], listed["state"]) == (phone.serial, "Pixel 7", "device")
    assert (listed["words"], listed["next_step"], listed["wireless"]) == ("ready", "", True)
    assert listed["backends"] == [f"native-fp32@android:{phone.serial}", f"native-int8@android:{phone.serial}"]
    assert listed["facts"]["abis"] == ["arm64-v8a"]
    assert listed["condition"]["battery_percent"] is None, "it has no battery, and none is made up"
    shown = run("phones").stdout.splitlines()
    assert shown[0] == f"{phone.serial} (Pixel 7): ready"
    assert "Android 14, arm64-v8a" in shown[1]


def test_the_runner_is_brought_once_and_removed(run: Run, phone: VirtualPhone) -> None:
    first = _json(run, "deploy")
    assert first.keys() == {"serial", "program", "abi", "pushed", "bytes", "engines"}
    assert first["engines"] == []
    assert (first["serial"], first["abi"], first["pushed"]) == (phone.serial, "arm64-v8a", True)
    assert phone.files() == [PROGRAM]
    assert _json(run, "deploy", "--phone", phone.serial) == {**first, "pushed": False}
    assert "was already on Pixel 7" in run("deploy").stdout
    assert _json(run, "remove") == {"serial": phone.serial, "removed": True}
    assert phone.files() == []
    assert run("remove").stdout == "mnist-bench was not on Pixel 7.\n"


def test_a_phone_is_measured_beside_this_computer(run: Run, phone: VirtualPhone) -> None:
    settings = ("--model", "digits-mlp", "--processes", "5", "--blocks", "2", "--runs", "40")
    answer = _json(run, "bench", "--backend", "native-int8", "--backend", "native-int8@android", *settings)
    here, there = answer["results"]
    assert (here["backend"], there["backend"]) == ("native-int8", f"native-int8@android:{phone.serial}")
    assert len(there["compute_ns"]) == len(there["round_trip_ns"]) == 40
    assert there["ratio"] > 1, "QEMU stands between the two"
    assert there["verdict"] == "slower"
    assert answer["conditions"]["devices"].keys() == {f"android:{phone.serial}"}


def test_a_phone_that_goes_keeps_what_was_measured_of_others(
    run_and_interrupt: RunAndInterrupt, phone: VirtualPhone
) -> None:
    backends = ("--backend", "native-int8", "--backend", "native-int8@android")
    command = ("bench", *backends, "--model", "digits-mlp", "--runs", "2000")
    status, shown = run_and_interrupt(*command, once_shown="process 2 of 10", do=phone.unplug)
    assert status == 0, shown
    assert re.search(r"Native int8 +2,000 ", shown), "the samples of this computer"
    assert "Connect the device again" in shown


def test_an_interrupted_deploy_is_put_right_by_the_next(
    run: Run, run_and_interrupt: RunAndInterrupt, phone: VirtualPhone
) -> None:
    getprop = phone.root / "system/bin/getprop"
    phone.install("getprop", f"sleep 1\n{getprop.read_text()}")  # so that there is time to interrupt
    status, shown = run_and_interrupt("deploy", once_shown="Deploying to Pixel 7")
    assert status == 130
    assert "mnist-bench: " in shown
    assert PROGRAM not in phone.files()
    assert _json(run, "deploy")["pushed"] is True
    assert phone.files() == [PROGRAM]


def test_an_interrupted_start_deploys_nothing(
    run_and_interrupt: RunAndInterrupt, phone: VirtualPhone, one_png: Path
) -> None:
    getprop = phone.root / "system/bin/getprop"
    phone.install("getprop", f"sleep 1\n{getprop.read_text()}")
    status, shown = run_and_interrupt(
        "classify", str(one_png), "--backend", "native@android", once_shown="Starting the backends"
    )
    assert (status, "mnist-bench: Interrupted." in shown) == (130, True)
    assert PROGRAM not in phone.files()


def test_the_only_phone_answers_as_this_computer_does(run: Run, phone: VirtualPhone, one_png: Path) -> None:
    options = ("--model", "digits-mlp", "--backend", "native@android", "--backend", "native-int8")
    fp32, int8, native = _json(run, "classify", one_png, *options)["results"][0]["answers"]
    assert [answer["backend"] for answer in (fp32, int8)] == [
        f"native-{precision}@android:{phone.serial}" for precision in ("fp32", "int8")
    ]
    assert fp32["digit"] == int8["digit"] == 1
    assert int8["logits"] == native["logits"], "bit for bit"
    assert 0 < int8["compute_us"] < int8["round_trip_us"]
    listed = _json(run, "backends")
    assert {"id": int8["backend"], "title": "Pixel 7 · Native int8", "available": True, "reason": None} in listed


def test_phones_and_this_computer_evaluate_at_the_same_time(
    run: Run, phone: VirtualPhone, second_phone: VirtualPhone, digits_npz: Path
) -> None:
    backends = ["native-int8", *(f"native-int8@android:{each.serial}" for each in (phone, second_phone))]
    named = [word for backend in backends for word in ("--backend", backend)]
    results = _json(run, "evaluate", "--model", "digits-mlp", "--data", digits_npz, *named)["results"]
    assert [result["backend"] for result in results] == backends
    assert len({result["correct"] for result in results}) == 1
    ambiguous = run("evaluate", "--data", digits_npz, "--backend", "native@android")
    assert ambiguous.returncode == 2
    assert all(each.serial in ambiguous.stderr for each in (phone, second_phone))


def test_a_phone_that_is_unplugged_meanwhile_is_named_beside_the_others(
    run_and_interrupt: RunAndInterrupt, phone: VirtualPhone, many_digits: str
) -> None:
    backend = f"native-fp32@android:{phone.serial}"
    status, shown = run_and_interrupt(
        *("evaluate", "--model", "digits-mlp", "--data", many_digits, "--backend", backend, "--backend", "native-int8"),
        once_shown="Pixel 7 · Native fp32: classifying",
        do=phone.unplug,
    )
    assert status == 0, shown
    lines = shown.splitlines()
    assert any(line.startswith("native-int8 ") and "of 20,000" in line for line in lines), "it was classified on"
    failure = next(line for line in lines if line.startswith(f"{backend}: "))
    assert re.search(r"Pixel 7 · Native fp32's runner (cannot be reached|was cut off)", failure)


def test_an_interrupted_evaluation_leaves_nothing_running_on_the_phone(
    run_and_interrupt: RunAndInterrupt, phone: VirtualPhone, many_digits: str
) -> None:
    status, shown = run_and_interrupt(
        *("evaluate", "--model", "digits-mlp", "--data", many_digits, "--backend", "native@android"),
        once_shown="Pixel 7 · Native fp32: classifying",
    )
    assert (status, "mnist-bench: Interrupted; these are the results until then." in shown) == (130, True)
    wait_until(lambda: not phone.commands(), 5)


@pytest.mark.usefixtures("adb")
def test_without_a_phone_each_command_says_what_to_do(run: Run, one_png: Path) -> None:
    done = run("phones")
    assert done.returncode == 0
    assert "USB debugging" in done.stdout
    assert _json(run, "phones") == []
    for words in (("deploy",), ("remove", "--phone", "x"), ("classify", one_png, "--backend", "native-int8@android")):
        done = run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "There is no phone" in done.stderr


def test_a_phone_that_asks_first_is_told_how_to_be_allowed(
    run: Run, secure_phone: VirtualPhone, adb: AdbServer, one_png: Path
) -> None:
    adb("connect", secure_phone.serial)
    (listed,) = _json(run, "phones")
    assert listed["state"] == "unauthorized"
    assert "Allow" in listed["next_step"]
    assert listed["facts"] is None
    done = run("deploy")
    assert done.returncode == 1
    assert "Allow" in done.stderr
    answered = run("classify", one_png, "--backend", "native-int8@android", "--backend", "native-fp32")
    assert answered.returncode == 0
    assert "Allow" in answered.stdout
    (found,) = [each for each in _json(run, "backends") if each["id"] == f"native-int8@android:{secure_phone.serial}"]
    assert found["available"] is False
    assert "Allow" in found["reason"]


def test_a_phone_is_connected_by_its_address_and_remembered(
    run: Run, make_phone: MakePhone, environment: dict[str, str]
) -> None:
    phone = make_phone()
    done = run("connect", phone.serial)
    assert done.returncode == 0, done.stderr
    assert f"native-int8@android:{phone.serial}" in done.stdout
    assert [each["serial"] for each in _json(run, "phones")] == [phone.serial]
    kept = Path(environment["XDG_DATA_HOME"]) / "mnist-bench" / "phones.json"
    assert phone.serial in kept.read_text()


def test_a_phone_that_was_connected_by_its_address_is_disconnected_and_forgotten(
    run: Run, make_phone: MakePhone, environment: dict[str, str]
) -> None:
    first, second = make_phone(), make_phone()
    kept = Path(environment["XDG_DATA_HOME"]) / "mnist-bench" / "phones.json"
    for phone in (first, second):
        assert run("connect", phone.serial).returncode == 0
    assert run("disconnect", first.serial).stdout == f"Disconnected from {first.serial}.\n"
    assert [each["serial"] for each in _json(run, "phones")] == [second.serial]
    assert first.serial not in kept.read_text()
    again = run("disconnect", first.serial)
    assert (again.returncode, again.stdout) == (2, "")
    assert f"There is no connection to {first.serial}." in again.stderr
    assert run("disconnect", "--all").stdout == f"Disconnected from {second.serial}.\n"
    assert second.serial not in kept.read_text()
    assert _json(run, "phones") == []
    assert run("disconnect", "--all").returncode == 0


@pytest.mark.usefixtures("adb")
@pytest.mark.parametrize(
    ("words", "status", "named"),
    [
        (("connect", "1.2.3"), 2, "1.2.3"),
        (("disconnect", "1.2.3"), 2, "1.2.3"),
        (("disconnect", "192.168.1.231235"), 2, "192.168.1.231235"),
        (("connect", "127.0.0.1:1"), 1, "127.0.0.1:1"),
        (("connect", "two words"), 2, "two words"),
        (("connect", "host:99999"), 2, "host:99999"),
        (("connect", "$(reboot)"), 2, "$(reboot)"),
        (("pair", "127.0.0.1:1", "123456"), 1, "127.0.0.1:1"),
        (("pair", "127.0.0.1", "123456"), 2, "port"),
        (("pair", "127.0.0.1:1", "12"), 2, "six digits"),
    ],
)
def test_an_address_that_is_none_is_told_in_a_sentence(
    run: Run, words: tuple[str, ...], status: int, named: str
) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (status, "")
    (line,) = done.stderr.splitlines()
    assert named in line


def test_backends_are_listed_without_starting_an_adb_server(run: Run, adb: AdbServer) -> None:
    adb.kill()
    assert not [each for each in _json(run, "backends") if "@android" in each["id"]]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(adb.environment["ANDROID_ADB_SERVER_PORT"]))) != 0


def test_without_adb_there_is_a_sentence(run: Run, adb: AdbServer, environment: dict[str, str]) -> None:
    adb.kill()
    environment["ADBUTILS_ADB_PATH"] = "/no/such/adb"
    for words in (("phones",), ("connect", "127.0.0.1:1"), ("deploy",)):
        done = run(*words)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert "/no/such/adb" in line
    assert run("backends").returncode == 0
