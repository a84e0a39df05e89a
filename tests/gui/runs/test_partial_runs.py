"""What the Runs tab says of a run that ended early on its own."""

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mnist_bench.bench.results.store import KeptResults
from mnist_bench.gui.runs.view import runs_table
from mnist_bench.session.results import Row
from mnist_bench.session.session import Session
from tests.comparisons import BACKENDS, make_comparison


def test_a_run_whose_device_vanished_half_way_is_partial(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    kept.prepare()
    gone = {"qnnpack-int8": "Pixel 7 is no longer connected."}
    for comparison in (make_comparison(BACKENDS[:2], failures=gone), make_comparison(BACKENDS[:2])):
        kept.add(comparison)
    table = runs_table(session, {})
    qtbot.addWidget(table)
    table.show_rows([Row(one.id, one.path, one) for one in kept.list().overviews])
    model = table.model()
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    cells = {str(model.index(row, titles.index("Complete")).data()) for row in range(model.rowCount())}
    assert cells == {"partial", "yes"}
