"""Evaluations: each backend in turn while drawing goes on, kept when they are over, and shown again."""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_bench.base.errors import InputError
from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.results.format import load_result
from mnist_bench.bench.results.result import Kind
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import find_backend
from mnist_bench.session.backend_state import Question, Status
from mnist_bench.session.evaluating import EvaluationState
from mnist_bench.session.jobs import Task
from mnist_bench.session.session import Session
from tests.backends import QNNPACK_INT8, TORCH_FP32
from tests.networks import tiny_network
from tests.odd_engines import OddEngines, digits_to_read, image_of, without_quantization
from tests.session.conftest import state_of
from tests.sessions import LIMIT_S, MakeSession, heard, settle, until


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return saved(tmp_path / "digits.npz", digits_to_read(2_000))


def saved(path: Path, digits: LabelledDigits) -> Path:
    np.savez(path, images=digits.images, labels=digits.labels)
    return path


def odd() -> OddEngines:
    """The second backend reads every digit wrongly, and slowly: there is time to cancel."""
    return OddEngines(qnnpack_int8=("--off-by", "1", "--slow-ms", "20"))


def state_now(session: Session) -> EvaluationState:
    state = session.evaluations.state
    assert state is not None
    return state


def is_at(session: Session, row: int) -> Callable[[], bool]:
    """Whether this row's backend has read some digits."""
    return lambda: (state := session.evaluations.state) is not None and state.rows[row].done > 0


def finish(session: Session) -> EvaluationState:
    """Wait until what runs is over, and kept."""
    until(session, lambda: not session.jobs.is_busy)
    settle(session, session.results.rows)
    return state_now(session)


def accuracies(state: EvaluationState) -> list[float | None]:
    return [None if row.result is None else row.result.accuracy for row in state.rows]


def failures(state: EvaluationState) -> list[str]:
    return [row.failure for row in state.rows]


def show_kept(session: Session, *ids: str) -> None:
    session.results.load_ids(ids, session.results.show)
    settle(session, session.results.rows)


def test_each_backend_gets_its_accuracy(make_session: MakeSession, data: Path) -> None:
    session = make_session(odd())
    begun = heard(session.evaluations.begun)
    session.networks.chosen = "tiny"
    session.evaluations.evaluate_path(data)
    state = finish(session)
    assert [(one.model, one.digits.name) for one in begun] == [("tiny", "digits.npz")]
    assert [row.title for row in state.rows] == ["PyTorch fp32", "QNNPACK int8"]
    assert [(row.done, row.images) for row in state.rows] == [(2_000, 2_000)] * 2
    assert accuracies(state) == [1.0, 0.0]
    assert failures(state) == ["", ""]
    assert (state.baseline_id, state.is_running) == ("torch-fp32", False)


def test_progress_is_told_and_only_grows(make_session: MakeSession, data: Path) -> None:
    session = make_session(odd())
    told = heard(session.jobs.progressed)
    session.evaluations.evaluate_path(data)
    finish(session)
    assert told.pop() is None
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert len(set(done)) > 5
    assert {progress.total for progress in told} <= {0, 4_000}


def test_cancel_keeps_what_was_read(make_session: MakeSession, data: Path) -> None:
    session = make_session(odd())
    session.evaluations.evaluate_path(data)
    until(session, is_at(session, 1))
    session.cancel()
    state = finish(session)
    assert accuracies(state) == [1.0, 0.0]
    assert failures(state) == ["", "cancelled"]
    second = state.rows[1]
    assert second.result is not None
    assert 0 < second.result.images == second.done < second.images == 2_000
    until(session, lambda: all(one.status is Status.READY for one in session.live.backends))
    (row,) = session.results.rows.rows.values()
    assert row.overview is not None
    assert not row.overview.complete


def test_closing_keeps_what_was_read(make_session: MakeSession, data: Path) -> None:
    session = make_session(odd())
    session.evaluations.evaluate_path(data)
    until(session, is_at(session, 1))
    session.close()
    (kept,) = session.results.kept.list().overviews
    evaluation = load_result(kept.path).value
    assert isinstance(evaluation, Evaluation)
    assert not evaluation.complete
    assert evaluation.results[0].images == 2_000
    assert 0 < evaluation.results[1].images < 2_000


