"""Sends what is on the pad to every selected backend, and compares their answers as they arrive."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mnist_bench.bench.report.colors import give_colors
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import all_choices
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.network import Network, Precision
from mnist_bench.session.backend_state import (
    MOST_CHOSEN,
    Answer,
    BackendState,
    Question,
    Waiting,
    agreement,
    in_order,
    summary,
)
from mnist_bench.session.engine_worker import EngineWorker
from mnist_bench.session.inbox import Inbox, Topic
from mnist_bench.session.live_samples import LiveSamples
from mnist_bench.session.member import Member

_KILLED_S = 0.2

MakeEngine = Callable[[Backend], InferenceEngine]


class Live:
    """The chosen backends. Their engines start with the first `use_network`.

    Attributes:
        network: what they run; None until there is one.
        baseline_id: the id of the backend that the others are compared with.
        said: what they say together of what is on the pad, in a sentence; empty for an empty pad.
        samples: their live times.
        image: the number of the question that is on the pad, or was before it was cleared.

    Topics:
        chosen: all of them, when others are chosen, or another baseline.
        changed: one of them, when its state has changed; after an answer too.
        answered: one of them, after an answer.
        spoken: `said`, when it has changed.
        loaded: the Network that they run from now on.
    """

    def __init__(self, inbox: Inbox, make_engine: MakeEngine = InferenceEngine) -> None:
        self.network: Network | None = None
        self.baseline_id = ""
        self.said = ""
        self.samples = LiveSamples()
        self.chosen: Topic[tuple[BackendState, ...]] = Topic()
        self.changed: Topic[BackendState] = Topic()
        self.answered: Topic[BackendState] = Topic()
        self.spoken: Topic[str] = Topic()
        self.loaded: Topic[Network] = Topic()
        self._inbox = inbox
        self._make_engine = make_engine
        self._members: list[Member] = []
        self._ending: list[Member] = []
        self._colors: dict[str, int] = {}
        self._question: Question | None = None
        self._original: Backend | None = None
        self.image = 0

    # Which backends, which network.

    @property
    def backends(self) -> tuple[BackendState, ...]:
        """The chosen backends, in the order of their cards."""
        return tuple(member.state for member in self._members)

    @property
    def able(self) -> tuple[BackendState, ...]:
        """But for those known to be unable to run; one may still be starting."""
        return tuple(state for state in self.backends if state.may_answer)

    def find(self, backend_id: str) -> BackendState | None:
        """The chosen backend of this id."""
        return next((state for state in self.backends if state.id == backend_id), None)

    def worker_of(self, backend_id: str) -> EngineWorker:
        """The worker of a chosen backend, for work that is more than a question."""
        return self._member(backend_id).worker

    def color_of(self, backend_id: str) -> int:
        """The colour index of this backend, chosen or not: the same one wherever it is shown."""
        self._colors = give_colors([backend_id], self._colors)
        return self._colors[backend_id]

    def choose(self, backends: Sequence[Backend]) -> None:
        """Have these backends: new ones are started, ones that are not among them are ended."""
        wanted = in_order({backend.id: backend for backend in backends}.values())  # two may have become one
        self._colors = give_colors((backend.id for backend in wanted), self._colors)
        before = {member.id: member for member in self._members}
        self._members = []
        for backend in wanted:
            if (member := before.pop(backend.id, None)) is None:
                member = self._new_member(backend)
            member.known_as(backend)
            self._members.append(member)
        for gone in before.values():
            self._ending.append(gone)
            gone.end()
        ids = [member.id for member in self._members]
        self.set_baseline(self.baseline_among(ids))
        self._sum_up(self.image)

    def baseline_among(self, ids: Sequence[str]) -> str:
        """The baseline where it is one of these, else the first of them."""
        return self.baseline_id if self.baseline_id in ids else ids[0]

    def offered(self, threads: int) -> tuple[Backend, ...]:
        """What can be chosen with this many threads; a file as it is only where the network has one, or once chosen.
        What is chosen stays where its engine is no longer installed, so that it can be taken away.
        """
        choices = all_choices(threads)
        gone = (
            state.backend
            for state in self.backends
            if not state.backend.device.id and state.backend.threads == threads and state.backend.missing()
        )
        return tuple(
            backend
            for backend in (*choices, *(one for one in gone if one not in choices))
            if backend.precision is not Precision.ORIGINAL
            or self.find(backend.id) is not None
            or (self.network is not None and backend.can_run(self.network))
        )

    def lacks(self, backend: Backend) -> str:
        """What it needs and its device lacks, once a runner of the same kind there has told; empty for a chosen one,
        whose card tells that.
        """
        if self.find(backend.id) is not None:
            return ""
        same = (
            state.info
            for state in self.backends
            if (state.backend.kind, state.backend.device) == (backend.kind, backend.device)
        )
        return next((backend.lacks(info.capabilities) for info in same if info is not None), "")

    def toggle(self, backend: Backend, wanted: bool) -> None:
        """Add one to the chosen, or take it away."""
        others = [state.backend for state in self.backends if state.id != backend.id]
        self.choose([*others, backend] if wanted else others)

    def exchange(self, others: Mapping[str, Backend]) -> None:
        """Put other backends into the places of those with these ids; they take over colour and baseline."""
        for old_id, backend in others.items():
            if old_id in self._colors:
                self._colors[backend.id] = self._colors.pop(old_id)
        if self.baseline_id in others:
            self.baseline_id = others[self.baseline_id].id
        self.choose([others.get(state.id, state.backend) for state in self.backends])

    def use_network(self, network: Network) -> None:
        """Load `network` into every backend, and start those that do not run yet."""
        self.network = network
        self.samples.forget_all()
        self._number(self._question)
        for member in self._members:
            member.use_network(network, self._question)
        self._have_original(network)
        self.loaded.publish(network)

    def _have_original(self, network: Network) -> None:
        """Choose the backend that alone can run a network without operators, if its engine is installed and there is
        room for its card. One that was chosen so goes with its network.
        """
        chosen = [state.backend for state in self.backends]
        wanted = [backend for backend in chosen if backend != self._original or backend.can_run(network)]
        self._original = self._original if self._original in wanted else None
        if not network.has_operators and not any(backend.can_run(network) for backend in wanted):
            from mnist_bench.engines.trying import original_backend  # no other network needs it

            self._original = original_backend(network)
            if self._original is not None and len(wanted) < MOST_CHOSEN:
                wanted.append(self._original)
        if wanted and wanted != chosen:
            self.choose(wanted)

    def set_baseline(self, backend_id: str) -> None:
        """Compare the others with this backend from now on."""
        self.baseline_id = backend_id
        for member in self._members:
            if member.state.is_baseline != (member.id == backend_id):
                member.set(is_baseline=member.id == backend_id, agreement=None)
        self._compare_all()
        self.chosen.publish(self.backends)

    def restart(self, backend_id: str) -> None:
        """Start a backend again after a failure, or because its device is back."""
        self._member(backend_id).restart()

    def wait_for_device(self, backend_id: str, waiting: Waiting) -> None:
        """Tell this of a backend whose device is away."""
        self._member(backend_id).wait_for_device(waiting)

    # What is on the pad.

    def ask(self, question: Question | None) -> None:
        """Ask every backend about what is on the pad now; None for an empty pad. The number is given here."""
        self._number(question)
        for member in self._members:
            member.ask(self._question)
        if self._question is None:
            self._say("")

    def repeat(self) -> None:
        """Run what is on the pad a hundred times on every backend, and tell the median."""
        for member in self._members:
            member.repeat()

    def cancel(self) -> None:
        """Break off the hundred runs where they still go on."""
        for member in self._members:
            member.worker.cancel_repeat()

    def close(self, limit_s: float) -> bool:
        """End every engine; waits for `limit_s`, and a moment more for those killed then. Whether all have ended."""
        members = self._members + self._ending
        for member in members:
            member.end()
        late = _wait_for([member.worker for member in members], limit_s)
        for worker in late:
            worker.kill()
        return not _wait_for(late, _KILLED_S)

    # Inside.

    def _member(self, backend_id: str) -> Member:
        return next(member for member in self._members if member.id == backend_id)

    def _new_member(self, backend: Backend) -> Member:
        member = Member(
            BackendState(backend, self._colors[backend.id]),
            self._make_engine(backend),
            self._inbox,
            changed=self._member_changed,
            answered=self._member_answered,
            ended=self._member_ended,
        )
        if self.network is not None:
            member.use_network(self.network, self._question)
        else:
            member.ask(self._question)
        return member

    def _number(self, question: Question | None) -> None:
        if question is not None:
            self.image += 1  # an empty pad is no image
        self._question = None if question is None else replace(question, image=self.image)

    def _member_changed(self, member: Member) -> None:
        if member in self._members:
            self.changed.publish(member.state)
            if member.id == self.baseline_id and not member.state.can_answer:
                self._compare_all()

    def _member_ended(self, member: Member) -> None:
        if member in self._ending:
            self._ending.remove(member)

    def _member_answered(self, member: Member, answer: Answer) -> None:
        self.samples.add(member.id, member.state.backend.title, answer)
        self._compare(member)
        self.changed.publish(member.state)
        if member.id == self.baseline_id or member is self._reference:
            self._compare_all(but=member)
        if self._question is not None and answer.image == self._question.image:
            self._sum_up(answer.image)
        self.answered.publish(member.state)

    @property
    def _reference(self) -> Member | None:
        """The first backend whose int8 answers are those that others' are to be equal to."""
        return next((member for member in self._members if member.state.backend.is_reference), None)

    def _compare_all(self, but: Member | None = None) -> None:
        for member in self._members:
            if member is not but and self._compare(member):
                self.changed.publish(member.state)

    def _compare(self, member: Member) -> bool:
        """See how the newest answer stands to the baseline's to the same question; whether that is new."""
        baseline = next((other for other in self._members if other.id == self.baseline_id), None)
        if baseline is None or baseline is member:
            return False
        newest = member.state.answer
        if newest is None or not baseline.state.can_answer:
            return member.agree(None)
        if (other := baseline.answer_to(newest.image)) is None:
            return False
        twin, title = self._reference, ""
        reference = None
        if twin is not None and twin not in (baseline, member):
            reference, title = twin.answer_to(newest.image), twin.state.backend.plain_title
        return member.agree(agreement(newest, other, reference, title))

    def _sum_up(self, image: int) -> None:
        working = [member for member in self._members if member.state.can_answer]
        answers = [answer for member in working if (answer := member.answer_to(image)) is not None]
        if len(answers) == len(working):
            self._say(summary(answers))

    def _say(self, words: str) -> None:
        if words != self.said:
            self.said = words
            self.spoken.publish(words)


def _wait_for(workers: Sequence[EngineWorker], limit_s: float) -> list[EngineWorker]:
    """Those that have not ended after `limit_s`."""
    deadline = time.monotonic() + limit_s
    return [worker for worker in workers if not worker.wait(max(0.0, deadline - time.monotonic()))]
