"""An engine on a thread of its own, over real processes that behave and misbehave."""

import time
from collections.abc import Callable, Iterator

import pytest
from mnist_bench.gui.cards.answers import Answer, CardState
from mnist_bench.gui.live.engine_worker import EngineWorker
from mnist_bench.gui.live.question import Question
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.errors import RunnerDied
from tests.backends import QNNPACK_INT8, TORCH_FP32
from tests.gui.hearing import heard
from tests.gui.odd_engines import OddEngines, digits_to_read, image_of, without_quantization
from tests.networks import tiny_network

MakeWorker = Callable[..., EngineWorker]


@pytest.fixture
def make_worker(qtbot: QtBot) -> Iterator[MakeWorker]:
    workers: list[EngineWorker] = []

    def make(*odd: str, engines: OddEngines | None = None, backend: Backend = TORCH_FP32) -> EngineWorker:
        worker = EngineWorker((engines or OddEngines(torch_fp32=odd))(backend))
        workers.append(worker)
        return worker

    yield make
    for worker in workers:
        worker.begin_close()
    assert all([worker.wait(2.0) for worker in workers])  # noqa: C419 - each is to be waited for


def question(number: int, digit: int) -> Question:
    return Question(number, image_of(digit), time.perf_counter_ns())


def ready(qtbot: QtBot, worker: EngineWorker) -> EngineWorker:
    with qtbot.waitSignal(heard(worker.loaded), timeout=10_000):
        worker.load(tiny_network())
    return worker


def test_it_starts_loads_and_answers(qtbot: QtBot, make_worker: MakeWorker) -> None:
    worker = ready(qtbot, make_worker())
    with qtbot.waitSignal(heard(worker.answered)) as answered:
        worker.ask(question(5, 7))
    assert answered.args is not None
    answer: Answer = answered.args[0]
    assert (answer.image, answer.digit) == (5, 7)
    assert 0 < answer.compute_ns < answer.round_trip_ns
    assert answer.probability == pytest.approx(0.997, abs=0.001)


def test_of_many_drawings_the_newest_is_answered_and_the_overtaken_are_not(
    qtbot: QtBot, make_worker: MakeWorker
) -> None:
    worker = ready(qtbot, make_worker("--slow-ms", "30"))
    answers: list[Answer] = []
    worker.answered.connect(answers.append)
    for number in range(50):
        worker.ask(question(number, number % 10))
    qtbot.waitUntil(lambda: bool(answers) and answers[-1].image == 49)
    assert len(answers) <= 3
    assert answers[-1].digit == 9


def test_what_was_asked_before_it_was_ready_is_answered_then(qtbot: QtBot, make_worker: MakeWorker) -> None:
    worker = make_worker()
    worker.ask(question(1, 3))
    with qtbot.waitSignal(heard(worker.answered), timeout=10_000):
        worker.load(tiny_network())


def test_a_hundred_runs(qtbot: QtBot, make_worker: MakeWorker) -> None:
    worker = ready(qtbot, make_worker())
    with qtbot.waitSignal(heard(worker.repeated)) as repeated:
        worker.repeat(question(4, 1))
    assert repeated.args is not None
    assert repeated.args[0].image == 4
    assert repeated.args[0].median_ns > 0


def test_a_backend_that_cannot_run_says_why_and_can_be_tried_again(qtbot: QtBot, make_worker: MakeWorker) -> None:
    engines = OddEngines(torch_fp32=("--unavailable",))
    worker = make_worker(engines=engines)
    with qtbot.waitSignal(heard(worker.failed), timeout=10_000) as failed:
        worker.load(tiny_network())
    assert failed.args is not None
    assert isinstance(failed.args[0], RunnerUnavailable)
    assert "too odd" in str(failed.args[0])
    engines.odd.clear()
    with qtbot.waitSignal(heard(worker.loaded), timeout=10_000):
        worker.restart()


def test_a_runner_that_dies_is_told_with_its_last_words(qtbot: QtBot, make_worker: MakeWorker) -> None:
    worker = ready(qtbot, make_worker("--die-at-once"))
    with qtbot.waitSignal(heard(worker.failed)) as failed:
        worker.ask(question(1, 1))
    assert failed.args is not None
    assert isinstance(failed.args[0], RunnerDied)
    assert "out of odd luck" in str(failed.args[0])


