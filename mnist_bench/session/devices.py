"""The devices: this computer and the others, their states, and what runs on them."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.devices.access import About, DeviceAccess, Follower, Readiness, SeenDevice
from mnist_bench.devices.this_computer import THIS_COMPUTER
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import backends_on
from mnist_bench.network.network import ON_STREAM
from mnist_bench.session.backend_state import BackendState
from mnist_bench.session.choices import Choices
from mnist_bench.session.failure import Failure, describe
from mnist_bench.session.inbox import Inbox, Topic
from mnist_bench.session.live import Live

_END_OF_SERIAL = 4
_MOST_TITLES = 100  # of devices that were seen some time; what lists them may make up any number
_HERE = SeenDevice(THIS_COMPUTER, Readiness.READY, "ready", can_deploy=False)


@dataclass(frozen=True, slots=True, eq=False)
class DeviceState:
    """One device.

    Attributes:
        title: its name, unlike every other device's.
        backends: those that it may be able to run, pinned to the core that was chosen.
        chosen: the ids of those that are chosen.
        about: what it has told of itself; None before that was read.
        problem: why it could not be read last time; empty where it could.
    """

    seen: SeenDevice
    title: str
    backends: tuple[Backend, ...] = ()
    chosen: frozenset[str] = field(default_factory=frozenset)
    about: About | None = None
    problem: str = ""

    @property
    def id(self) -> str:
        """The device's id."""
        return self.seen.id

    @property
    def core(self) -> int | None:
        """The core that its runners are pinned to; None: any."""
        return next((backend.core for backend in self.backends if backend.can_pin), None)


