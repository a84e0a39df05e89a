"""Opening an engine in one call, for scripts and for the command line."""

from mnist_bench.engines.backends import find_backend, with_threads
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import DEFAULT_MODEL, load_network
from mnist_bench.network.network import Network


def open_engine(backend: str, model: str | Network = DEFAULT_MODEL, *, threads: int | None = None) -> InferenceEngine:
    """Start `backend` ("native-int8", "native-int8@android:SERIAL", ...) and load `model`, a name, a file or a network.

    Use it in a `with` block. Raises UsageError for an unknown backend, InputError for a model that is none,
    RunnerUnavailable where the backend cannot run, and PhoneError where its phone cannot be used.
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
