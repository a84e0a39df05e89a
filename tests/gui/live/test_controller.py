"""The pad, the backends and their cards together, over odd runners."""

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.cards.card_grid import CardGrid
from mnist_bench.gui.live.controller import LiveController
from mnist_bench.gui.live.live_samples import LiveSamples
from mnist_bench.gui.pad.digit_input import DigitInput
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.digits.drawing import Drawing
from mnist_bench.engines.backends import find_backend
from tests.backends import QNNPACK_INT8, TORCH_FP32
from tests.gui.hearing import heard
from tests.gui.odd_engines import OddEngines, image_of, without_quantization
from tests.networks import tiny_network

MakeLive = Callable[..., LiveController]


@pytest.fixture
def make_live(qtbot: QtBot, themed: QApplication) -> Iterator[MakeLive]:
    made: list[LiveController] = []
    grid = CardGrid()
    qtbot.addWidget(grid)

    def make(engines: OddEngines, *, ready: bool = True) -> LiveController:
        live = LiveController(LiveSamples(), engines)
        live.places_changed.connect(lambda: grid.show_cards([place.card for place in live.places]))
        made.append(live)
        live.choose([TORCH_FP32, QNNPACK_INT8])
        live.use_network(tiny_network())
        if ready:
            qtbot.waitUntil(lambda: all(place.state is CardState.READY for place in live.places), timeout=20_000)
        return live

    yield make
    for live in made:
        assert live.close(2.0)


def on_the_pad(digit: int | None, label: int | None = None) -> DigitInput:
    pixels = None if digit is None else image_of(digit)
    return DigitInput(None, pixels, label, time.perf_counter_ns())


def summary_of(qtbot: QtBot, live: LiveController, digit: DigitInput) -> str:
    """Puts it on the pad; what the backends say together once all have answered."""
    with qtbot.waitSignal(live.summary_changed, timeout=10_000) as changed:
        live.show_digit(digit)
    assert changed.args is not None
    return str(changed.args[0])


def test_every_backend_answers_what_is_drawn(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines())
    assert summary_of(qtbot, live, on_the_pad(7, label=7)) == "all agree on 7"
    first, second = (place.card for place in live.places)
    assert second.agreement_text() == "✓ agrees, bit-identical"
    assert first.agreement_text() == "baseline"
    assert first.answer_view.verdict() == second.answer_view.verdict() == "✓ right"


def test_a_backend_that_disagrees_says_with_what(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines(qnnpack_int8=("--off-by", "1")))
    assert summary_of(qtbot, live, on_the_pad(7)) == "they disagree: 7 (1), 8 (1)"
    assert live.places[1].card.agreement_text().startswith("≠ disagrees: baseline says 7, max logit difference 8.1")
    live.set_baseline("qnnpack-int8")
    assert live.places[0].card.agreement_text().startswith("≠ disagrees: baseline says 8, max logit difference 8.1")


def test_an_empty_pad_shows_no_prediction_even_if_an_answer_is_on_its_way(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines(torch_fp32=("--slow-ms", "100")))
    summary_of(qtbot, live, on_the_pad(7))
    with qtbot.waitSignal(heard(live.places[0].worker.answered)):
        with qtbot.waitSignal(live.places[1].answered):
            live.show_digit(on_the_pad(3))
        live.show_digit(on_the_pad(None))
    assert [place.card.bars.texts() for place in live.places] == [[""] * 10] * 2
    assert live.places[1].card.agreement_text() == ""


def test_a_backend_that_hangs_delays_nobody(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines(torch_fp32=("--hang-at-start",)), ready=False)
    qtbot.waitUntil(lambda: live.places[1].state is CardState.READY, timeout=10_000)
    assert summary_of(qtbot, live, on_the_pad(5)) == "it says 5"
    assert live.places[0].state is CardState.STARTING


def test_a_failed_backend_can_be_tried_again_and_then_answers_what_is_on_the_pad(
    qtbot: QtBot, make_live: MakeLive
) -> None:
    engines = OddEngines(torch_fp32=("--die-at-once",))
    live = make_live(engines)
    place = live.places[0]
    live.show_digit(on_the_pad(5))
    qtbot.waitUntil(lambda: place.state is CardState.FAILED, timeout=10_000)
    assert "out of odd luck" in place.card.message.text()
    engines.odd.clear()
    with qtbot.waitSignal(place.answered, timeout=10_000):
        place.card.message.retry_button.click()
    assert place.card.bars.texts()[5] == "99.7"


def test_another_network_clears_the_answers_of_the_one_before(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines())
    summary_of(qtbot, live, on_the_pad(5))
    live.use_network(without_quantization(tiny_network()))
    assert live.places[0].card.bars.texts() == [""] * 10
    qtbot.waitUntil(lambda: live.places[1].state is CardState.FAILED)
    assert live.places[1].card.message.quantize_button.isVisibleTo(live.places[1].card)
    qtbot.waitUntil(lambda: live.places[0].card.bars.texts()[5] == "99.7")


def test_a_hundred_runs_belong_to_their_image(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines())
    summary_of(qtbot, live, on_the_pad(5))
    card = live.places[0].card
    live.repeat_all()
    qtbot.waitUntil(lambda: card.times.repeated.line() != "")
    live.show_digit(on_the_pad(6))
    assert card.times.repeated.line() == ""


def test_cancel_breaks_off_a_hundred_runs_that_take_long(qtbot: QtBot, make_live: MakeLive) -> None:
    engines = OddEngines(torch_fp32=("--slow-ms", "1000"))
    live = make_live(engines)
    summary_of(qtbot, live, on_the_pad(5))
    place = live.places[0]
    live.repeat_all()
    qtbot.waitUntil(lambda: place.state is CardState.RUNNING)
    live.cancel()
    qtbot.waitUntil(lambda: place.state is CardState.READY, timeout=10_000)
    assert place.card.times.repeated.line() == ""


def test_backends_come_and_go_and_keep_their_cards_in_order(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines())
    summary_of(qtbot, live, on_the_pad(5))
    before = live.places[1]
    live.choose([QNNPACK_INT8, find_backend("torch-fp32:torchscript")])
    assert [place.backend.id for place in live.places] == ["qnnpack-int8", "torch-fp32:torchscript"]
    assert live.places[0] is before
    assert live.baseline_id == "qnnpack-int8"
    qtbot.waitUntil(lambda: live.places[1].card.agreement_text().startswith("✓ agrees"), timeout=10_000)


def test_what_was_drawn_is_finished_with_when_the_pad_is_cleared(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines())
    points = tuple((float(x), 5.0) for x in range(4))
    for length in (1, 4):
        drawing = Drawing(280.0, 280.0, 20.0, (points[:length],))
        summary_of(qtbot, live, DigitInput(drawing, image_of(2), None, time.perf_counter_ns()))
    live.show_label(2)
    with qtbot.waitSignal(live.finished) as finished:
        live.show_digit(on_the_pad(None))
    assert finished.args is not None
    done = finished.args[0]
    assert (done.drawing.strokes, done.label) == ((points,), 2)
    assert {title: answer.digit for title, answer in done.answers.items()} == {"PyTorch fp32": 2, "QNNPACK int8": 2}


def test_newest_answers_make_samples_for_the_chart(qtbot: QtBot, make_live: MakeLive) -> None:
    live = make_live(OddEngines())
    samples: list[int] = []
    live.shown.connect(lambda answer: samples.append(answer.compute_ns))
    summary_of(qtbot, live, on_the_pad(5))
    assert len(samples) == 2
    assert np.all(np.array(samples) > 0)
