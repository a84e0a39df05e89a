"""The thread that runs one engine: newest first, cancelled quickly, ended for certain."""

import time
from collections.abc import Callable, Iterator

import pytest

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.errors import RunnerDied
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import RunnerInfo
from mnist_bench.session.backend_state import Answer, Question, Repeated, Status
from mnist_bench.session.engine_worker import EngineWorker, News
from mnist_bench.session.inbox import Inbox
from tests.networks import tiny_network
from tests.odd_engines import OddEngines, digits_to_read, image_of, without_quantization
from tests.session.conftest import Waiting


class Told:
    """What a worker has told."""

    def __init__(self) -> None:
        self.statuses: list[Status] = []
        self.infos: list[RunnerInfo] = []
        self.loads: list[LoadResult] = []
        self.answers: list[Answer] = []
        self.repeats: list[Repeated] = []
        self.percents: list[int] = []
        self.failures: list[Exception] = []
        self.is_over = False

    def hear(self, news: News) -> None:
        match news:
            case Status():
                self.statuses.append(news)
            case RunnerInfo():
                self.infos.append(news)
            case LoadResult():
                self.loads.append(news)
            case Answer():
                self.answers.append(news)
            case Repeated():
                self.repeats.append(news)
            case int():
                self.percents.append(news)
            case Exception():
                self.failures.append(news)
            case None:
                self.is_over = True


class Made:
    """A worker and what it has told."""

    def __init__(self, inbox: Inbox, engines: OddEngines, backend: str) -> None:
        self.told = Told()
        self.worker = EngineWorker(engines(find_backend(backend)), inbox, self.told.hear)


MakeWorker = Callable[..., Made]


@pytest.fixture
def make_worker(inbox: Inbox, wait: Waiting) -> Iterator[MakeWorker]:
    workers: list[Made] = []

    def make(*odd: str, engines: OddEngines | None = None, backend: str = "torch-fp32", ready: bool = True) -> Made:
        made = Made(inbox, engines or OddEngines(torch_fp32=odd), backend)
        workers.append(made)
        if ready:
            made.worker.load(tiny_network())
            wait.until(lambda: bool(made.told.loads))
        return made

    yield make
    for made in workers:
        made.worker.begin_close()
    assert all([made.worker.wait(2.0) for made in workers])  # noqa: C419 - each is to be waited for
    inbox.wait_until(lambda: all(made.told.is_over for made in workers), 2.0)
    assert all(made.told.is_over for made in workers)


def question(number: int, digit: int) -> Question:
    return Question(number, image_of(digit), time.perf_counter_ns())


def test_it_starts_loads_and_answers(make_worker: MakeWorker, wait: Waiting) -> None:
    made = make_worker()
    assert made.told.statuses == [Status.STARTING]
    assert len(made.told.infos) == 1
    made.worker.ask(question(5, 7))
    wait.until(lambda: bool(made.told.answers))
    answer = made.told.answers[0]
    assert (answer.image, answer.digit) == (5, 7)
    assert 0 < answer.compute_ns < answer.round_trip_ns
    assert answer.probability == pytest.approx(0.997, abs=0.001)


def test_of_many_drawings_the_newest_is_answered_and_the_overtaken_are_not(
    make_worker: MakeWorker, wait: Waiting
) -> None:
    made = make_worker("--slow-ms", "30")
    for number in range(50):
        made.worker.ask(question(number, number % 10))
    wait.until(lambda: bool(made.told.answers) and made.told.answers[-1].image == 49)
    assert len(made.told.answers) <= 3
    assert made.told.answers[-1].digit == 9


def test_what_was_asked_before_it_was_ready_is_answered_then(make_worker: MakeWorker, wait: Waiting) -> None:
    made = make_worker(ready=False)
    made.worker.ask(question(1, 3))
    made.worker.load(tiny_network())
    wait.until(lambda: bool(made.told.answers))


def test_a_hundred_runs(make_worker: MakeWorker, wait: Waiting) -> None:
    made = make_worker()
    made.worker.repeat(question(4, 1))
    wait.until(lambda: bool(made.told.repeats))
    assert made.told.repeats[0].image == 4
    assert made.told.repeats[0].median_ns > 0


def test_a_backend_that_cannot_run_says_why_and_can_be_tried_again(make_worker: MakeWorker, wait: Waiting) -> None:
    engines = OddEngines(torch_fp32=("--unavailable",))
    made = make_worker(engines=engines, ready=False)
    made.worker.load(tiny_network())
    wait.until(lambda: bool(made.told.failures))
    assert isinstance(made.told.failures[0], RunnerUnavailable)
    assert "too odd" in str(made.told.failures[0])
    engines.odd.clear()
    made.worker.restart()
    wait.until(lambda: bool(made.told.loads))


