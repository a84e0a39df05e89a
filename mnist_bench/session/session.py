"""The session: everything that is open, and the commands that change it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnist_bench.base.progress import Progress
from mnist_bench.devices.access import DeviceAccess
from mnist_bench.devices.devices import device_access
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.session.backend_state import BackendState, Question, remembered
from mnist_bench.session.choices import Choices
from mnist_bench.session.data import Data
from mnist_bench.session.devices import Devices
from mnist_bench.session.devices_work import DeviceReading, DevicesWork, Revival
from mnist_bench.session.engine_libraries import EngineLibraries
from mnist_bench.session.evaluating import Evaluations
from mnist_bench.session.exporting import Exporting
from mnist_bench.session.folder_rows import DISK_SECONDS
from mnist_bench.session.inbox import Inbox, Topic, Worker
from mnist_bench.session.jobs import Jobs
from mnist_bench.session.kept_drawings import Drawings
from mnist_bench.session.live import Live, MakeEngine
from mnist_bench.session.measuring import Measuring
from mnist_bench.session.networks import Networks, Quantizing
from mnist_bench.session.opening import Opening
from mnist_bench.session.pad import MAX_PEN, MIN_PEN, Pad, PadDigit
from mnist_bench.session.pad_content import DEFAULT_PEN
from mnist_bench.session.pictures import Pictures
from mnist_bench.session.results import Results
from mnist_bench.session.this_computer import ThisComputer

CLOSE_LIMIT_S = 1.5
_DEVICES_LIMIT_S = 0.25
_JOBS_LIMIT_S = 0.2


class Session:
    """Made before anything is started; `begin` starts what takes time.

    It belongs to the thread that drains `inbox`: commands are called there, and changes delivered there.

    Attributes:
        pad, pictures, opening, live, networks, devices, jobs, engines, data, exporting, quantizing, evaluations,
            measuring, results, drawings, choices: its parts, each with its commands and topics.
        reader: reads what is to be put on the pad; only the last that was asked for counts.
        background: does what would hold up the session's thread for a moment; `analyser` what may take longer.

    Topics:
        message: a sentence for the status bar.
        progressed: how far the long work is, or an import; None once nothing goes on.
        failed: the exception of something that failed.
        mended: what failed last has since been done: something was put on the pad, long work or a network is ready.
    """

    def __init__(
        self,
        inbox: Inbox | None = None,
        *,
        data: Path | None = None,
        make_engine: MakeEngine = InferenceEngine,
        access: Mapping[str, DeviceAccess] | None = None,
        choices: Path | None = None,
    ) -> None:
        self.inbox = inbox or Inbox()
        self.message: Topic[str] = Topic()
        self.progressed: Topic[Progress | None] = Topic()
        self.failed: Topic[Exception] = Topic()
        self.mended: Topic[None] = Topic()
        self._mends: Topic[Any] | None = None  # what tells that what failed last has been done
        self.reader = Worker(self.inbox, "reader")
        self.background = Worker(self.inbox, "background")
        self.analyser = Worker(self.inbox, "analyser")
        self._writer = Worker(self.inbox, "choices")
        self.choices = Choices(self._writer, choices)
        self.pad = Pad(self.inbox)
        self.pictures = Pictures(self.pad, self.reader)
        self.live = Live(self.inbox, make_engine)
        self.jobs = Jobs(self.inbox)
        self.engines = EngineLibraries(self.jobs, self.live)
        self.networks = Networks(self.live, Worker(self.inbox, "networks"), self.choices)
        self.devices = Devices(self.inbox, self.live, self.choices, device_access() if access is None else access)
        self.revival = Revival(self.inbox, self.live, self.devices)
        self.reading = DeviceReading(self.inbox, self.live, self.devices)
        self._this_computer = ThisComputer(self.background, self.live, self.devices)
        self.devices_work = DevicesWork(self.inbox, self.jobs, self.devices)
        self.opening = Opening(self.pad, self.networks, self.reader)
        self.data = Data(self.jobs, self.pad, self.reader, data)
        self.exporting = Exporting(self.jobs, self.live)
        self.quantizing = Quantizing(self.jobs, self.data, self.networks)
        self.results = Results(self.inbox)
        self.evaluations = Evaluations(self.live, self.jobs, self.data, self.networks, self.results)
        self.measuring = Measuring(self.live, self.jobs, self.networks, self.results, self.pad, make_engine)
        self.drawings = Drawings(self.inbox, self.pad, self.live, KeptDrawings())
        self._connect()
        self._restore()

    def begin(self) -> None:
        """Start what takes time: the network is read, engines are started, devices followed."""
        self.networks.begin()
        self.devices.begin()
        self._this_computer.begin()

    def close(self) -> None:
        """Keep what is on the pad, and end what was started.

        Engines have CLOSE_LIMIT_S to end before their runners are killed; long work has a moment: what still waits for
        a silent mirror goes with the program. What an evaluation has read by then is kept. Drawings and choices are
        written, however long a disk takes that answers.
        """
        self.drawings.finish()
        self.revival.close()
        self.networks.cancel()
        self.jobs.begin_close()
        self.reading.close(_DEVICES_LIMIT_S)
        self.devices_work.close(_DEVICES_LIMIT_S)
        self.devices.close(_DEVICES_LIMIT_S)
        self.live.close(CLOSE_LIMIT_S)
        self.jobs.close(_JOBS_LIMIT_S)  # an evaluation ends with its engines
        for worker in (self.reader, self.background, self.analyser, self.networks.worker):
            worker.close(_JOBS_LIMIT_S)
        self.drawings.rows.close()
        self.results.close()
        self._writer.close(DISK_SECONDS)
        self.inbox.close()

    def cancel(self) -> None:
        """End the long work that runs, an import, and the hundred runs."""
        self.jobs.cancel()
        self.networks.cancel()
        self.live.cancel()

    def _connect(self) -> None:
        self.pad.changed.subscribe(self._pad_changed)
        self.pad.put.subscribe(lambda _content: self.choices.put("pen width", self.pad.pen_width))
        self.live.chosen.subscribe(self._remember_backends)
        self.devices_work.changed.subscribe(lambda _device_id: self.reading.read_again(everything=True))
        for topic in (self.jobs.progressed, self.networks.importing):
            topic.subscribe(lambda _: self.progressed.publish(self.jobs.progress or self.networks.progress))
        for teller in (self.pad, self.jobs, self.networks, self.devices, self.devices_work):
            teller.message.subscribe(self.message.publish)
        for part in (
            self.pad,
            self.pictures,
            self.opening,
            self.jobs,
            self.networks,
            self.data,
            self.drawings.rows,
            self.results.rows,
            self.devices_work,
        ):
            part.failed.subscribe(self.failed.publish)
        self.failed.subscribe(lambda _error: self._wait_for(None))
        self._follow(self.pad.put, self.pad.failed, self.pictures.failed, self.opening.failed)
        self._follow(self.jobs.done, self.jobs.failed)
        self._follow(self.networks.used, self.networks.failed)

    def _follow(self, done: Topic[Any], *failures: Topic[Exception]) -> None:
        for failed in failures:
            failed.subscribe(lambda _error: self._wait_for(done))
        done.subscribe(lambda _: self._mend(done))

    def _wait_for(self, done: Topic[Any] | None) -> None:
        self._mends = done

    def _mend(self, done: Topic[Any]) -> None:
        if done is self._mends:
            self._mends = None
            self.mended.publish(None)

    def _restore(self) -> None:
        baseline = self.choices.text("baseline")
        self.live.choose(remembered(self.choices.texts("backends"), self.devices.titles))
        if self.live.find(baseline) is not None:
            self.live.set_baseline(baseline)
        self.pad.choose_pen(self.choices.number("pen width", DEFAULT_PEN, MIN_PEN, MAX_PEN))

    def _pad_changed(self, digit: PadDigit) -> None:
        self.live.ask(None if digit.pixels is None else Question(0, digit.pixels, digit.moved_at_ns))

    def _remember_backends(self, states: tuple[BackendState, ...]) -> None:
        self.choices.put("backends", tuple(state.id for state in states))
        self.choices.put("baseline", self.live.baseline_id)
