"""Whatever a phone, a runner, a file or the settings say is shown as it is: nothing is obeyed, nothing opened."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError
from mnist_bench.base.progress import Progress
from mnist_bench.bench.results.result import Kind, Value
from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.digits.kept import KeptAnswer, KeptDrawings
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.models import ImportReport
from mnist_bench.gui.devices.dialogs import CONNECT, AddressDialog
from mnist_bench.gui.window import MainWindow
from mnist_bench.network.bundled import load_network
from mnist_bench.network.model_file import SUFFIX, write_model_file
from mnist_bench.session.backend_state import Status
from mnist_bench.session.evaluating import EvaluationRow, EvaluationState
from mnist_bench.session.networks import Imported, models_folder
from mnist_bench.session.session import Session
from tests.bench.accuracy.results import result_of
from tests.bench.results.measured import evaluated, measured, traced
from tests.devices.phone.told import CONDITION, FACTS
from tests.foreign import write_foreign
from tests.gui.devices.scripted_window import PhoneEngines
from tests.gui.interpreting import Shown, everything_shown, hovered
from tests.gui.scripted_phones import ScriptedPhones
from tests.gui.test_everything_fits import IMPORTED
from tests.odd_engines import digits_to_read

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in Windows' folders")

Trap = subprocess.Popen[bytes]
FIELDS = {
    *(
        "model",
        "maker",
        "soc",
        "android",
        "abi",
        "feature",
        "core",
        "trouble",
        "what to do",
        "adb log",
    ),
    *("runner", "refusal", "cannot connect", "try"),
    *("sentence", "advice", "message", "work"),
    *("drawing", "digits", "evaluated", "not read"),
    *("settings", "kept model", "network", "note format", "note guessed", "note imported from", "note normalisation"),
    *("import source", "import format", "import calibration", "import sentence", "import guess", "import guessed"),
    *("import notes", "import operators"),
    *("run.name", "run.note", "run.value.conditions.model"),
    *("run.value.runs.0.runner.title", "run.value.runs.0.failure", "run.value.results.0.title"),
    *("run.value.backends.0.title", "run.value.backends.0.mode", "run.value.backends.0.entries.0.name"),
    *("run.value.network", "run.value.segments.0.name"),
}
"""Of which this test has seen that they are shown."""


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """A named pipe in the working folder, and the process that ends when somebody opens it to read.

    Who does finds that it is empty; a pipe without that process would make it wait for good.
    """
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    os.mkfifo("f")
    with subprocess.Popen(("/bin/sh", "-c", ": > f; rm f")) as process:
        yield process
        process.kill()


def foreign(field: str) -> str:
    """What stands in a field: a picture, a link, a letter underlined in menus; none of it longer than it must be."""
    return f"<img src=f><a href=f>{field}&x"


class ForeignEngines(PhoneEngines):
    """Runners that say such things of themselves; the one of `refusing` refuses everything else."""

    refusing = "torch-fp32"

    def command(self, backend: Any) -> tuple[str, ...]:
        refuses = ("--refuses", foreign("refusal")) if backend.id == self.refusing else ()
        return (*super().command(backend), "--says", foreign("runner"), *refuses)


PHONE = Phone("R5CT<img/src=f>1", PhoneState.DEVICE, foreign("model"))
LOCKED = Phone("X<img/src=f>2", PhoneState.UNAUTHORIZED)


def fill_folders() -> None:
    """Kept runs, drawings and models, and settings, as they might come from somebody else."""
    runs = locations.data_dir() / "runs"
    runs.mkdir(parents=True)
    values: tuple[Value, ...] = (measured(), evaluated(), traced())
    for kind, value in zip(Kind, values, strict=True):
        write_foreign(runs / f"{kind}-20261128-100000-0a1b2c3d.json", value, lambda place: foreign(f"run.{place}"))
    (runs / "layers-20261128-110000-0a1b2c3d.json").write_text(foreign("damaged"))
    drawing = next(sample.drawing for sample in bundled_samples() if sample.drawing is not None)
    KeptDrawings().add(drawing, [KeptAnswer(foreign("drawing"), 7, 0.9)], datetime(2026, 11, 28, tzinfo=UTC))
    models_folder().mkdir(parents=True)
    network = replace(load_network("digits-mlp"), name=foreign("network"))
    notes = {key: foreign(f"note {key}") for key in ("imported from", "format", "normalisation", "guessed")}
    write_model_file(models_folder() / f"{foreign('kept model')}{SUFFIX}", network, notes)


@pytest.fixture
def phones() -> ScriptedPhones:
    phones = ScriptedPhones(PHONE, LOCKED)
    told = replace(
        FACTS, maker=foreign("maker"), model=foreign("model"), soc=foreign("soc"), android=foreign("android")
    )
    cores = tuple(replace(core, name=foreign("core")) for core in FACTS.cores)
    told = replace(told, abis=(foreign("abi"),), features=(foreign("feature"),), cores=cores)
    phones.abouts[PHONE.serial] = PhoneAbout(told, CONDITION, True)
    return phones


@pytest.fixture
def window(qtbot: QtBot, themed: QApplication, trap: Trap, phones: ScriptedPhones) -> Iterator[MainWindow]:
    fill_folders()
    session = Session(make_engine=ForeignEngines(), access={"android": phones})
    session.live.choose(
        [find_backend(one, {}) for one in ("torch-fp32", "native-int8", f"native-int8@android:{PHONE.serial}")]
    )
    (kept,) = models_folder().iterdir()
    session.networks.chosen, session.networks.files = str(kept), (foreign("settings"),)
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.painted.connect(window.begin)
    window.show()
    settled = (Status.READY, Status.FAILED)
    qtbot.waitUntil(
        lambda: (
            window.tabs.is_complete
            and all(one.status in settled for one in session.live.backends)
            and len(session.devices.states) == 2
        ),
        timeout=30_000,
    )
    yield window
    window.close()


class Seen:
    """All texts that were shown so far, and those of them in which something was obeyed."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.obeyed: set[str] = set()

    def look(self, *hovered_over: QWidget) -> bool:
        """Read all that is shown now, and rest the pointer on all that is in sight in these; False, for waitUntil."""
        for _ in range(3):
            QApplication.processEvents()
        self._take(everything_shown())
        for widget in hovered_over:
            for one in (widget, *widget.findChildren(QWidget)):
                if one.isVisible():
                    self._take(hovered(one))
        return False

    def _take(self, shown: Iterable[Shown]) -> None:
        for one in shown:
            if one.is_obeyed:
                self.obeyed.add(f"{one.where}: {one.text}")
            self.texts.add(one.text)

    def fields(self) -> set[str]:
        """Those whose text was shown, all of it or cut."""
        return {field for text in self.texts for field in re.findall(r"<img src=f><a href=f>([^<…&]+)", text)}