def test_a_runner_that_dies_is_told_with_its_last_words(make_worker: MakeWorker, wait: Waiting) -> None:
    made = make_worker("--die-at-once")
    made.worker.ask(question(1, 1))
    wait.until(lambda: bool(made.told.failures))
    assert isinstance(made.told.failures[0], RunnerDied)
    assert "out of odd luck" in str(made.told.failures[0])


def test_an_int8_backend_needs_a_quantized_network_and_does_not_start_for_another(
    make_worker: MakeWorker, wait: Waiting
) -> None:
    made = make_worker(backend="qnnpack-int8", ready=False)
    made.worker.load(without_quantization(tiny_network()))
    wait.until(lambda: bool(made.told.failures))
    assert isinstance(made.told.failures[0], InputError)
    assert made.told.infos == []
    made.worker.load(tiny_network())
    wait.until(lambda: bool(made.told.loads))


def test_drawings_are_answered_during_an_evaluation(make_worker: MakeWorker, wait: Waiting) -> None:
    made = make_worker("--slow-ms", "5")
    evaluating = made.worker.evaluate(digits_to_read(10_000), lambda _done, _total: None)
    wait.until(lambda: bool(made.told.percents))
    made.worker.ask(question(1, 4))
    wait.until(lambda: bool(made.told.answers))
    assert made.told.answers[0].digit == 4
    assert not evaluating.outcome.done(), "the drawing was answered before the end"
    evaluating.is_cancelled = True
    assert isinstance(evaluating.outcome.exception(10.0), Cancelled)
    assert evaluating.partial is not None
    assert 0 < evaluating.partial.images < 10_000


def test_an_evaluation_ends_with_its_result(make_worker: MakeWorker) -> None:
    made = make_worker()
    moved: list[tuple[int, int]] = []
    evaluating = made.worker.evaluate(digits_to_read(500), lambda done, total: moved.append((done, total)))
    assert evaluating.outcome.result(10.0).correct == 500
    assert moved[-1] == (500, 500)


def test_a_hundred_runs_that_wait_for_their_turn_are_forgotten_and_nothing_else_is_cancelled(
    make_worker: MakeWorker, wait: Waiting
) -> None:
    made = make_worker("--slow-ms", "5")
    evaluating = made.worker.evaluate(digits_to_read(2_000), lambda _done, _total: None)
    wait.until(lambda: bool(made.told.percents))
    made.worker.repeat(question(1, 1))
    made.worker.cancel_repeat()
    assert evaluating.outcome.result(10.0).images == 2_000
    made.worker.ask(question(2, 2))
    wait.until(lambda: bool(made.told.answers))
    assert made.told.repeats == []


def test_a_hanging_runner_is_broken_off_and_started_again(make_worker: MakeWorker, wait: Waiting) -> None:
    engines = OddEngines(torch_fp32=("--hang",))
    made = make_worker(engines=engines)
    made.worker.repeat(question(1, 1))
    wait.until(lambda: Status.RUNNING in made.told.statuses)
    engines.odd.clear()
    made.worker.cancel_repeat()
    wait.until(lambda: len(made.told.loads) == 2)


@pytest.mark.parametrize("odd", ["--hang-at-start", "--hang"])
def test_closing_ends_a_runner_that_hangs(make_worker: MakeWorker, wait: Waiting, odd: str) -> None:
    made = make_worker(odd, ready=odd == "--hang")
    made.worker.load(tiny_network())
    wait.until(lambda: bool(made.told.statuses))
    made.worker.ask(question(1, 1))
    began = time.monotonic()
    made.worker.begin_close()
    assert made.worker.wait(2.0)
    assert time.monotonic() - began < 1.5


def test_an_evaluation_that_a_closed_worker_is_asked_for_ends_at_once(make_worker: MakeWorker) -> None:
    made = make_worker()
    made.worker.begin_close()
    evaluating = made.worker.evaluate(digits_to_read(10), lambda _done, _total: None)
    assert isinstance(evaluating.outcome.exception(0.0), Cancelled)


def test_an_evaluation_that_waits_when_the_worker_is_closed_ends_too(make_worker: MakeWorker, wait: Waiting) -> None:
    made = make_worker("--slow-ms", "50")
    made.worker.repeat(question(1, 1))
    wait.until(lambda: Status.RUNNING in made.told.statuses)
    evaluating = made.worker.evaluate(digits_to_read(10), lambda _done, _total: None)
    made.worker.begin_close()
    assert isinstance(evaluating.outcome.exception(10.0), Cancelled)