class Devices:
    """Follows the devices of every kind, and keeps their names.

    Attributes:
        here: this computer.
        states: the others: those that are there, then those that are gone but have a chosen backend.
        trouble: why devices of some kind cannot be seen; None while they can.
        titles: the devices' own names by id, for those that do not tell theirs now.

    Topics:
        changed: `states`, when one of them, or `here`, has changed.
        troubled: `trouble`, when it has changed.
        message: a sentence for the status bar.
    """

    def __init__(self, inbox: Inbox, live: Live, choices: Choices, access: Mapping[str, DeviceAccess]) -> None:
        self.states: tuple[DeviceState, ...] = ()
        self.trouble: Failure | None = None
        self.titles = choices.pairs("device titles")
        self.changed: Topic[tuple[DeviceState, ...]] = Topic()
        self.troubled: Topic[Failure | None] = Topic()
        self.message: Topic[str] = Topic()
        self._live = live
        self._choices = choices
        self._inbox = inbox
        self._access = access
        self._followers: list[Follower] = []
        self._closing = threading.Event()
        self._starter = threading.Thread(target=self._follow, name="devices", daemon=True)
        self._seen_of: dict[str, tuple[SeenDevice, ...]] = {}
        self._abouts: dict[str, About] = {}
        self._problems: dict[str, str] = {}
        self._cores: dict[str, int | None] = {}
        self.here = self._state_of(_HERE, _HERE.device.title, [])
        live.chosen.subscribe(self._chosen)

    def begin(self) -> None:
        """Start to follow the devices; returns at once: a kind may have libraries to read and servers to start."""
        self._starter.start()

    def close(self, limit_s: float) -> None:
        """End what was started; waits for `limit_s` at most."""
        deadline = time.monotonic() + limit_s
        self._closing.set()
        if self._starter.ident is not None:
            self._starter.join(limit_s)
        for follower in self._followers:
            follower.close(max(0.0, deadline - time.monotonic()))

    def find(self, device_id: str) -> DeviceState | None:
        """The device of this id, if it is known; this computer has an empty one."""
        return next((state for state in (self.here, *self.states) if state.id == device_id), None)

    def access_to(self, device_id: str) -> DeviceAccess:
        """The way to this device."""
        return self._access[device_id.partition(":")[0]]

    @property
    def wireless(self) -> DeviceAccess:
        """The way to devices that are reached by an address."""
        return next(iter(self._access.values()))

    def choose_core(self, device_id: str, core: int | None) -> None:
        """Pin the runners on this device to one of its cores, or to none; they start again there."""
        self._cores[device_id] = core
        self._live.exchange(
            {
                state.id: state.backend.with_core(core)
                for state in self._live.backends
                if state.backend.device.id == device_id and state.backend.core != core
            }
        )

    def tell(self, device_id: str, about: About | None, problem: str = "") -> None:
        """Take what a device has told of itself, or why it could not be asked: what is known of it stays then."""
        if about is not None:
            self._abouts[device_id] = about
        self._problems[device_id] = problem
        self._update()

    # What changes.

    def _follow(self) -> None:
        """Begin to follow every kind; on a thread of its own."""
        for kind, access in self._access.items():
            follower = access.follower(
                lambda seen, kind=kind: self._post(lambda: self._seen(kind, seen)),  # type: ignore[misc]
                lambda trouble: self._post(lambda: self._troubled(trouble)),
            )
            if self._closing.is_set():
                return
            self._followers.append(follower)
            follower.start()

    def _post(self, call: Callable[[], object]) -> None:
        self._inbox.post(lambda: None if self._closing.is_set() else call())

    def _seen(self, kind: str, seen: tuple[SeenDevice, ...]) -> None:
        if self._seen_of.get(kind) == seen:
            return
        before = {state.id for state in self.states if state.seen.is_ready}
        self._seen_of[kind] = seen
        named = {one.id: one.device.title for one in seen if one.is_named}
        if any(self.titles.get(id_) != title for id_, title in named.items()):
            self._keep_titles(named)
        self._update()
        for state in self.states:
            if state.seen.is_ready and state.id not in before and not state.chosen:
                self.message.publish(f"{state.title} is ready. Add it from the Devices menu.")

    def _keep_titles(self, named: Mapping[str, str]) -> None:
        """Remember these titles: those of chosen devices for good, of the others the newest."""
        titles = {id_: title for id_, title in self.titles.items() if id_ not in named} | dict(named)
        chosen = {state.backend.device.id for state in self._live.backends}
        others = [id_ for id_ in titles if id_ not in chosen]
        for id_ in others[: max(0, len(others) - _MOST_TITLES)]:
            del titles[id_]
        self.titles = titles
        self._choices.put("device titles", dict(titles))

    def _troubled(self, trouble: MnistBenchError | None) -> None:
        self.trouble = None if trouble is None else describe(trouble)
        self.troubled.publish(self.trouble)

    def _chosen(self, states: tuple[BackendState, ...]) -> None:
        self._cores.update({state.backend.device.id: state.backend.core for state in states if state.backend.can_pin})
        self._update()

    def _update(self) -> None:
        chosen = [state.backend for state in self._live.backends if state.backend.device.id]
        seen = {one.id: one for all_seen in self._seen_of.values() for one in all_seen}
        for backend in chosen:
            if backend.device.id not in seen:
                seen[backend.device.id] = self.access_to(backend.device.id).gone(backend.device)
        self._abouts = {id_: about for id_, about in self._abouts.items() if id_ in seen or not id_}
        self._problems = {id_: problem for id_, problem in self._problems.items() if id_ in seen}
        plain = {id_: one.device.title if one.is_named else self.titles.get(id_, id_) for id_, one in seen.items()}
        plain = {id_: _without_kind(title, id_) for id_, title in plain.items()}
        titles = {id_: _unlike_others(id_, plain) for id_ in seen}
        renamed = {
            backend.id: backend.titled(titles[backend.device.id])
            for backend in chosen
            if backend.device.title != titles[backend.device.id]
        }
        if renamed:
            self._live.exchange(renamed)  # which comes back here
            return
        here = [state.backend for state in self._live.backends if not state.backend.device.id]
        self.here = self._state_of(_HERE, _HERE.device.title, here)
        self.states = tuple(self._state_of(one, titles[id_], chosen) for id_, one in seen.items())
        self.changed.publish(self.states)

    def _state_of(self, seen: SeenDevice, title: str, chosen: list[Backend]) -> DeviceState:
        device = seen.device.titled(title)
        core = self._cores.get(device.id)
        imaginable = (one.with_core(core) for one in backends_on(device, precisions=ON_STREAM))
        backends = tuple(one for one in imaginable if not self._live.lacks(one))
        ids = {backend.id for backend in chosen}
        about = self._abouts.get(device.id)
        return DeviceState(
            replace(seen, device=device),
            title,
            backends,
            frozenset(backend.id for backend in backends if backend.id in ids),
            about.as_it_was() if about is not None and not seen.is_ready else about,
            self._problems.get(device.id, "") if seen.is_ready else "",
        )


def _without_kind(title: str, device_id: str) -> str:
    """The serial alone, where a device has no other name than its id."""
    return device_id.partition(":")[2] if title == device_id else title


def _unlike_others(device_id: str, plain: Mapping[str, str]) -> str:
    """The title, with the end of the serial where another device has the same; with all of it if that is the same."""
    title = plain[device_id]
    same = [_end_of(id_) for id_, other in plain.items() if other == title]
    if len(same) == 1:
        return title
    end = _end_of(device_id)
    return f"{title} ({end if same.count(end) == 1 else device_id.partition(':')[2]})"


def _end_of(device_id: str) -> str:
    serial = device_id.partition(":")[2]
    own = serial.partition("._")[0]  # what follows is the same for all that announce themselves
    return f"…{own[-_END_OF_SERIAL:]}" if len(own) > _END_OF_SERIAL else serial
