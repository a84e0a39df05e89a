"""Pictures of the Latency and Runs tabs. The samples in them are made up, and say so; the cards above are real."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.results.result import Result
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.gui.latency.outcome import View
from mnist_bench.gui.window import MainWindow
from tests.comparisons import BACKENDS
from tools.report_pictures import made_up
from tools.studio import SIZES, Studio, show_tab, view


def latency(studio: Studio, number: int) -> None:
    """One, two or six backends; of six one fails, and there are warnings."""
    window = _window(studio, number)
    _show(studio, window, [_saved(number)])
    studio.shoot(window, f"latency-{number}-{{}}", SIZES[:1])
    window.close()


def warnings(studio: Studio) -> None:
    """The warnings and the distribution of six backends."""
    window = _window(studio, 6)
    _show(studio, window, [_saved(6)])
    for what in (View.WARNINGS, View.DISTRIBUTION):
        kind = view(window, "Latency").tab.view.kind
        kind.setCurrentIndex(kind.findData(what))
        studio.shoot(window, f"latency-{what.lower()}-{{}}", SIZES[:1])
    window.close()


def runs(studio: Studio) -> None:
    """Saved runs, a cancelled one among them, and two of them compared."""
    window = _window(studio, 2)
    saved = [_saved(number, day) for day, number in enumerate((1, 6, 2, 2), 1)]
    KeptResults().add(replace(saved[2].value, cancelled=True))
    show_tab(window, "Runs")
    studio.wait(lambda: view(window, "Runs").tab.table.model().rowCount() >= len(saved) + 1)
    view(window, "Runs").tab.table.selectRow(1)
    studio.shoot(window, "runs-{}", SIZES[:1])
    _show(studio, window, saved[2:])
    studio.shoot(window, "latency-compared-{}", SIZES[:1])
    window.close()


def _window(studio: Studio, number: int) -> MainWindow:
    window = studio.window(BACKENDS[:number])
    studio.draw(window, 3)
    return window


def _saved(number: int, day: int = 1) -> Result[Comparison]:
    comparison = made_up(number)
    conditions = replace(comparison.conditions, started=f"2026-01-{day:02}T12:00:00+00:00")
    return KeptResults().add(replace(comparison, conditions=conditions))


def _show(studio: Studio, window: MainWindow, files: Sequence[Result[Comparison]]) -> None:
    shown = view(window, "Latency").tab.view
    studio.wait(lambda: all(chart.frame for chart in shown.charts.values()))
    before = shown.outcome
    window.session.results.show(files)
    studio.wait(lambda: shown.outcome is not before)


LATENCY_SCENES: dict[str, Callable[[Studio], None]] = {
    **{
        f"latency-{number}": (lambda studio, number=number: latency(studio, number))  # type: ignore[misc]
        for number in (1, 2, 6)
    },
    "latency-warnings": warnings,
    "runs": runs,
}
