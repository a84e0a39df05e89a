"""The Live chart: its chart and its exports."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from mnist_bench.gui.answers.live_chart import LiveChart
from mnist_bench.session.backend_state import Answer, BackendState
from mnist_bench.session.live_samples import MOST_KEPT, LiveSamples, log_histogram
from mnist_bench.session.session import Session
from tests.backends import NATIVE_INT8, QNNPACK_INT8, TORCH_FP32
from tests.gui.answering import Answers
from tests.gui.hearing import topic


def answer(image: int, compute_ns: int) -> Answer:
    return Answer(image, 7, np.zeros(10, np.float32), np.full(10, 0.1, np.float32), compute_ns, 2 * compute_ns)


BACKENDS = (TORCH_FP32, QNNPACK_INT8, NATIVE_INT8)
STATES = tuple(BackendState(backend, color) for color, backend in enumerate(BACKENDS))
A, B, C = (backend.id for backend in BACKENDS)


def some_samples(number: int = 20) -> LiveSamples:
    samples = LiveSamples()
    for image in range(number):
        samples.add(A, "Backend A", answer(image, 200_000 + image * 1000))
        samples.add(B, "Backend B", answer(image, 90_000))
    return samples


def chart_of(qtbot: QtBot, session: Session, samples: LiveSamples) -> LiveChart:
    session.live.samples = samples
    chart = LiveChart(session)
    qtbot.addWidget(chart)
    chart.resize(900, 220)
    chart.show_backends(STATES[:2])
    chart.begin()
    qtbot.waitUntil(lambda: chart.frame is not None, timeout=20_000)
    chart.show()
    chart.redraw()
    return chart


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
def test_the_chart_tells_the_medians(qtbot: QtBot, session: Session) -> None:
    chart = chart_of(qtbot, session, some_samples())
    qtbot.waitUntil(lambda: "median" in chart.accessibleDescription())
    assert chart.accessibleDescription() == "PyTorch fp32, median 210 µs; QNNPACK int8, median 90.0 µs"


def test_it_says_what_to_do_until_there_is_something_to_show(qtbot: QtBot, session: Session) -> None:
    samples = LiveSamples()
    chart = chart_of(qtbot, session, samples)
    assert not chart.export_action.isEnabled()
    samples.add(A, "Backend A", answer(1, 5_000))
    chart.redraw()
    assert chart.export_action.isEnabled()
    samples.forget_all()
    chart.redraw()
    assert not chart.export_action.isEnabled()


def test_every_sample_is_exported(qtbot: QtBot, session: Session, answers: Answers, tmp_path: Path) -> None:
    answers.path = tmp_path / "times.csv"
    chart = chart_of(qtbot, session, some_samples(2))
    with qtbot.waitSignal(topic(session.message)):
        chart.export_action.trigger()
    assert (tmp_path / "times.csv").read_text().splitlines() == [
        "backend,image,compute_us,round_trip_us",
        "Backend A,0,200.0,400.0",
        "Backend A,1,201.0,402.0",
        "Backend B,0,90.0,180.0",
        "Backend B,1,90.0,180.0",
    ]


def test_the_chart_is_exported_as_a_picture(qtbot: QtBot, session: Session, answers: Answers, tmp_path: Path) -> None:
    answers.path = tmp_path / "chart.png"
    chart = chart_of(qtbot, session, some_samples())
    with qtbot.waitSignal(topic(session.message)):
        chart.export_action.trigger()
    assert QImage(str(tmp_path / "chart.png")).width() == 640


def test_a_folder_that_cannot_be_written_is_told(
    qtbot: QtBot, session: Session, answers: Answers, tmp_path: Path
) -> None:
    answers.path = tmp_path / "no such folder" / "times.csv"
    chart = chart_of(qtbot, session, some_samples())
    with qtbot.waitSignal(topic(session.failed)):
        chart.export_action.trigger()


def test_a_backend_that_joined_later_is_drawn_at_the_images_that_it_saw(qtbot: QtBot, session: Session) -> None:
    samples = some_samples(20)
    for image in range(15, 20):
        samples.add(C, "Backend C", answer(image, 50_000))
    chart = chart_of(qtbot, session, samples)
    chart.show_backends(STATES)
    chart.redraw()
    assert chart.frame is not None
    plot = chart.frame.plots[0]
    assert plot.told_at(15, np.log10(50_000)) == "Native int8\nimage: 15\ncompute: 50.0 µs"
    assert plot.told_at(3, np.log10(50_000)) == ""
    assert plot.told_at(3, np.log10(203_000)) == "PyTorch fp32\nimage: 3\ncompute: 203 µs"


def test_the_newest_images_are_shown_whichever_backends_saw_them(qtbot: QtBot, session: Session) -> None:
    samples = some_samples(400)
    chart = chart_of(qtbot, session, samples)
    assert chart.frame is not None
    low, high = chart.frame.plots[0].getViewBox().viewRange()[0]
    assert (low, high) == (pytest.approx(250, abs=2), pytest.approx(399, abs=2))


def test_only_the_newest_samples_are_kept() -> None:
    samples = some_samples(MOST_KEPT + 5)
    assert len(samples.compute_ns(A)[1]) == MOST_KEPT
    assert samples.compute_ns(A)[1][-1] == 200_000 + (MOST_KEPT + 4) * 1000
    assert len(samples.compute_ns("unknown")[0]) == 0


def test_shares_of_a_distribution_sum_to_one_for_each_backend() -> None:
    edges, shares = log_histogram([np.array([10, 100, 1000]), np.array([5])])
    assert len(edges) == len(shares[0]) + 1
    assert [share.sum() for share in shares] == pytest.approx([1, 1])