def test_an_int8_backend_needs_a_quantized_network_and_does_not_start_for_another(
    qtbot: QtBot, make_worker: MakeWorker
) -> None:
    worker = make_worker(backend=QNNPACK_INT8)
    with qtbot.waitSignal(heard(worker.failed)) as failed:
        worker.load(without_quantization(tiny_network()))
    assert failed.args is not None
    assert isinstance(failed.args[0], InputError)
    with qtbot.waitSignal(heard(worker.loaded), timeout=10_000):
        worker.load(tiny_network())


def test_drawings_are_answered_during_an_evaluation(qtbot: QtBot, make_worker: MakeWorker) -> None:
    worker = ready(qtbot, make_worker("--slow-ms", "5"))
    with qtbot.waitSignal(heard(worker.evaluation_moved)):
        worker.evaluate(digits_to_read(10_000))
    with qtbot.waitSignal(heard(worker.answered)) as answered:
        worker.ask(question(1, 4))
    assert answered.args is not None
    assert answered.args[0].digit == 4
    with qtbot.waitSignal(heard(worker.evaluation_ended)) as ended:
        worker.cancel_evaluation()
    assert ended.args is not None
    assert isinstance(ended.args[0], Cancelled), "the drawing was answered before the end"


def test_cancelling_an_evaluation_is_quick(qtbot: QtBot, make_worker: MakeWorker) -> None:
    worker = ready(qtbot, make_worker("--slow-ms", "5"))
    with qtbot.waitSignal(heard(worker.evaluation_moved)):
        worker.evaluate(digits_to_read(10_000))
    with qtbot.waitSignal(heard(worker.evaluation_ended), timeout=200) as ended:
        worker.cancel_evaluation()
    assert ended.args is not None
    assert isinstance(ended.args[0], Cancelled)


def test_a_hundred_runs_that_wait_for_their_turn_are_forgotten_and_nothing_else_is_cancelled(
    qtbot: QtBot, make_worker: MakeWorker
) -> None:
    worker = ready(qtbot, make_worker("--slow-ms", "5"))
    repeated: list[object] = []
    worker.repeated.connect(repeated.append)
    with qtbot.waitSignal(heard(worker.evaluation_moved)):
        worker.evaluate(digits_to_read(2_000))
    worker.repeat(question(1, 1))
    with qtbot.waitSignal(heard(worker.evaluation_ended)) as ended:
        worker.cancel_repeat()
    assert ended.args is not None
    assert isinstance(ended.args[0], AccuracyResult)
    with qtbot.waitSignal(heard(worker.answered)):
        worker.ask(question(2, 2))
    assert repeated == []


def test_a_hanging_runner_is_broken_off_and_started_again(qtbot: QtBot, make_worker: MakeWorker) -> None:
    engines = OddEngines(torch_fp32=("--hang",))
    worker = ready(qtbot, make_worker(engines=engines))
    states: list[CardState] = []
    worker.state_changed.connect(states.append)
    worker.repeat(question(1, 1))
    qtbot.waitUntil(lambda: CardState.RUNNING in states)
    engines.odd.clear()
    with qtbot.waitSignal(heard(worker.loaded), timeout=10_000):
        worker.cancel_repeat()
    qtbot.waitUntil(lambda: states[-1] is CardState.READY)


@pytest.mark.parametrize("odd", ["--hang-at-start", "--hang"])
def test_closing_ends_a_runner_that_hangs(qtbot: QtBot, make_worker: MakeWorker, odd: str) -> None:
    worker = make_worker(odd)
    with qtbot.waitSignal(heard(worker.state_changed if odd == "--hang-at-start" else worker.loaded), timeout=10_000):
        worker.load(tiny_network())
    worker.ask(question(1, 1))
    began = time.monotonic()
    worker.begin_close()
    assert worker.wait(2.0)
    assert time.monotonic() - began < 1.5


def test_an_evaluation_that_a_closed_worker_is_asked_for_ends_at_once(qtbot: QtBot, make_worker: MakeWorker) -> None:
    worker = ready(qtbot, make_worker())
    worker.begin_close()
    with qtbot.waitSignal(heard(worker.evaluation_ended)):
        worker.evaluate(digits_to_read(10))
