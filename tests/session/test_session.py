"""The whole session without a window: what is drawn is answered and kept, what was chosen is there the next time."""

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import Stroke
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.engines.backends import find_backend
from mnist_bench.session.session import Session
from tests.odd_engines import OddEngines, digits_to_read
from tests.sessions import MakeSession, until

STROKE: Stroke = ((40.0, 40.0), (200.0, 40.0), (120.0, 240.0))


def draw(session: Session) -> None:
    """Draw a stroke, and wait until every backend has answered it."""
    session.pad.draw(STROKE[:1])
    session.pad.draw(STROKE)
    session.pad.end_stroke(STROKE)
    session.inbox.drain()
    image = session.live.image
    until(session, lambda: all(s.answer is not None and s.answer.image == image for s in session.live.backends))


def test_a_drawing_is_answered_and_kept_with_the_answers_to_what_it_was_in_the_end(make_session: MakeSession) -> None:
    session = make_session()
    draw(session)
    session.pad.label(0)
    session.pad.clear()
    session.inbox.drain()
    assert [state.answer for state in session.live.backends] == [None, None]
    until(session, lambda: bool(session.drawings.rows.rows))
    (kept,) = session.drawings.rows.rows.values()
    assert (kept.label, KeptDrawings().drawing(kept.id).strokes) == (0, (STROKE,))
    assert {answer.backend for answer in kept.answers} == {"PyTorch fp32", "QNNPACK int8"}


def test_answers_are_kept_in_the_order_of_the_cards_whoever_was_first(make_session: MakeSession) -> None:
    session = make_session(OddEngines(torch_fp32=("--slow-ms", "200")))
    draw(session)
    session.pad.clear()
    until(session, lambda: bool(session.drawings.rows.rows))
    (kept,) = session.drawings.rows.rows.values()
    assert [answer.backend for answer in kept.answers] == ["PyTorch fp32", "QNNPACK int8"]


def test_answers_of_removed_backends_and_to_an_earlier_state_are_not_kept(make_session: MakeSession) -> None:
    engines = OddEngines()
    session = make_session(engines)
    draw(session)
    engines.odd["torch-fp32"] = ("--hang",)
    session.live.choose([find_backend("torch-fp32")])
    session.live.restart("torch-fp32")
    session.pad.end_stroke(((10.0, 10.0), (20.0, 20.0)))
    session.pad.clear()
    session.inbox.drain()
    until(session, lambda: bool(session.drawings.rows.rows))
    (kept,) = session.drawings.rows.rows.values()
    assert "QNNPACK int8" not in {answer.backend for answer in kept.answers}


def test_a_failure_is_mended_by_the_same_kind_of_action_alone(make_session: MakeSession) -> None:
    session = make_session()
    mended: list[None] = []
    session.mended.subscribe(mended.append)

    def fail() -> None:
        raise InputError("It cannot be read.")

    session.opening.failed.publish(InputError("It is no picture."))
    session.jobs.run("count", lambda _task: None)
    until(session, lambda: not session.jobs.is_busy)
    assert not mended
    session.pad.end_stroke(STROKE)
    assert len(mended) == 1
    session.jobs.run("count", lambda _task: fail())
    until(session, lambda: not session.jobs.is_busy)
    session.pad.clear()
    assert len(mended) == 1
    session.jobs.run("count", lambda _task: None)
    until(session, lambda: len(mended) == 2)
    session.opening.failed.publish(InputError("It is no picture."))
    session.failed.publish(InputError("It was not saved."))
    session.pad.end_stroke(STROKE)
    assert len(mended) == 2, "what is shown is about something else"


def test_what_was_chosen_is_there_the_next_time(make_session: MakeSession) -> None:
    session = make_session()
    session.live.choose([find_backend("native-int8"), find_backend("torch-fp32:torchscript")])
    session.live.set_baseline("native-int8")
    session.pad.choose_pen(31.0)
    session.inbox.drain()
    session.close()
    again = make_session(ready=False)
    assert [state.id for state in again.live.backends] == ["native-int8", "torch-fp32:torchscript"]
    assert again.live.baseline_id == "native-int8"
    assert again.pad.pen_width == 31.0


def test_closing_ends_what_runs_and_keeps_what_is_on_the_pad(make_session: MakeSession) -> None:
    session = make_session()
    draw(session)
    session.evaluations.evaluate(lambda _task: digits_to_read(10_000), "tiny")
    session.close()
    again = make_session(ready=False)
    again.drawings.read()
    until(again, lambda: again.drawings.rows.is_read)
    assert len(again.drawings.rows.rows) == 1
