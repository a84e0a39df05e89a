"""Which network the backends run: a bundled one, a model file, an imported one, or a quantized copy of any."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from mnist_bench.base import locations
from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.base.files import check_answers, is_gone, make_folder, reason
from mnist_bench.base.progress import Progress
from mnist_bench.bench.quantizing import quantize_model
from mnist_bench.bench.stop import Stop
from mnist_bench.engines.models import Import, ImportReport, OpenedModel, open_own_model
from mnist_bench.network.bundled import DEFAULT_MODEL, bundled_names
from mnist_bench.network.model_file import SUFFIX, read_model_file, write_model_file
from mnist_bench.network.network import Network
from mnist_bench.network.wire import network_hash
from mnist_bench.session.choices import Choices
from mnist_bench.session.data import Data
from mnist_bench.session.inbox import Topic, Worker
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.live import Live

_MOST_REMEMBERED = 6
_MOST_BYTES_OF_NAME = 200  # systems take 255, with the ending


@dataclass(frozen=True, slots=True)
class Imported:
    """Another program's file that was imported.

    Attributes:
        source: that file.
        file: the model file that was made of it, in the person's folder of models.
        report: what was found.
    """

    source: str
    file: str
    report: ImportReport


class Networks:
    """The chosen model and the files that were opened lately. One that cannot be read leaves the one before.

    Attributes:
        chosen: the bundled name or the file of the network that is loaded; until then, what was chosen last time.
        files: model files that were opened lately, the newest first.
        kept: model files in the person's folder of models: imported and quantized ones.
        notes: those of the chosen model's file.
        imports: what was found in other programs' files since the window was opened, by the model file made of each.
        progress: an import that is going on; None while none is.
        worker: reads them.

    Topics:
        changed: `chosen`, when it, `files` or `kept` has changed, and when a model could not be read.
        importing: the name of another program's file that is being imported; empty when that is over.
        message: a sentence for the status bar.
        imported: what was found in another program's file, once its network is used.
        used: `chosen`, once its network is used; not the bundled one, which also stands in for one that is gone.
        failed: the exception of a model that cannot be read.
    """

    def __init__(self, live: Live, worker: Worker, choices: Choices) -> None:
        self.changed: Topic[str] = Topic()
        self.importing: Topic[str] = Topic()
        self.imported: Topic[Imported] = Topic()
        self.used: Topic[str] = Topic()
        self.message: Topic[str] = Topic()
        self.failed: Topic[Exception] = Topic()
        self.chosen = choices.text("model") or DEFAULT_MODEL
        self.files = choices.texts("model files")[:_MOST_REMEMBERED]
        self.kept: tuple[str, ...] = ()
        self.notes: Mapping[str, str] = {}
        self.imports: dict[str, Imported] = {}
        self.progress: Progress | None = None
        self._live = live
        self.worker = worker
        self._choices = choices
        self._import: Import | None = None
        self._asked = 0

    @property
    def bundled(self) -> tuple[str, ...]:
        """The bundled models."""
        return bundled_names()

    def begin(self) -> None:
        """Read the model that was chosen last time."""
        self.choose(self.chosen)

    def choose(self, model: str, normalise: str | None = None, guess: int | None = None) -> None:
        """Open a model: a bundled name, a model file, or another program's file, which is imported and kept.

        The last one that was asked for wins. `normalise` overrules what an imported network's input is scaled to, and
        `guess` which of the guesses that its file leaves is taken.
        """
        self.cancel()
        asked = self._asked
        before = next((file for file, one in self.imports.items() if one.source == model), "")
        self.worker.do_latest(
            lambda: self._open(model, normalise, guess, before, asked),
            self._opened,
            lambda error: self._cannot_read(model, error),
        )

    def cancel(self) -> None:
        """End an import that is going on, or was asked for."""
        self._asked += 1
        if (going := self._import) is not None:
            going.cancel()

    def rename(self, file: str, name: str) -> None:
        """Give a kept model another name, which its file gets too."""

        def work() -> str:
            model = read_model_file(Path(file))
            if not name.isprintable() or not name or Path(name).name != name:
                raise InputError(f"{name!r} isn't a valid file name.", advice="Give another name.")
            target = Path(file).with_name(f"{name}{SUFFIX}")
            if target.exists():
                raise InputError(f"There is a model named {name!r} already.", advice="Give another name.")
            write_model_file(target, replace(model.network, name=name), model.notes)
            Path(file).unlink(missing_ok=True)
            return str(target)

        def renamed(target: str) -> None:
            self.files = tuple(target if one == file else one for one in self.files)
            if file in self.imports:
                self.imports[target] = replace(self.imports.pop(file), file=target)
            if self.chosen == file:
                self.choose(target)
            else:
                self._list_kept()

        self.worker.do(work, renamed, self.failed.publish)

    def remove(self, file: str) -> None:
        """Delete a kept model; if it is the chosen one, the default one takes its place."""

        def work() -> None:
            try:
                Path(file).unlink(missing_ok=True)
            except OSError as error:
                raise InputError(f"{file} cannot be deleted: {reason(error)}.") from error

        def removed(_: None) -> None:
            self.files = tuple(one for one in self.files if one != file)
            self.imports.pop(file, None)
            self._choices.put("model files", self.files)
            if self.chosen == file:
                self.choose(DEFAULT_MODEL)
            else:
                self._list_kept()

        self.worker.do(work, removed, self.failed.publish)

    def share(self, file: str, target: Path) -> None:
        """Write a copy of a model file to `target`, under the model's own name."""

        def work() -> None:
            model = read_model_file(Path(file))
            write_model_file(target, model.network, model.notes)

        self.worker.do(work, lambda _: self.message.publish(f"Saved {target}."), self.failed.publish)

    def _open(self, model: str, normalise: str | None, guess: int | None, before: str, asked: int) -> "_Opened":
        """On the worker's thread; Cancelled if another model has been asked for since."""
        if model not in self.bundled:
            check_answers(Path(model))
        own = open_own_model(model)
        if own is not None:
            return _Opened(own, model, None, _kept_models())
        self._import = going = Import(Path(model), normalise, guess=guess)
        if asked != self._asked:  # asked for before there was anything to cancel
            raise Cancelled("Cancelled.")
        self.worker.post(lambda: self._show_import(Path(model).name))
        try:
            opened = going.run()
        finally:
            self._import = None
            self.worker.post(lambda: self._show_import(""))
        file = keep_model(opened, before)
        assert opened.report is not None  # noqa: S101 - an import has one
        return _Opened(opened, file, Imported(model, file, opened.report), _kept_models())

    def _show_import(self, name: str) -> None:
        self.progress = Progress(f"Importing {name} …") if name else None
        self.importing.publish(name)

    def _opened(self, opened: "_Opened") -> None:
        self.chosen = opened.file
        self.notes = opened.model.notes
        self.kept = opened.kept
        if opened.file not in (*self.bundled, *self.kept):
            self.files = (opened.file, *(file for file in self.files if file != opened.file))[:_MOST_REMEMBERED]
        self._choices.put("model", self.chosen)
        self._choices.put("model files", self.files)
        self._live.use_network(opened.model.network)
        if opened.imported is not None:
            self.imports[opened.file] = opened.imported
        self.changed.publish(self.chosen)
        if self.chosen != DEFAULT_MODEL:
            self.used.publish(self.chosen)
        if opened.imported is not None:
            self.imported.publish(opened.imported)

    def _list_kept(self) -> None:
        def listed(kept: tuple[str, ...]) -> None:
            self.kept = kept
            self.changed.publish(self.chosen)

        self.worker.do(_kept_models, listed, self.failed.publish)

    def _cannot_read(self, model: str, error: Exception) -> None:
        """Tell it, once it is known whether the file is there at all, which a disk may take long to say."""
        self.worker.do_latest(
            lambda: is_gone(Path(model)), lambda gone: self._give_up(model, error, gone), self.failed.publish
        )

    def _give_up(self, model: str, error: Exception, gone: bool) -> None:
        if isinstance(error, Cancelled):
            self.message.publish("Cancelled.")
        else:
            self.failed.publish(error)
        if gone:
            self.files = tuple(file for file in self.files if file != model)
        if self._live.network is None and model != DEFAULT_MODEL:
            self.choose(DEFAULT_MODEL)  # the one that was chosen last time is not there any more
        self.changed.publish(self.chosen)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A model that was opened, the name or file that stands for it, and the kept models there are now."""

    model: OpenedModel
    file: str
    imported: Imported | None
    kept: tuple[str, ...]


def models_folder() -> Path:
    """Where imported and quantized models are kept."""
    return locations.data_dir() / "models"


def keep_model(opened: OpenedModel, before: str = "") -> str:
    """Write an imported network to the person's folder of models, under its file's name with a number where another
    network has that. `before`, what was made of the same file, is replaced instead, and its name stays.

    Returns the file. InputError where the folder cannot be written.
    """
    folder, network = models_folder(), opened.network
    make_folder(folder)
    stem = Path(opened.title).stem.encode(errors="surrogateescape")[:_MOST_BYTES_OF_NAME].decode(errors="ignore")
    if before and (path := Path(before)).exists():
        network = replace(network, name=read_model_file(path).network.name)
    else:
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        paths = (folder / f"{name}{SUFFIX}" for name in names)
        path = next(path for path in paths if not path.exists() or _holds(path, network))
    write_model_file(path, network, opened.notes)
    return str(path)


def _holds(path: Path, network: Network) -> bool:
    try:
        return network_hash(read_model_file(path).network) == network_hash(network)
    except InputError:
        return False


def _kept_models() -> tuple[str, ...]:
    """The files in the person's folder of models, by name."""
    try:
        return tuple(map(str, sorted(models_folder().glob(f"*{SUFFIX}"))))
    except OSError:
        return ()


class Quantizing:
    """Makes int8 parameters for the chosen network, from MNIST's images."""

    def __init__(self, jobs: Jobs, data: Data, networks: Networks) -> None:
        self._jobs = jobs
        self._data = data
        self._networks = networks

    def quantize(self) -> None:
        """Write the network with int8 parameters to a new file among the person's own, and choose that.

        A cancel is over once the process has ended: another may begin then.
        """
        model = self._networks.chosen

        def begin(data: Path) -> None:
            work = partial(_quantize, model=model, data=data)
            self._jobs.run("Quantizing", work, self._networks.choose, keeps_results=True)

        self._data.with_mnist(begin)


def _quantize(task: Task, model: str, data: Path) -> str:
    stop = Stop()
    task.call_when_cancelled(stop.set)

    def moved(progress: Progress) -> None:
        task.report(progress.title or "Quantizing", progress.done, progress.total)

    return str(quantize_model(model, data, models_folder(), on_progress=moved, stop=stop))