def show_everything(qtbot: QtBot, window: MainWindow, seen: Seen) -> None:
    """Each tab with something foreign in it, and the devices one by one."""
    session = window.session
    session.pad.put_image(bundled_samples()[0])
    qtbot.waitUntil(lambda: any(one.status is Status.FAILED for one in session.live.backends))
    qtbot.waitUntil(lambda: any(one.answer is not None for one in session.live.backends))
    window.tabs.setCurrentWidget(window.tabs.views["Runs"])
    qtbot.waitUntil(lambda: len(session.results.rows.rows) == 4)
    for kind in (Kind.LATENCY, Kind.LAYERS):
        session.results.load_ids([f"{kind}-20261128-100000-0a1b2c3d"], session.results.show)
        qtbot.waitUntil(lambda kind=kind: kind in session.results.shown)  # type: ignore[misc]
    results = [result_of(list(range(10)), [digit] * 10, backend_id=f"b{digit}") for digit in (1, 2)]
    rows = tuple(
        EvaluationRow(one.backend_id, foreign("evaluated"), 0, 10, 10, one, foreign("not read")) for one in results
    )
    digits = replace(digits_to_read(10), name=foreign("digits"))
    session.evaluations.begun.publish(EvaluationState(foreign("evaluated model"), digits, rows, "b1"))
    logging.getLogger("mnist_bench.adb").info("%s", foreign("adb log"))
    window.tabs.setCurrentWidget(window.tabs.views["Answers"])
    qtbot.waitUntil(lambda: seen.look(window) or "runner" in seen.fields())  # the tips follow the cards
    for view in window.tabs.views.values():
        window.tabs.setCurrentWidget(view)
        seen.look(window)
    devices: Any = window.tabs.views["Devices"]
    window.tabs.setCurrentWidget(devices)
    for device in session.devices.states:
        devices.select(device.id)
        seen.look(devices)
    devices.select(session.devices.states[0].id)
    qtbot.waitUntil(lambda: bool(devices.detail.facts.words()))
    seen.look(devices)


def say_everything(window: MainWindow, phones: ScriptedPhones, seen: Seen) -> None:
    """What is said for a while: failures, messages, progress, an import."""
    session = window.session
    session.failed.publish(InputError(foreign("sentence"), advice=foreign("advice")))
    session.progressed.publish(Progress(foreign("work"), 1, 3))
    seen.look()
    session.message.publish(foreign("message"))
    seen.look()
    phones.trouble(PhoneError(foreign("trouble"), advice=foreign("what to do")))
    found = ImportReport(
        format=foreign("import format"),
        operators=(foreign("import operators"),),
        normalisation={**IMPORTED.report.normalisation, "sentence": foreign("import sentence")},
        guessed=(foreign("import guessed"),),
        guess=0,
        guesses=({"number": 0, "words": foreign("import guess"), "right": 1},),
        notes=(foreign("import notes"),),
        calibration=foreign("import calibration"),
    )
    imported = Imported(foreign("import source"), session.networks.chosen, found)
    session.networks.imports[session.networks.chosen] = imported
    session.networks.imported.publish(imported)
    seen.look()
    phones.see()
    seen.look()


def open_dialogs(window: MainWindow, seen: Seen) -> None:
    """The boxes that quote something."""
    dialog = AddressDialog(CONNECT, window)
    dialog.open()
    dialog.show_failure(PhoneError(foreign("cannot connect"), advice=foreign("try")))
    seen.look(dialog)
    dialog.close()
    network: Any = window.tabs.views["Network"]
    network.remove_button.click()
    (box,) = window.findChildren(QMessageBox)
    seen.look(box)
    box.close()
    for button in window.findChildren(QToolButton):
        if button.menu() is not None:
            button.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))
            seen.look(button.menu())
            button.menu().close()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_nothing_that_others_wrote_is_obeyed(
    qtbot: QtBot, window: MainWindow, phones: ScriptedPhones, trap: Trap
) -> None:
    seen = Seen()
    show_everything(qtbot, window, seen)
    open_dialogs(window, seen)
    say_everything(window, phones, seen)

    assert seen.obeyed == set()
    assert trap.poll() is None
    assert FIELDS - seen.fields() == set(), "of which this test says nothing"
