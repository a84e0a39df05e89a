"""The chart of live times: each backend's compute over the last images, and its distribution so far."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from mnist_bench.base import words
from mnist_bench.gui.kit.chart import Axis, Chart, Drawn, Entry, Panel, duration_axis, share_axis
from mnist_bench.gui.kit.palette import backend_style
from mnist_bench.session.backend_state import BackendState
from mnist_bench.session.live_samples import log_histogram
from mnist_bench.session.session import Session

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

_LAST_IMAGES: Final = 150
_FEWEST_IMAGES: Final = 10
_REST_MS: Final = 200
_LONGEST_MS: Final = 1500
_EMPTY: Final = "Draw a digit to see how long each backend takes and how its times are distributed."
_PANELS: Final = (
    Panel(
        "Compute time for the last pen movements, newest on the right",
        Axis("image", lambda number: words.count(round(number)), lambda number: words.count(round(number))),
        duration_axis("compute"),
        stretch=3,
    ),
    Panel("Distribution of the compute times so far", duration_axis("compute"), share_axis("share"), stretch=2),
)


class LiveChart(Chart):
    """Two plots, drawn when the pen rests and now and then before, so that they delay no card."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            _PANELS,
            self._draw_samples,
            session.live.samples.to_csv,
            title="Live compute times",
            file_name="live",
            empty=_EMPTY,
            rest_ms=_REST_MS,
            longest_ms=_LONGEST_MS,
        )
        self._samples = session.live.samples
        self._backends: tuple[BackendState, ...] = ()

    def show_backends(self, states: Sequence[BackendState]) -> None:
        """Shows these backends and no others."""
        self._backends = tuple(states)
        self.refresh()

    def _draw_samples(self, plots: Sequence["Plot"]) -> Drawn | None:
        shown = [(one, *self._samples.compute_ns(one.id)) for one in self._backends]
        shown = [entry for entry in shown if len(entry[1])]
        if not shown:
            return None
        over_time, spread = plots
        newest = max(int(images[-1]) for _, images, _ in shown)
        oldest = max(newest - _LAST_IMAGES + 1, min(int(images[0]) for _, images, _ in shown))
        ends: list[float] = []
        edges, shares = log_histogram([times for *_, times in shown])
        for (one, images, times), share in zip(shown, shares, strict=True):
            is_recent = images >= oldest
            recent, logs = images[is_recent], np.log10(np.maximum(times[is_recent], 1))
            style, title = backend_style(one.color), one.backend.title
            over_time.line(one.id, recent, logs, style, title=title)
            over_time.marks(("mark", one.id), recent, logs, style)
            spread.line(one.id, edges, share, style, is_steps=True, title=title)
            ends += [*logs[:1], *logs.tolist()]
        if ends:
            over_time.span(
                (oldest - 0.5, max(newest, oldest + _FEWEST_IMAGES) + 0.5), (min(ends) - 0.05, max(ends) + 0.05)
            )
        spread.span((edges[0], edges[-1]), (0, max(float(share.max()) for share in shares) * 1.05))
        return Drawn(tuple(Entry(backend_style(one.color), _words(one, times)) for one, _, times in shown))


def _words(one: BackendState, times: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> str:
    return f"{one.backend.title}, median {words.duration(float(np.median(times)))}"
