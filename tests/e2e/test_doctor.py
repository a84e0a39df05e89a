"""`mnist-bench doctor` as a process of its own: without a display, with phones, and with an adb that hangs."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.devices.phone.scripted_adb import ScriptedAdb
from tests.e2e.conftest import Run
from tests.phone.adb_server import AdbServer
from tests.phone.virtual_phone import VirtualPhone

HEAVY = {"torch", "scipy", "PySide6", "pyqtgraph"}


def about_phones(run: Run, *options: str) -> dict[str, dict[str, Any]]:
    """What doctor says about phones, by name."""
    done = run("doctor", "--json", *options)
    assert done.returncode == 0, done.stderr
    return {fact.pop("name"): fact for fact in json.loads(done.stdout)["android"]}


def test_without_a_display_it_tells_all_and_imports_nothing_heavy(environment: dict[str, str]) -> None:
    script = f"""
import sys
from mnist_bench.cli import main
status = main(["doctor"])
sys.exit(status or ", ".join({HEAVY} & set(sys.modules)) or None)"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    headings = [line for line in done.stdout.splitlines() if line[0] not in " !"]
    assert headings == ["versions", "computer", "environment", "files", "engines", "android", "last errors", "backends"]


def test_an_adb_server_that_hangs_costs_its_deadline_alone(environment: dict[str, str], run: Run) -> None:
    with ScriptedAdb({}) as server:
        environment["ANDROID_ADB_SERVER_PORT"] = str(server.port)
        told = about_phones(run)
    assert told[f"adb server, port {server.port}"]["problem"]
    assert told["devices"]["words"] == "none"


@pytest.mark.phone
def test_phones_are_told_with_their_states_but_not_their_serials(
    adb: AdbServer, phone: VirtualPhone, secure_phone: VirtualPhone, run: Run
) -> None:
    adb("connect", secure_phone.serial)
    told = about_phones(run)
    ready, waiting = f"android:…{phone.serial[-4:]}", f"android:…{secure_phone.serial[-4:]}"
    assert told[ready] == {"words": "Pixel 7, ready", "problem": False}
    assert "model: Pixel 7" in told[f"{ready} says"]["words"]
    assert told[waiting]["problem"]
    assert "tap Allow" in told[waiting]["words"]
    assert phone.serial not in json.dumps(told)
    assert secure_phone.serial not in json.dumps(told)
    assert f"android:{phone.serial}" in about_phones(run, "--serials")
