"""Pictures of the window with phones, of which none is there: what they tell of themselves, their battery and cores, is
made up, and what they compute is computed by the native runner of this computer.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from mnist_bench.devices.access import About
from mnist_bench.devices.device import Device
from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.device import as_device
from mnist_bench.devices.phone.errors import PhoneGone, PhoneUnauthorized
from mnist_bench.devices.phone.facts import Core, PhoneCondition, PhoneFacts
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.devices.this_computer import THIS_COMPUTER
from mnist_bench.devices.transport import Transport
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.window import MainWindow
from tools.studio import NoPhones, Studio, show_tab, view

PIXEL = Phone("2A111FDH2003XY", PhoneState.DEVICE, "Pixel 7")
LOCKED = Phone("R5CX10ABCDE", PhoneState.UNAUTHORIZED)
LONG_NAMED = Phone(
    "192.168.178.123:37251", PhoneState.DEVICE, "Galaxy S24 Ultra Enterprise Edition 5G of the third floor"
)
LOCAL = ("torch-fp32", "qnnpack-int8")
SMALL = ((1280, 800),)
_CORES = (
    *(Core(number, 1803, 574, "Cortex-A55") for number in range(4)),
    *(Core(number, 2348, 1197, "Cortex-A78") for number in (4, 5)),
    *(Core(number, 2850, 2850, "Cortex-X1") for number in (6, 7)),
)
_FACTS = PhoneFacts("Google", "Pixel 7", "GS201", "14", 34, ("arm64-v8a", "armeabi-v7a"), _CORES, ("asimd", "asimddp"))
_OTHER_FACTS = replace(_FACTS, maker="samsung", model="Galaxy S24 Ultra", soc="SM8650")
_LOG = (
    "phones: 2A111FDH2003XY device",
    "2A111FDH2003XY: looked for the runner: status 0, 41 ms",
    "2A111FDH2003XY: sent 120584 bytes to /data/local/tmp/mnist-bench/.mnist-bench-runner-5f0c1a22.part, 12 ms",
    "2A111FDH2003XY: checked what arrived: status 0, 30 ms",
    "2A111FDH2003XY: put the runner in its place: status 0, 23 ms",
    "2A111FDH2003XY: opened a stream to the runner",
)


class StandIns(NoPhones):
    """Phones that are not there, with made-up facts; `reachable`: whether runners can be started on them."""

    reachable = True

    def read(self, device: Device, known: About | None = None) -> About:  # noqa: ARG002
        """What such a phone could tell."""
        facts = _FACTS if device == as_device(PIXEL) else _OTHER_FACTS
        return PhoneAbout(facts, PhoneCondition(81, 31.5, True, 0, 33.2, _CORES), is_deployed=True)

    def make_engine(self, backend: Backend) -> InferenceEngine:
        """An engine over this computer's own runner, if such a phone is there and allows it."""

        def connect() -> Transport:
            phone = next((phone for phone in self.phones if as_device(phone) == backend.device), None)
            if phone is None or not self.reachable:
                raise PhoneGone(f"{backend.device.title} is gone.")
            if not phone.is_ready:
                raise PhoneUnauthorized(f"{backend.device.title} is {phone.state.words}.")
            return replace(backend, device=THIS_COMPUTER).connect()

        return InferenceEngine(backend, connect=connect if backend.device.id else None)


def _window(studio: Studio, phones: StandIns, *backends: str) -> MainWindow:
    """A window that shows its Devices tab."""
    window = studio.window((*LOCAL, *backends), make_engine=phones.make_engine, phones=phones)
    show_tab(window, "Devices")
    return window


def no_phone(studio: Studio) -> None:
    """How to connect one."""
    window = _window(studio, StandIns())
    studio.shoot(window, "phone-none-{}", SMALL)
    window.close()


def ready_phone(studio: Studio) -> None:
    """A phone with its facts and its card."""
    window = _window(studio, StandIns(PIXEL), f"native-int8@android:{PIXEL.serial}")
    studio.draw(window, 5)
    for line in _LOG:
        logging.getLogger("mnist_bench.adb").info(line)
    studio.wait(lambda: "SoC" in view(window, "Devices").tab.detail.fact_words())
    studio.shoot(window, "phone-{}")
    window.close()


def unauthorized_phone(studio: Studio) -> None:
    """A phone that waits to be allowed, and its card with it."""
    window = _window(studio, StandIns(LOCKED), f"native-int8@android:{LOCKED.serial}")
    studio.draw(window, 5)
    studio.shoot(window, "phone-unauthorized-{}", SMALL)
    window.close()


def three_phones(studio: Studio) -> None:
    """Several phones, with a long name, one not authorized yet."""
    cards = (f"native-int8@android:{PIXEL.serial}", f"native-int8@android:{LONG_NAMED.serial}")
    window = _window(studio, StandIns(PIXEL, LOCKED, LONG_NAMED), *cards)
    studio.draw(window, 5)
    view(window, "Devices").tab.select(as_device(LONG_NAMED).id)
    studio.wait(lambda: "SoC" in view(window, "Devices").tab.detail.fact_words())
    studio.shoot(window, "phone-three-{}", SMALL)
    window.close()


def gone_phone(studio: Studio) -> None:
    """A phone that was unplugged: its card waits."""
    phones = StandIns(PIXEL)
    phones.reachable = False
    window = _window(studio, phones, f"native-int8@android:{PIXEL.serial}")
    studio.draw(window, 5)
    phones.see()
    studio.wait(
        lambda: (
            window.session.live.backends[-1].waiting is not None and not window.session.devices.states[-1].seen.is_ready
        )
    )
    studio.shoot(window, "phone-gone-{}", SMALL)
    window.close()


PHONE_SCENES: dict[str, Callable[[Studio], None]] = {
    "phone-none": no_phone,
    "phone": ready_phone,
    "phone-unauthorized": unauthorized_phone,
    "phone-three": three_phones,
    "phone-gone": gone_phone,
}