def test_a_cancel_before_the_digits_are_read_ends_it(make_session: MakeSession) -> None:
    session = make_session()
    begun, release, said = threading.Event(), threading.Event(), heard(session.message)

    def read(_task: Task) -> LabelledDigits:
        begun.set()
        assert release.wait(LIMIT_S)
        return digits_to_read(10)

    assert session.evaluations.evaluate(read, "tiny")
    assert begun.wait(LIMIT_S)
    session.cancel()
    release.set()
    until(session, lambda: not session.jobs.is_busy)
    assert said == ["Cancelled."]
    assert session.evaluations.state is None


def test_another_network_ends_an_evaluation_and_no_other_work(make_session: MakeSession) -> None:
    session = make_session(OddEngines(torch_fp32=("--slow-ms", "5")))
    assert session.evaluations.evaluate(lambda _task: digits_to_read(10_000), "tiny")
    until(session, lambda: session.evaluations.state is not None)
    session.live.use_network(without_quantization(tiny_network()))
    assert "cancelled" in failures(finish(session))
    finished: list[str] = []

    def other_work(task: Task) -> str:
        while not finished and time.monotonic() < end:
            task.check()
            session.inbox.post(lambda: finished.append("changed"))
        return "done"

    end = time.monotonic() + LIMIT_S
    came: list[str] = []
    session.jobs.run("Something else", other_work, came.append)
    session.live.use_network(tiny_network())
    until(session, lambda: came == ["done"])


def test_another_baseline_turns_the_comparison_round_also_while_it_runs(make_session: MakeSession, data: Path) -> None:
    session = make_session(odd())
    session.evaluations.evaluate_path(data)
    until(session, is_at(session, 0))
    session.live.set_baseline("qnnpack-int8")
    assert state_now(session).baseline_id == "qnnpack-int8"
    assert finish(session).baseline_id == "qnnpack-int8"
    changed = heard(session.evaluations.changed)
    session.live.choose([TORCH_FP32, QNNPACK_INT8, find_backend("native-fp32")])
    assert not changed
    session.live.set_baseline("native-fp32")
    assert not changed, "it was not evaluated"


def test_ones_own_labelled_drawings_are_evaluated(make_session: MakeSession) -> None:
    for sample in bundled_samples()[:3]:
        assert sample.drawing is not None
        KeptDrawings().add(sample.drawing)
    session = make_session()
    session.evaluations.evaluate_drawings()
    assert [row.done for row in finish(session).rows] == [3, 3]


def test_digits_that_lie_in_another_order_are_told_and_evaluated_so(make_session: MakeSession, tmp_path: Path) -> None:
    digits = digits_to_read(40)
    turned = saved(tmp_path / "turned.npz", replace(digits, images=digits.images[:, ::-1, ::-1].copy()))
    session = make_session(OddEngines())
    session.evaluations.evaluate_path(turned)
    state = finish(session)
    assert accuracies(state) == [0.1, 0.1]
    assert state.other_order is not None
    assert state.other_order.sentence.startswith("These digits look rotated-180: read so, 40 of 40 are right")
    (kept,) = session.results.rows.rows
    show_kept(session, kept)
    assert state_now(session).other_order == state.other_order, "It is kept with the figures."
    session.evaluations.evaluate_in_other_order()
    state = finish(session)
    assert accuracies(state) == [1.0, 1.0]
    assert (state.digits.order, state.other_order) == ("rotated-180", None)


def test_what_is_left_out_is_told(make_session: MakeSession, tmp_path: Path) -> None:
    folder = tmp_path / "pictures" / "3"
    folder.mkdir(parents=True)
    Image.fromarray(image_of(3)).save(folder / "a.png")
    (folder / "b.png").write_bytes(b"\x89PNG")
    session = make_session(odd())
    session.evaluations.evaluate_path(tmp_path / "pictures")
    (note,) = finish(session).digits.notes
    assert note.startswith("1 of 2 pictures; 1 left out: 3/b.png")


def test_pictures_that_are_being_read_tell_how_far_they_are(make_session: MakeSession, tmp_path: Path) -> None:
    for digit in (3, 5):
        (tmp_path / "pictures" / str(digit)).mkdir(parents=True)
        Image.fromarray(image_of(digit)).save(tmp_path / "pictures" / str(digit) / "a.png")
    session = make_session(odd())
    told = heard(session.jobs.progressed)
    session.evaluations.evaluate_path(tmp_path / "pictures")
    assert accuracies(finish(session)) == [1.0, 0.0]
    assert ("Reading the pictures", 2, 2) in [(one.title, one.done, one.total) for one in told if one is not None]


