"""Installs the libraries of engines that are not part of this program."""

from functools import partial

from mnist_bench.base.locations import LIBRARY_RUNNER, runner_program
from mnist_bench.devices.libraries import Library
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.engines.libraries.install import Choice, choices, install
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.live import Live


class EngineLibraries:
    """Installs them for this computer, one at a time, as long work; a cancel leaves what was there."""

    def __init__(self, jobs: Jobs, live: Live) -> None:
        self._jobs = jobs
        self._live = live

    def missing(self) -> tuple[Choice, ...]:
        """Those that could be installed and would run here, and are not installed."""
        abi = this_abi()
        if abi is None:
            return ()
        has_program = runner_program(abi, LIBRARY_RUNNER).is_file()
        able = (choice for choice in choices(abi) if choice.engine.is_python or has_program)
        return tuple(choice for choice in able if choice.installed is None)

    def install(self, choice: Choice) -> None:
        """Fetch and install one; backends that lacked it are started then."""
        lacking = tuple(state.id for state in self._live.backends if state.backend.missing() is not None)
        work = partial(_install, choice=choice)
        self._jobs.run(f"Installing {choice.title}", work, lambda library: self._installed(choice, library, lacking))

    def _installed(self, choice: Choice, library: Library, lacking: tuple[str, ...]) -> None:
        for id_ in lacking:
            if (state := self._live.find(id_)) is not None and state.backend.missing() is None:
                self._live.restart(id_)
        self._jobs.message.publish(
            f"Installed {choice.title}, licence {library.licence}. Choose it in Backends; its notices are in "
            f"{library.folder}."
        )


def _install(task: Task, choice: Choice) -> Library:
    title = f"Installing {choice.title}, licence {choice.engine.licence}"
    return install(choice, lambda done, total: task.report(title, done, total))
