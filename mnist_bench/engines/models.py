"""Opens a model by its name or file: a bundled one, one of our own, or another program's, which a child imports."""

import json
import logging
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.processes import end_of, is_stopped
from mnist_bench.base.trouble import MEMORY_ADVICE, tells_of_no_memory
from mnist_bench.base.words import seconds
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.this_computer import child_environment, python_command
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import EngineError, RunnerRefused
from mnist_bench.engines.watchdog import WATCHDOG, Watch
from mnist_bench.formats.errors import FormatError
from mnist_bench.network.bundled import bundled_names, model_path
from mnist_bench.network.model_file import MAX_BYTES, decode_model_file, is_model_file, read_model_file
from mnist_bench.network.network import Network

_log = logging.getLogger(__name__)

_OUR_NOTES = {"recipe", "normalisation", "calibration"}
"""Notes of model files that commands of this program wrote: their input is right."""
_SECONDS = 60.0  # an import takes one to five
_ENDING_SECONDS = 5.0
_MOST_HEADER = 1_000_000
_LAST_LINES, _LONGEST_LINE = 50, 2000  # of standard error


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was found in another program's file (`mnist-bench import --json` has the same).

    Attributes:
        format: the file's, in words.
        operators: of the network, in words.
        normalisation: what its input is scaled to: "name", "formula", "source", and how many digits it reads so.
        guessed: what had to be guessed, a sentence each; empty where the file holds its graph.
        guess: the number of the guess that was taken.
        guesses: what the network may be, the likeliest first: "number", "words", "right" (digits that it reads so);
            empty where the file holds its graph.
        notes: what was rewritten, left out or should be known, a sentence each.
        calibration: how its int8 form was made.
    """

    format: str
    operators: tuple[str, ...]
    normalisation: Mapping[str, Any]
    guessed: tuple[str, ...]
    guess: int
    guesses: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    calibration: str

    @property
    def normalisation_sentence(self) -> str:
        """What the input is scaled to, and how that is known."""
        return str(self.normalisation["sentence"])


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A network that was opened, what the person calls it, the notes of its model file, and of another program's file
    what was found there.
    """

    network: Network
    title: str
    notes: Mapping[str, str]
    report: ImportReport | None = None


def load_network(name_or_path: str | Path) -> Network:
    """The network of a bundled model, a model file, or another program's model file.

    Files of PyTorch, Keras, TFLite, ONNX and Core ML are imported in a process of their own, which takes a few seconds,
    and quantized on 200 bundled digits.

    Raises:
        InputError: there is no such model, or it cannot be read.
        FormatError: the file cannot be imported.
    """
    return open_model(name_or_path).network


def open_model(name_or_path: str | Path, normalise: str | None = None) -> OpenedModel:
    """As `load_network`, with what was found. `normalise` overrules what another program's file's input is scaled to.

    Raises:
        InputError, FormatError: as `load_network`.
        UsageError: `normalise` is not the name of a normalisation.
    """
    own = open_own_model(name_or_path)
    return Import(Path(name_or_path), normalise).run() if own is None else own


def open_own_model(name_or_path: str | Path) -> OpenedModel | None:
    """A bundled model or a model file; None for what has to be imported: another program's file, or a model file whose
    network was clearly trained on another input than pixel / 255. InputError as `load_network`.
    """
    path = model_path(name_or_path)
    if str(name_or_path) not in bundled_names() and not is_model_file(path):
        return None
    model = read_model_file(path)
    is_foreign = str(name_or_path) not in bundled_names() and not _OUR_NOTES & model.notes.keys()
    if is_foreign and model.network.has_operators:
        from mnist_bench.formats.own import wants_other_input  # a window with a bundled network needs none of it

        if wants_other_input(model.network):
            return None
    return OpenedModel(model.network, str(name_or_path), model.notes)