def test_a_backend_that_is_taken_away_does_not_hold_up_the_others(make_session: MakeSession, data: Path) -> None:
    session = make_session(odd())
    session.evaluations.evaluate_path(data)
    session.live.choose([TORCH_FP32])
    state = finish(session)
    assert accuracies(state)[0] == 1.0
    assert failures(state) == ["", "cancelled"]


def test_a_backend_that_is_gone_before_its_turn_does_not_hold_up_the_end(make_session: MakeSession, data: Path) -> None:
    session = make_session(OddEngines(torch_fp32=("--slow-ms", "30")))
    session.evaluations.evaluate_path(data)
    until(session, is_at(session, 0))
    session.live.choose([TORCH_FP32])
    assert session.jobs.is_busy
    state = finish(session)
    assert accuracies(state)[0] == 1.0
    assert failures(state) == ["", "cancelled"]


def test_a_runner_that_dies_says_so_in_its_row(make_session: MakeSession, data: Path) -> None:
    session = make_session(OddEngines(torch_fp32=("--die-at-once",)))
    session.evaluations.evaluate_path(data)
    state = finish(session)
    assert "out of odd luck" in failures(state)[0]
    assert accuracies(state) == [None, 1.0]
    assert state_of(session.live, "torch-fp32").status is Status.FAILED


def test_a_runner_that_dies_before_its_turn_says_so_in_its_row(make_session: MakeSession, data: Path) -> None:
    session = make_session(OddEngines(torch_fp32=("--slow-ms", "30"), qnnpack_int8=("--die-at-once",)))
    session.evaluations.evaluate_path(data)
    until(session, is_at(session, 0))
    session.live.worker_of("qnnpack-int8").ask(Question(1, image_of(1), 0))
    until(session, lambda: state_of(session.live, "qnnpack-int8").status is Status.FAILED)
    state = finish(session)
    assert accuracies(state) == [1.0, None]
    assert "out of odd luck" in failures(state)[1]


def test_a_backend_that_is_removed_while_it_reads_is_cancelled(make_session: MakeSession) -> None:
    session = make_session(OddEngines(torch_fp32=("--slow-ms", "5")))
    session.evaluations.evaluate(lambda _task: digits_to_read(3_000), "tiny")
    until(session, is_at(session, 0))
    session.live.choose([find_backend("qnnpack-int8")])
    assert failures(finish(session)) == ["cancelled", ""]


def test_a_backend_that_is_still_starting_is_evaluated_too(make_session: MakeSession, data: Path) -> None:
    session = make_session()
    session.live.choose([TORCH_FP32])
    session.live.choose([TORCH_FP32, QNNPACK_INT8])
    assert state_of(session.live, "qnnpack-int8").status is not Status.READY
    session.evaluations.evaluate_path(data)
    assert failures(finish(session)) == ["", ""]


def test_files_that_are_no_digits_are_refused_in_a_sentence(make_session: MakeSession, tmp_path: Path) -> None:
    session = make_session()
    failed = heard(session.failed)
    (tmp_path / "no.npz").write_bytes(b"not an archive")
    session.evaluations.evaluate_path(tmp_path / "no.npz")
    until(session, lambda: not session.jobs.is_busy)
    (error,) = failed
    assert isinstance(error, InputError)


def test_it_begins_neither_beside_other_work_nor_without_a_backend(make_session: MakeSession, data: Path) -> None:
    session = make_session(odd())
    said = heard(session.message)
    session.evaluations.evaluate_path(data)
    assert not session.evaluations.evaluate(lambda _task: digits_to_read(10), "tiny")
    session.cancel()
    until(session, lambda: not session.jobs.is_busy)
    session.close()
    assert said[0] == "Something else is running."
    idle = make_session(ready=False)
    said = heard(idle.message)
    assert not idle.evaluations.evaluate(lambda _task: digits_to_read(10), "tiny")
    assert said == ["No backend is ready yet."]


def digits_in_memory() -> int:
    gc.collect()
    # By `type`: other things in memory answer a look at their class with a warning.
    return sum(type(thing) is LabelledDigits for thing in gc.get_objects())


