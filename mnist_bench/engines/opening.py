"""Opens an engine in one call, for scripts and for the command line."""

from mnist_bench.engines.backends import find_backend, with_threads
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.models import load_network
from mnist_bench.network.bundled import DEFAULT_MODEL
from mnist_bench.network.network import Network


def open_engine(backend: str, model: str | Network = DEFAULT_MODEL, *, threads: int | None = None) -> InferenceEngine:
    """Start a backend and load a network into it. Use the engine in a `with` block, which ends its runner.

    Args:
        backend: an id, such as "native-int8" or "native-int8@android:SERIAL".
        model: a bundled model's name, a model file or a network.
        threads: how many threads it computes with; what the id says by default.

    Raises:
        UsageError: there is no such backend.
        InputError: the model cannot be read.
        RunnerUnavailable: the backend cannot run here.
        PhoneError: the phone cannot be used.
    """
    chosen = find_backend(backend)
    network = model if isinstance(model, Network) else load_network(model)
    engine = InferenceEngine(chosen if threads is None else with_threads(chosen, threads))
    try:
        engine.start()
        engine.load(network)
    except BaseException:
        engine.close()
        raise
    return engine
