"""The engine kinds that there are, in the order in which they are offered: a new one is a file and a row here."""

from mnist_bench.engines.kinds.executorch import EXECUTORCH
from mnist_bench.engines.kinds.kind import EngineKind
from mnist_bench.engines.kinds.library import LITERT, ONNXRUNTIME
from mnist_bench.engines.kinds.native import NATIVE
from mnist_bench.engines.kinds.torch import QNNPACK, TORCH

ENGINE_KINDS: dict[str, EngineKind] = {
    kind.name: kind for kind in (TORCH, QNNPACK, NATIVE, ONNXRUNTIME, LITERT, EXECUTORCH)
}
