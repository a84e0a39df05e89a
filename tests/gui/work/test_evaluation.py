"""Evaluating in the window, over odd runners."""

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.live.controller import LiveController
from mnist_bench.gui.live.live_samples import LiveSamples
from mnist_bench.gui.live.place import Place
from mnist_bench.gui.live.question import Question
from mnist_bench.gui.work.evaluation import Evaluation, EvaluationRow
from mnist_bench.gui.work.long_work import LongWork
from mnist_bench.gui.work.task import wait_for_tasks
from PIL import Image
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import InputError
from mnist_bench.base.progress import Progress
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.samples import bundled_samples
from tests.backends import QNNPACK_INT8, TORCH_FP32
from tests.gui.hearing import heard
from tests.networks import tiny_network
from tests.odd_engines import OddEngines, digits_to_read, image_of


@pytest.fixture
def engines() -> OddEngines:
    return OddEngines(qnnpack_int8=("--off-by", "1", "--slow-ms", "20"))  # there is time to cancel


@pytest.fixture
def live(qtbot: QtBot, themed: QApplication, engines: OddEngines) -> Iterator[LiveController]:
    live = LiveController(LiveSamples(), engines)
    live.choose([TORCH_FP32, QNNPACK_INT8])
    live.use_network(tiny_network())
    qtbot.waitUntil(lambda: all(place.state is CardState.READY for place in live.places), timeout=20_000)
    yield live
    assert live.close(2.0)


@pytest.fixture
def work(qtbot: QtBot) -> LongWork:
    window = QWidget()
    qtbot.addWidget(window)
    return LongWork(window)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    digits = digits_to_read(2_000)
    path = tmp_path / "digits.npz"
    np.savez(path, images=digits.images, labels=digits.labels)
    return path