class Import:
    """Another program's model file, imported in a child process: `run` it once, `cancel` it from any thread.

    Args:
        path: the file.
        normalise: what the network's input is scaled to, instead of what is found.
        guess: the number of the guess to take, of those that a file without a graph leaves.
        named_class: "FILE.py:Net", the class that the file holds the weights of. That Python file is executed.

    Raises UsageError if `normalise` is not the name of a normalisation.
    """

    def __init__(
        self, path: Path, normalise: str | None = None, named_class: str | None = None, guess: int | None = None
    ) -> None:
        if normalise is not None:
            from mnist_bench.formats.normalisation import (
                parse_normalisation,  # a window that imports nothing needs none
            )

            parse_normalisation(normalise)
        self._path = path
        self._options: tuple[str, ...] = () if normalise is None else ("--normalise", normalise)
        self._options += () if guess is None else ("--guess", str(guess))
        self._named_class = named_class
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._engine: InferenceEngine | None = None
        self._is_cancelled = False

    def cancel(self) -> None:
        """End the process; `run` raises Cancelled."""
        with self._lock:
            self._is_cancelled = True
            if self._process is not None:
                self._process.kill()
            if self._engine is not None:
                self._engine.cancel()

    def run(self) -> OpenedModel:
        """Import the file.

        Raises:
            FormatError: it cannot be imported, in the child's own words; or the child crashed or took too long.
            Cancelled: `cancel` was called.
        """
        if self._named_class is None:
            return self._import(self._path)
        with tempfile.TemporaryDirectory(prefix="mnist-bench-") as folder:
            program = Path(folder) / f"{self._path.stem}.pt2"
            weights = str(self._path.absolute())
            self._ask("export_class", self._named_class, weights, str(program))
            return self._import(program)

    def _import(self, path: Path) -> OpenedModel:
        header, data = self._ask("import_model", str(path.absolute()), *self._options)
        model = decode_model_file(data)
        report = ImportReport(
            str(header["format"]),
            tuple(map(str, header["operators"])),
            header["normalisation"],
            tuple(map(str, header["guessed"])),
            int(header["guess"]),
            tuple(header["guesses"]),
            tuple(map(str, header["notes"])),
            str(header["calibration"]),
        )
        return self._tried(OpenedModel(model.network, str(self._path), model.notes, report))

    def _tried(self, model: OpenedModel) -> OpenedModel:
        """A file that could not be imported, and whose normalisation nobody says, is tried by its engine."""
        from mnist_bench.engines.trying import original_backend, try_normalisations  # no other import needs it

        report, network = model.report, model.network
        if report is None or network.has_operators or report.normalisation["source"] != "usual":
            return model
        if (backend := original_backend(network)) is None:
            return model
        with self._lock:
            if self._is_cancelled:
                raise Cancelled("Cancelled.")
            self._engine = InferenceEngine(backend)
        try:
            tried, found = try_normalisations(network, report.format, self._engine, lambda: self._is_cancelled)
        except RunnerRefused as error:
            why = f"{report.notes[0]} Nor can it run as it is: {error.message}"
            raise FormatError(f"The model file {self._path} cannot be used. {why}") from error
        except (EngineError, RunnerUnavailable):  # it may start the next time
            return model
        notes = {**model.notes, "normalisation": found.normalisation.formula}
        return OpenedModel(tried, model.title, notes, replace(report, normalisation=found.to_object()))

    def _ask(self, module: str, *arguments: str) -> tuple[dict[str, Any], bytes]:
        """The result of one of the modules that look into files: a line of JSON, and the bytes behind it."""
        with self._lock:
            if self._is_cancelled:
                raise Cancelled("Cancelled.")
            self._process = process = _start(python_command(f"mnist_bench.training.{module}", *arguments))
        with process:
            line, data, said, watch = _read_result(process)
        if self._is_cancelled:
            raise Cancelled("Cancelled.")
        header = _parse_header(line, len(data))
        refused = f"The model file {self._path} cannot be imported:"
        if header is None:
            _log.error("%s of %s ended with status %s and wrote:\n%s", module, self._path, process.returncode, said)
            why, advice = _why_no_answer(said, process.returncode, watch)
            raise FormatError(f"{refused} {why}", advice=advice)
        if "error" in header:
            raise FormatError(f"{refused} {header['error']}", advice=str(header.get("advice", "")))
        return header, data


def _start(command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _read_result(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes, str, Watch]:
    """What the child prints, as its first line and the rest, its last words, and what became of its deadline; it has
    ended then.
    """
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - PIPE was asked for
    errors = process.stderr
    words: deque[bytes] = deque(maxlen=_LAST_LINES)
    lines = iter(lambda: errors.readline(_LONGEST_LINE), b"")
    drain = threading.Thread(target=words.extend, args=(lines,), name="import-stderr", daemon=True)
    drain.start()
    watch = WATCHDOG.arm(_SECONDS, process.kill, lambda: is_stopped(process.pid))
    try:
        line = process.stdout.readline(_MOST_HEADER)
        data = process.stdout.read(MAX_BYTES + 1)
        process.wait(_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        WATCHDOG.disarm(watch)
        process.kill()
        process.wait()
        drain.join()
    return line, data, b"".join(words).decode(errors="replace"), watch


def _why_no_answer(said: str, status: int, watch: Watch) -> tuple[str, str]:
    """What became of a child that has said nothing that can be read, and what can be done."""
    if watch.was_seen:
        return "the process that read it was stopped by a signal (SIGSTOP), and was ended.", "Import it again."
    if watch.expired:
        return f"that took longer than {seconds(_SECONDS)}.", "Close other programs, and import it again."
    if tells_of_no_memory(said):
        return "there isn't enough memory.", MEMORY_ADVICE
    if status < 0:
        advice = "Import it again. If that doesn't help, check that the file is not damaged."
        return f"the process that read it {end_of(status)}.", advice
    return "the process that read it ended unexpectedly.", "Check that the file is not damaged."


def _parse_header(line: bytes, size: int) -> dict[str, Any] | None:
    """The first line as JSON; None if it is none, or `size` bytes behind it are not what it promises."""
    try:
        header = json.loads(line)
        return header if "error" in header or header["bytes"] == size else None
    except (ValueError, KeyError, TypeError):
        return None
