"""Thousands of kept drawings: listed, searched and selected while the window stays live, in little memory."""

import os
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mnist_bench.digits.drawing import Drawing, drawing_to_object, json_bytes
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.gui.drawings.view import DrawingsView
from mnist_bench.session.session import Session
from tests.gui.heartbeat import BUSY_S, LIVE_S, Heartbeat
from tests.sessions import settle

MANY = 20_000 if int(os.environ.get("MNIST_BENCH_CASES", "0")) > 500 else 3_000
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def keep(count: int) -> KeptDrawings:
    kept = KeptDrawings()
    kept.folder.mkdir(parents=True)
    titles = ("PyTorch fp32", "QNNPACK int8", "Native fp32", "Native int8")
    for number in range(count):
        stroke = tuple((float((number * 7 + at * 13) % 280), float((number + at * 29) % 280)) for at in range(60))
        said = [{"backend": title, "digit": number % 10, "probability": 0.5} for title in titles]
        when = (START + timedelta(minutes=number)).isoformat()
        content = {**drawing_to_object(Drawing(280, 280, 20, (stroke,), number % 10)), "time": when, "answers": said}
        (kept.folder / f"drawing-{number:06}.json").write_bytes(json_bytes(content))
    return kept


def test_many_are_shown_searched_and_sorted_while_the_window_lives(qtbot: QtBot, session: Session) -> None:
    keep(MANY)
    tab = DrawingsView(session)
    qtbot.addWidget(tab)
    beat = Heartbeat(tab)
    tab.resize(900, 600)
    tab.show()
    beat.begin()
    qtbot.waitUntil(lambda: tab.count.text() == f"{MANY:,} drawings", timeout=60_000)
    qtbot.wait(30)
    acts: tuple[Callable[[], object], ...] = (
        lambda: None,
        lambda: tab.search.setText("native 7"),
        lambda: tab.search.setText(""),
        tab.table.scrollToBottom,
        session.drawings.read,
        lambda: session.drawings.label([tab.table.rows()[0].id], 3),
        lambda: tab.table.sortByColumn(2, Qt.SortOrder.AscendingOrder),
    )
    for act in acts:
        act()
        qtbot.wait(30)
        print(f"busiest {beat.busiest_s * 1e3:.0f} ms, longest {beat.longest_s * 1e3:.0f} ms")
        assert beat.busiest_s < BUSY_S
        assert beat.longest_s < LIVE_S
        beat.begin()
    settle(session, session.drawings.rows)


def test_a_list_of_them_takes_little_memory() -> None:
    folder = keep(500)
    tracemalloc.start()
    folder.list()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{most / 500:.0f} bytes each")
    assert most < 4_000 * 500