def test_another_evaluation_lets_go_of_the_digits_of_the_one_before(make_session: MakeSession, data: Path) -> None:
    session = make_session()
    before = digits_in_memory()
    for _ in range(2):
        session.evaluations.evaluate_path(data)
        finish(session)
        assert digits_in_memory() == before + 1


# Kept.


def test_it_is_kept_when_it_is_over_and_can_be_shown_again(make_session: MakeSession, data: Path) -> None:
    session = make_session(odd())
    session.evaluations.evaluate_path(data)
    ended = finish(session)
    session.close()
    again = make_session(ready=False)
    again.results.read()
    settle(again, again.results.rows)
    (row,) = again.results.rows.rows.values()
    assert row.overview is not None
    assert (row.overview.kind, row.overview.titles) == (Kind.ACCURACY, ("PyTorch fp32", "QNNPACK int8"))
    assert (row.overview.figure, row.overview.samples) == (1.0, 2_000)
    show_kept(again, row.id)
    shown = state_now(again)
    assert [row.title for row in shown.rows] == [row.title for row in ended.rows]
    assert (accuracies(shown), failures(shown)) == (accuracies(ended), failures(ended))
    assert (shown.model, shown.baseline_id, shown.is_running) == (ended.model, ended.baseline_id, False)
    assert np.array_equal(shown.digits.images, ended.digits.images)


def test_one_in_which_nothing_was_read_is_not_kept(make_session: MakeSession, data: Path) -> None:
    session = make_session(OddEngines(torch_fp32=("--die-at-once",), qnnpack_int8=("--die-at-once",)))
    session.evaluations.evaluate_path(data)
    state = finish(session)
    assert accuracies(state) == [None, None]
    assert not session.results.rows.rows


def test_one_whose_digits_are_gone_or_others_says_so(make_session: MakeSession, data: Path) -> None:
    session = make_session()
    failed = heard(session.failed)
    session.evaluations.evaluate_path(data)
    ended = finish(session)
    (id_,) = session.results.rows.rows
    saved(data, digits_to_read(1_999))
    show_kept(session, id_)
    data.unlink()
    show_kept(session, id_)
    assert "now holds different digits" in str(failed[0])
    assert "digits.npz cannot be shown again: There is no" in str(failed[1])
    assert all(isinstance(error, InputError) for error in failed)
    assert session.evaluations.state is not None
    assert session.evaluations.state.rows == ended.rows


def test_several_of_the_same_digits_stand_side_by_side_with_one_baseline(make_session: MakeSession, data: Path) -> None:
    session = make_session(OddEngines(qnnpack_int8=("--off-by", "1")))
    for _ in range(2):
        session.evaluations.evaluate_path(data)
        finish(session)
    show_kept(session, *session.results.rows.rows)
    state = state_now(session)
    titles = ["#1 PyTorch fp32", "#1 QNNPACK int8", "#2 PyTorch fp32", "#2 QNNPACK int8"]
    assert [row.title for row in state.rows] == titles
    assert [row.color for row in state.rows[:2]] == [row.color for row in state.rows[2:]]
    assert [row.result is state.baseline for row in state.rows] == [True, False, False, False]


def test_evaluations_of_different_digits_are_not_compared(make_session: MakeSession, data: Path) -> None:
    session = make_session()
    failed = heard(session.failed)
    for number in (2_000, 1_000):
        session.evaluations.evaluate_path(saved(data, digits_to_read(number)))
        finish(session)
    show_kept(session, *session.results.rows.rows)
    (error,) = failed
    assert "of different digits" in str(error)


def test_a_kept_one_that_is_looked_at_while_another_runs_stays_until_that_is_over(
    make_session: MakeSession, data: Path
) -> None:
    session = make_session(odd())
    session.evaluations.evaluate(lambda _task: replace(digits_to_read(50), source=data), "tiny")
    finish(session)
    saved(data, digits_to_read(50))
    (id_,) = session.results.rows.rows
    session.evaluations.evaluate(lambda _task: digits_to_read(4_000), "tiny")
    until(session, lambda: len(state_now(session).digits) == 4_000)
    show_kept(session, id_)
    kept, changed = state_now(session), heard(session.evaluations.changed)
    assert len(kept.digits) == 50
    begun = heard(session.evaluations.begun)
    moved = heard(session.jobs.progressed)
    until(session, lambda: len(moved) > 2)
    assert state_now(session) is kept
    ended = finish(session)
    assert len(ended.digits) == 4_000
    assert ended in begun
    assert changed == []
