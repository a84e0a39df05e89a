"""mnist-bench: one neural network on several inference backends, side by side.

engine = mnist_bench.open_engine("native-int8")          # start a backend and classify with it
mnist_bench.benchmark(["torch-fp32", "native-int8"])     # how long does each take?
mnist_bench.evaluate(["torch-fp32", "native-int8"])      # how many digits does each get right?
mnist_bench.layers(["torch-fp32", "native-int8"])        # where in the network does the time go?
mnist_bench.compare(monday, tuesday, each=True)          # did a backend change?
mnist_bench.load_network("model.onnx")                   # load a bundled network, or any model file
mnist_bench.from_torch(module, example)                  # take over a PyTorch module
"""

from typing import TYPE_CHECKING

from mnist_bench.version import VERSION

if TYPE_CHECKING:
    from mnist_bench.bench.api import benchmark, compare, evaluate, layers
    from mnist_bench.engines.from_torch import from_torch
    from mnist_bench.engines.models import load_network
    from mnist_bench.engines.opening import open_engine

__version__ = VERSION
__all__ = ["__version__", "benchmark", "compare", "evaluate", "from_torch", "layers", "load_network", "open_engine"]

_HOMES = {
    "from_torch": "mnist_bench.engines.from_torch",
    "load_network": "mnist_bench.engines.models",
    "open_engine": "mnist_bench.engines.opening",
}


def __getattr__(name: str) -> object:
    """Import a public function on first use, so that importing the package stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES.get(name, "mnist_bench.bench.api")), name)