class Listener:
    """Remembers the rows of the evaluation that runs, as it tells of them."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.rows = evaluation.rows
        evaluation.row_changed.connect(self._changed)

    def _changed(self, index: int, row: EvaluationRow) -> None:
        self.rows[index] = row

    @property
    def accuracies(self) -> list[float | None]:
        return [None if row.result is None else row.result.accuracy for row in self.rows]

    @property
    def failures(self) -> list[str]:
        return [row.failure for row in self.rows]


def begin(work: LongWork, data: Path, live: LiveController) -> Listener:
    evaluation = work.evaluate(data, live.places, "tiny")
    assert evaluation is not None
    return Listener(evaluation)


def test_each_backend_gets_its_accuracy(qtbot: QtBot, work: LongWork, live: LiveController, data: Path) -> None:
    with qtbot.waitSignal(work.evaluating) as evaluating:
        heard_of = begin(work, data, live)
    assert evaluating.args is not None
    assert (evaluating.args[0].model, evaluating.args[1].name) == ("tiny", "digits.npz")
    qtbot.waitUntil(lambda: not work.is_busy)
    assert [row.title for row in heard_of.rows] == ["PyTorch fp32", "QNNPACK int8"]
    assert [(row.done, row.images) for row in heard_of.rows] == [(2_000, 2_000)] * 2
    assert heard_of.accuracies == [1.0, 0.0]
    assert heard_of.failures == ["", ""]


def test_progress_is_told_and_only_grows(qtbot: QtBot, work: LongWork, live: LiveController, data: Path) -> None:
    told: list[Progress] = []
    work.progressed.connect(told.append)
    begin(work, data, live)
    qtbot.waitUntil(lambda: not work.is_busy)
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert len(set(done)) > 5
    assert {progress.total for progress in told[1:]} <= {0, 4_000}


def test_cancel_keeps_what_is_known(
    qtbot: QtBot, work: LongWork, live: LiveController, data: Path, engines: OddEngines
) -> None:
    heard_of = begin(work, data, live)
    with qtbot.waitSignal(heard(live.places[1].worker.evaluation_moved)):
        pass
    with qtbot.waitSignal(work.busy_changed):
        work.cancel()
    assert heard_of.accuracies == [1.0, 0.0]
    assert heard_of.failures == ["", "cancelled"]
    second = heard_of.rows[1]
    assert second.result is not None
    assert 0 < second.result.images == second.done < second.images == 2_000
    qtbot.waitUntil(lambda: all(place.state is CardState.READY for place in live.places))


def test_ones_own_labelled_drawings_are_evaluated(qtbot: QtBot, work: LongWork, live: LiveController) -> None:
    kept = KeptDrawings()
    for sample in bundled_samples()[:3]:
        assert sample.drawing is not None
        kept.add(sample.drawing)
    evaluation = work.evaluate_drawings(live.places, "tiny")
    assert evaluation is not None
    heard_of = Listener(evaluation)
    qtbot.waitUntil(lambda: not work.is_busy)
    assert [row.done for row in heard_of.rows] == [3, 3]


def test_pictures_that_are_being_read_tell_how_far_they_are(
    qtbot: QtBot, work: LongWork, live: LiveController, tmp_path: Path
) -> None:
    for digit in (3, 5):
        (tmp_path / "pictures" / str(digit)).mkdir(parents=True)
        Image.fromarray(image_of(digit)).save(tmp_path / "pictures" / str(digit) / "a.png")
    told: list[Progress] = []
    work.progressed.connect(told.append)
    heard_of = begin(work, tmp_path / "pictures", live)
    qtbot.waitUntil(lambda: not work.is_busy)
    assert heard_of.accuracies == [1.0, 0.0]
    assert ("Reading the pictures", 2, 2) in [(one.title, one.done, one.total) for one in told]


def test_a_backend_that_is_taken_away_does_not_hold_up_the_others(
    qtbot: QtBot, work: LongWork, live: LiveController, data: Path
) -> None:
    heard_of = begin(work, data, live)
    live.choose([TORCH_FP32])
    qtbot.waitUntil(lambda: not work.is_busy)
    assert heard_of.accuracies[0] == 1.0
    assert heard_of.failures == ["", "cancelled"]


@pytest.mark.parametrize("engines", [OddEngines(torch_fp32=("--slow-ms", "30"))])
def test_a_backend_that_is_gone_before_its_turn_does_not_hold_up_the_end(
    qtbot: QtBot, work: LongWork, live: LiveController, data: Path
) -> None:
    first, second = live.places
    with qtbot.waitSignal(heard(first.worker.evaluation_moved)):
        heard_of = begin(work, data, live)
    with qtbot.waitSignal(second.destroyed):
        live.choose([TORCH_FP32])
        assert not second.can_answer
    assert work.is_busy
    qtbot.waitUntil(lambda: not work.is_busy, timeout=10_000)
    assert heard_of.accuracies[0] == 1.0
    assert heard_of.failures == ["", "cancelled"]


@pytest.mark.parametrize("engines", [OddEngines(torch_fp32=("--die-at-once",))])
def test_a_runner_that_dies_says_so_in_its_row(qtbot: QtBot, work: LongWork, live: LiveController, data: Path) -> None:
    heard_of = begin(work, data, live)
    qtbot.waitUntil(lambda: not work.is_busy)
    assert "out of odd luck" in heard_of.failures[0]
    assert heard_of.accuracies == [None, 1.0]
    assert live.places[0].state is CardState.FAILED


@pytest.mark.parametrize("engines", [OddEngines(torch_fp32=("--slow-ms", "30"), qnnpack_int8=("--die-at-once",))])
def test_a_runner_that_dies_before_its_turn_says_so_in_its_row(
    qtbot: QtBot, work: LongWork, live: LiveController, data: Path
) -> None:
    first, second = live.places
    with qtbot.waitSignal(heard(first.worker.evaluation_moved)):
        heard_of = begin(work, data, live)
    second.worker.ask(Question(1, image_of(1), 0))
    qtbot.waitUntil(lambda: second.state is CardState.FAILED)
    qtbot.waitUntil(lambda: not work.is_busy, timeout=10_000)
    assert heard_of.accuracies == [1.0, None]
    assert "out of odd luck" in heard_of.failures[1]


def test_a_backend_that_is_still_starting_is_evaluated_too(
    qtbot: QtBot, work: LongWork, live: LiveController, data: Path
) -> None:
    live.choose([TORCH_FP32])
    live.choose([TORCH_FP32, QNNPACK_INT8])
    qtbot.waitUntil(lambda: live.places[1].state is CardState.STARTING)
    heard_of = begin(work, data, live)
    qtbot.waitUntil(lambda: not work.is_busy, timeout=20_000)
    assert heard_of.failures == ["", ""]


def test_files_that_are_no_digits_are_refused_in_a_sentence(
    qtbot: QtBot, work: LongWork, live: LiveController, tmp_path: Path
) -> None:
    path = tmp_path / "no.npz"
    path.write_bytes(b"not an archive")
    with qtbot.waitSignal(work.failed) as failed:
        work.evaluate(path, live.places, "tiny")
    assert failed.args is not None
    assert isinstance(failed.args[0], InputError)
    assert not work.is_busy


def test_only_one_long_work_at_a_time(qtbot: QtBot, work: LongWork, live: LiveController, data: Path) -> None:
    begin(work, data, live)
    with qtbot.waitSignal(work.message):
        assert work.evaluate(data, live.places, "tiny") is None
    work.cancel()
    qtbot.waitUntil(lambda: not work.is_busy)


def test_where_mnist_is_missing_it_is_offered(qtbot: QtBot, work: LongWork, live: LiveController) -> None:
    asked: list[str] = []

    def chosen() -> tuple[list[Place], str]:
        asked.append("too early: others may be chosen when MNIST is here")
        return live.places, "tiny"

    work.evaluate_mnist(chosen)
    window = work.parent()
    assert window is not None
    box = window.findChild(QMessageBox)
    assert box is not None
    assert "Fetch" in box.informativeText()
    box.close()
    assert not work.is_busy
    assert not asked


def test_a_folder_that_was_named_wrongly_is_told_and_nothing_is_offered(
    qtbot: QtBot, work: LongWork, live: LiveController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_BENCH_DATA", "/there/is/none")
    with qtbot.waitSignal(work.failed) as failed:
        work.evaluate_mnist(lambda: (live.places, "tiny"))
    assert "There is no folder /there/is/none." in str(failed.args[0])
    with qtbot.waitSignal(work.failed):
        work.quantize("tiny")
    window = work.parent()
    assert window is not None
    assert window.findChild(QMessageBox) is None


def digits_in_memory() -> int:
    gc.collect()
    # By `type`: other things in memory answer a look at their class with a warning.
    return sum(type(thing) is LabelledDigits for thing in gc.get_objects())


def test_an_evaluation_that_is_over_lets_go_of_its_digits(
    qtbot: QtBot, work: LongWork, live: LiveController, data: Path
) -> None:
    before = digits_in_memory()
    heard_of = begin(work, data, live)
    qtbot.waitUntil(lambda: not work.is_busy and not work.children())
    assert digits_in_memory() == before
    assert heard_of.accuracies[0] == 1.0


def test_an_evaluation_that_is_cancelled_before_its_digits_are_read_stays_cancelled(
    qtbot: QtBot, work: LongWork, live: LiveController, data: Path
) -> None:
    heard_of = begin(work, data, live)
    work.cancel()
    assert not work.is_busy
    assert wait_for_tasks(5.0)
    qtbot.waitUntil(lambda: not work.children())
    assert heard_of.failures == ["cancelled", "cancelled"]
