"""The window with a phone that runs AOSP's own adbd: connecting, facts, cores, deploying, and closing in time."""

import threading
import time
from collections.abc import Callable

import pytest

from mnist_bench.devices.device import Device
from mnist_bench.devices.phone.access import PhoneAccess
from mnist_bench.gui.devices.dialogs import AddressDialog
from mnist_bench.session.backend_state import Status
from tests.gui.devices.scripted_window import choose
from tests.gui.devices.window_bench import MakeBench
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone

pytestmark = pytest.mark.phone


def int8(phone: VirtualPhone) -> str:
    return f"native-int8@android:{phone.serial}"


def test_a_phone_is_connected_chosen_and_answers(make_bench: MakeBench, make_phone: MakePhone) -> None:
    phone = make_phone()
    bench = make_bench()
    assert bench.button.text() == "Devices: this computer"
    bench.draw()
    bench.devices.ask_for_address()
    dialog = bench.window.findChild(AddressDialog)
    assert dialog is not None
    dialog.field.setText(phone.serial)
    dialog.ok_button.click()
    bench.wait(lambda: bench.button.text() == "Devices: Pixel 7 ✓")
    choose(bench.window, "Pixel 7 · Native int8")
    bench.wait_for(int8(phone), Status.READY)
    bench.wait(lambda: bench.answers(int8(phone)))
    log = bench.devices.log
    bench.wait(lambda: "opened a stream" in log.text())
    assert f"connect {phone.serial}" in log.text()
    bench.check_live()


def test_it_tells_its_facts_and_runs_on_the_core_that_is_chosen(make_bench: MakeBench, phone: VirtualPhone) -> None:
    bench = make_bench(int8(phone))
    detail = bench.devices.detail
    bench.wait(lambda: detail.facts.words().get("Model") == "Google Pixel 7")
    assert detail.facts.words()["SoC"] == "GS201"
    assert detail.facts.words()["ABI"] == "arm64-v8a"
    assert detail.runner.text().startswith("The runner is on the phone.")
    assert detail.core.count() > 1
    detail.core_chosen.emit(0)
    bench.wait_for(int8(phone).replace("@", ":core0@"), Status.READY)
    assert any("--core 0" in command for command in phone.commands())


def test_the_runner_is_removed_and_deployed_again(make_bench: MakeBench, phone: VirtualPhone) -> None:
    bench = make_bench()
    detail = bench.devices.detail
    bench.wait(detail.deploy_button.isEnabled)
    detail.deploy_button.click()
    bench.wait(lambda: detail.runner.text().startswith("The runner is on the phone."))
    assert phone.files() == ["mnist-bench-runner"]
    detail.remove_button.click()
    bench.wait(lambda: detail.runner.text().startswith("The runner is put there"))
    assert phone.files() == []


def test_a_deployment_that_is_cancelled_leaves_nothing_that_could_be_run(
    make_bench: MakeBench, phone: VirtualPhone
) -> None:
    bench = make_bench(access=_Held(cancelled := threading.Event()))
    bench.wait(bench.devices.detail.deploy_button.isEnabled)
    bench.devices.detail.deploy_button.click()
    bench.wait(lambda: bench.window.status.cancel_button.isVisible())
    bench.window.status.cancel_requested.emit()
    cancelled.set()
    bench.wait(bench.devices.detail.deploy_button.isEnabled)
    assert "mnist-bench-runner" not in phone.files()
    assert bench.window.notice.words() == ""
    bench.devices.detail.deploy_button.click()
    bench.wait(lambda: phone.files() == ["mnist-bench-runner"])


def test_without_adb_the_tab_says_what_to_install_and_the_window_works(
    make_bench: MakeBench, adb: AdbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    adb.kill()
    monkeypatch.setenv("ADBUTILS_ADB_PATH", "/no/such/adb")
    bench = make_bench()
    bench.wait(lambda: "adb" in bench.devices.empty_words().split("USB debugging")[0])
    assert "Install" in bench.devices.empty_words()
    assert bench.window.notice.words() == ""
    bench.draw()
    bench.wait(lambda: bench.state("torch-fp32").answer is not None)


def test_the_window_closes_in_time_while_a_phone_does_not_answer(make_bench: MakeBench, phone: VirtualPhone) -> None:
    bench = make_bench(int8(phone))
    with phone.frozen():
        bench.draw()
        began = time.monotonic()
        bench.window.close()
        assert time.monotonic() - began < 2.5


class _Held(PhoneAccess):
    """The real way to phones, but the first deployment waits half-way until it has been cancelled."""

    def __init__(self, cancelled: threading.Event) -> None:
        self._cancelled = cancelled

    def deploy(self, device: Device, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str:
        def halfway(done: int, total: int) -> None:
            progress(done, total)
            assert self._cancelled.wait(20)

        return super().deploy(device, halfway, cancelled)
