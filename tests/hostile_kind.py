"""An engine kind whose runners are hostile, for tests of everything that listens to a runner."""

from functools import partial

import pytest

from mnist_bench.devices.device import Launch
from mnist_bench.engines.engine import Deadlines
from mnist_bench.engines.kinds.kind import EngineKind, Mode, Options
from mnist_bench.engines.kinds.table import ENGINE_KINDS
from mnist_bench.network.network import Precision
from tests.hostile_runner import Case, as_json

BACKEND = "hostile-fp32"
DEADLINE_SECONDS = 0.6


class HostileKind:
    """Attributes:
    case: what its runners do from their next start on.
    """

    def __init__(self) -> None:
        self.case = Case("none", "", "", "0")

    def launch(self, _precision: Precision, _options: Options, _awake: bool) -> Launch:
        """How its runner is started."""
        return Launch("hostile runner", (as_json(self.case),), module="tests.hostile_runner")


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> HostileKind:
    """The kind, in the table, and engines that wait for no runner for long."""
    kind = HostileKind()
    monkeypatch.setitem(
        ENGINE_KINDS,
        "hostile",
        EngineKind(
            name="hostile",
            title="Hostile",
            precisions=(Precision.FP32,),
            modes=(Mode("", ""),),
            start_seconds=5.0,
            load_seconds=DEADLINE_SECONDS,
            launch=kind.launch,
            needs_python=True,
        ),
    )
    short = partial(Deadlines, answer=DEADLINE_SECONDS, per_run=0.0, close=0.3)
    monkeypatch.setattr("mnist_bench.engines.engine.Deadlines", short)
    return kind
