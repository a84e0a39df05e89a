"""The Live tab: its chart and its exports."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.gui.cards.answers import Answer
from mnist_bench.gui.kit.palette import backend_style
from mnist_bench.gui.live.live_samples import MOST_KEPT, LiveSamples, Series, log_histogram
from mnist_bench.gui.live.live_tab import LiveTab


def answer(image: int, compute_ns: int) -> Answer:
    return Answer(image, 7, np.zeros(10, np.float32), np.full(10, 0.1, np.float32), compute_ns, 2 * compute_ns)


def some_samples(number: int = 20) -> LiveSamples:
    samples = LiveSamples()
    for image in range(number):
        samples.add("a", "Backend A", answer(image, 200_000 + image * 1000))
        samples.add("b", "Backend B", answer(image, 90_000))
    return samples


def tab_with(qtbot: QtBot, samples: LiveSamples, chosen: str = "") -> LiveTab:
    tab = LiveTab(samples, choose_file=lambda *_: chosen)
    qtbot.addWidget(tab)
    tab.resize(900, 220)
    tab.show_series([Series("a", "Backend A", backend_style(0)), Series("b", "Backend B", backend_style(1))])
    tab.begin()
    qtbot.waitUntil(lambda: tab.chart is not None, timeout=20_000)
    tab.show()
    return tab


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
def test_the_chart_tells_the_medians(qtbot: QtBot, themed: QApplication) -> None:
    tab = tab_with(qtbot, some_samples())
    chart = tab.chart
    assert chart is not None
    qtbot.waitUntil(lambda: "median" in chart.accessibleDescription())
    assert chart.accessibleDescription() == "Backend A, median 210 µs; Backend B, median 90.0 µs"


def test_it_says_what_to_do_until_there_is_something_to_show(qtbot: QtBot, themed: QApplication) -> None:
    samples = LiveSamples()
    tab = tab_with(qtbot, samples)
    assert not tab.csv_action.isEnabled()
    samples.add("a", "Backend A", answer(1, 5_000))
    tab.samples_changed()
    assert tab.csv_action.isEnabled()
    samples.forget_all()
    tab.samples_changed()
    assert not tab.picture_action.isEnabled()


def test_every_sample_is_exported(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    tab = tab_with(qtbot, some_samples(2), str(tmp_path / "times"))
    with qtbot.waitSignal(tab.message):
        tab.csv_action.trigger()
    assert (tmp_path / "times.csv").read_text().splitlines() == [
        "backend,image,compute_us,round_trip_us",
        "Backend A,0,200.0,400.0",
        "Backend A,1,201.0,402.0",
        "Backend B,0,90.0,180.0",
        "Backend B,1,90.0,180.0",
    ]


def test_the_chart_is_exported_as_a_picture(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    tab = tab_with(qtbot, some_samples(), str(tmp_path / "chart.png"))
    with qtbot.waitSignal(tab.message):
        tab.picture_action.trigger()
    assert QImage(str(tmp_path / "chart.png")).width() > 800


def test_a_folder_that_cannot_be_written_is_told(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    tab = tab_with(qtbot, some_samples(), str(tmp_path / "no such folder" / "times.csv"))
    with qtbot.waitSignal(tab.failed):
        tab.csv_action.trigger()


def test_only_the_newest_samples_are_kept() -> None:
    samples = some_samples(MOST_KEPT + 5)
    assert len(samples.compute_ns("a")) == MOST_KEPT
    assert samples.compute_ns("a")[-1] == 200_000 + (MOST_KEPT + 4) * 1000
    assert len(samples.compute_ns("unknown")) == 0


def test_shares_of_a_distribution_sum_to_one_for_each_backend() -> None:
    edges, shares = log_histogram([np.array([10, 100, 1000]), np.array([5])])
    assert len(edges) == len(shares[0]) + 1
    assert [share.sum() for share in shares] == pytest.approx([1, 1])
