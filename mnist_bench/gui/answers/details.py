"""What a card says about its backend besides the answer: in one line, with everything known in a tooltip."""

from mnist_bench.base import words
from mnist_bench.gui.kit.text import Markup, table_tip
from mnist_bench.session.backend_state import BackendState


def detail_line(state: BackendState) -> str:
    """Mode, threads, the size of the network, the runner's peak memory."""
    if state.loaded is None:
        return state.backend.mode_words
    peak = f" · peak {words.size(state.peak_memory_bytes)}" if state.peak_memory_bytes else ""  # 0: it is not known
    return f"{state.backend.mode_words} · {words.size(state.loaded.network_bytes)}{peak}"


def detail_tip(state: BackendState) -> Markup:
    """The same and all else that is known of it, as a small table."""
    rows = [("Backend", state.id), ("Mode", state.backend.mode_words), ("Network", state.network)]
    if state.loaded is not None:
        rows += [
            ("Parameters", words.size(state.loaded.network_bytes)),
            ("Loaded in", words.duration(state.loaded.load_ns)),
        ]
    if state.peak_memory_bytes:
        rows.append(("Peak memory", f"{words.size(state.peak_memory_bytes)}, the whole runner"))
    if state.info is not None:
        rows += [("Runner", f"{state.info.program} {state.info.version}"), *state.info.facts.items()]
    return table_tip(state.backend.title, rows)
