"""What goes wrong with phones in use: the window lives on, says what happened, and is right again by itself."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_bench.base.locations import runner_program
from mnist_bench.devices.device import Device
from mnist_bench.devices.phone.access import PhoneAccess
from mnist_bench.devices.phone.remembered import remember
from mnist_bench.session.backend_state import BackendState, Status
from tests.gui.devices.window_bench import RIGHT_AGAIN_S, Bench, MakeBench
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone

pytestmark = pytest.mark.phone


class Interrupted(PhoneAccess):
    """The real way to phones, but something happens in the middle of the first deployment."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def deploy(self, device: Device, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str:
        def halfway(done: int, total: int) -> None:
            action, self._action = self._action, None
            if action is not None:
                action()
            progress(done, total)

        return super().deploy(device, halfway, cancelled)


def int8(phone: VirtualPhone) -> str:
    return f"native-int8@android:{phone.serial}"


def device_id(phone: VirtualPhone) -> str:
    return f"android:{phone.serial}"


def whole_or_absent(phone: VirtualPhone) -> bool:
    """Whether what bears the runner's name on the phone is the whole runner, or nothing does."""
    there = phone.root / "data/local/tmp/mnist-bench/mnist-bench-runner"
    return not there.exists() or _digest(there) == _digest(runner_program("arm64-v8a"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(bench: Bench, phone: VirtualPhone, *, right_again_s: float | None = None) -> None:
    """It was right again in time, lived all the while, and answers what is on the pad."""
    bench.check_live()
    if right_again_s is not None:
        print(f"right again after {right_again_s:.2f} s")
        assert right_again_s < RIGHT_AGAIN_S
    bench.draw(3)
    bench.wait(lambda: bench.answers(int8(phone), 3))
    assert whole_or_absent(phone)


def test_a_phone_unplugged_while_it_is_deployed_to(make_bench: MakeBench, plugged_in: VirtualPhone) -> None:
    bench = make_bench(access=Interrupted(plugged_in.unplug))
    bench.wait(lambda: bench.devices.detail.deploy_button.isEnabled())
    bench.devices.detail.deploy_button.click()
    bench.wait(lambda: bench.window.notice.words() != "")
    assert plugged_in.serial in bench.window.notice.words()
    assert not bench.session.jobs.is_busy
    assert whole_or_absent(plugged_in)
    bench.meanwhile(plugged_in.boot)
    bench.wait(lambda: bench.devices.detail.deploy_button.isEnabled())
    bench.devices.detail.deploy_button.click()
    bench.wait(lambda: plugged_in.files() == ["mnist-bench-runner"])
    assert whole_or_absent(plugged_in)
    bench.check_live()


def test_a_phone_unplugged_while_it_classifies(make_bench: MakeBench, plugged_in: VirtualPhone) -> None:
    bench = make_bench(int8(plugged_in))

    read: set[int] = set()

    def draw_on(state: BackendState) -> None:
        if state.id == int8(plugged_in) and state.answer is not None:
            read.add(state.answer.digit)
            bench.draw(7 if state.answer.digit == 3 else 3)

    stop = bench.session.live.answered.subscribe(draw_on)
    bench.draw(3)
    bench.wait(lambda: read == {3, 7})
    bench.meanwhile(plugged_in.unplug)
    bench.wait_for(int8(plugged_in), Status.WAITING)
    bench.wait(lambda: "offline" in bench.words(int8(plugged_in)) or "not connected" in bench.words(int8(plugged_in)))
    stop()
    bench.meanwhile(plugged_in.boot)
    check(bench, plugged_in, right_again_s=bench.right_again(int8(plugged_in), device_id(plugged_in)))


def test_a_phone_unplugged_while_it_is_timed(make_bench: MakeBench, plugged_in: VirtualPhone) -> None:
    bench = make_bench(int8(plugged_in))
    bench.draw()
    bench.wait(lambda: bench.answers(int8(plugged_in)))
    bench.answers_view.repeat_button.click()
    bench.wait_for(int8(plugged_in), Status.RUNNING)
    bench.meanwhile(plugged_in.unplug)
    bench.wait_for(int8(plugged_in), Status.WAITING)
    bench.meanwhile(plugged_in.boot)
    right_again_s = bench.right_again(int8(plugged_in), device_id(plugged_in))
    bench.wait(lambda: bench.answers(int8(plugged_in)))
    check(bench, plugged_in, right_again_s=right_again_s)


def test_the_adb_server_is_killed(make_bench: MakeBench, plugged_in: VirtualPhone, adb: AdbServer) -> None:
    bench = make_bench(int8(plugged_in))
    bench.draw()
    bench.wait(lambda: bench.answers(int8(plugged_in)))
    bench.meanwhile(adb.kill)
    bench.wait_for(int8(plugged_in), Status.WAITING)
    check(bench, plugged_in, right_again_s=bench.right_again(int8(plugged_in), device_id(plugged_in)))


def test_the_runner_is_killed(make_bench: MakeBench, plugged_in: VirtualPhone, adb: AdbServer) -> None:
    bench = make_bench(int8(plugged_in))
    bench.meanwhile(lambda: plugged_in.end_programs("mnist-bench-runner"))
    bench.draw()
    bench.wait_for(int8(plugged_in), Status.FAILED)
    assert "was killed by signal 9" in bench.words(int8(plugged_in))
    assert bench.session.devices.states[0].seen.is_ready
    bench.card(int8(plugged_in)).message.retry_button.click()
    bench.wait_for(int8(plugged_in), Status.READY)
    check(bench, plugged_in)


def test_the_disk_of_the_phone_is_full(make_bench: MakeBench, plugged_in: VirtualPhone) -> None:
    with plugged_in.with_storage("size=64k"):
        bench = make_bench(int8(plugged_in), ready=False)
        bench.wait_for(int8(plugged_in), Status.FAILED)
        assert "no space left" in bench.words(int8(plugged_in))
        assert "Free some space" in bench.words(int8(plugged_in))
    bench.card(int8(plugged_in)).message.retry_button.click()
    bench.wait_for(int8(plugged_in), Status.READY)
    check(bench, plugged_in)


def test_one_of_two_phones_is_unplugged(
    make_bench: MakeBench, plugged_in: VirtualPhone, second_phone: VirtualPhone
) -> None:
    bench = make_bench(int8(plugged_in), int8(second_phone))
    bench.meanwhile(plugged_in.unplug)
    bench.wait_for(int8(plugged_in), Status.WAITING)
    bench.draw()
    bench.wait(lambda: bench.answers(int8(second_phone)))
    assert bench.state(int8(second_phone)).status is Status.READY
    bench.meanwhile(plugged_in.boot)
    check(bench, plugged_in, right_again_s=bench.right_again(int8(plugged_in), device_id(plugged_in)))


def test_a_phone_that_is_not_allowed_yet_and_then_is(
    make_bench: MakeBench, make_phone: MakePhone, adb: AdbServer
) -> None:
    phone = make_phone(secure=True)
    remember(phone.serial)
    adb("connect", phone.serial)
    bench = make_bench(int8(phone), ready=False)
    bench.wait(lambda: "tap Allow" in bench.words(int8(phone)))
    assert bench.state(int8(phone)).status is Status.WAITING
    assert bench.button.text().endswith("!")
    bench.meanwhile(phone.allow)
    check(bench, phone, right_again_s=bench.right_again(int8(phone), device_id(phone)))
