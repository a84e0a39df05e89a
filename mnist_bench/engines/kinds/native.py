"""The runner in C: one program for each ABI, on one thread."""

from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.devices.device import Launch
from mnist_bench.engines.kinds.kind import EngineKind, Mode, Options, runner_arguments
from mnist_bench.network.network import Precision

_DOT_PRODUCTS = {
    "portable": False,
    "avx2": False,
    "avxvnni": True,
    "avx512vnni": True,
    "neon": False,
    "dotprod": True,
    "i8mm": True,
}
"""The runner's kernel sets, and whether each uses the processor's int8 dot products."""


def _launch(_precision: Precision, options: Options, awake: bool) -> Launch:
    return Launch("native runner", runner_arguments(options, awake), program=NATIVE_RUNNER)


NATIVE = EngineKind(
    name="native",
    title="Native",
    precisions=(Precision.FP32, Precision.INT8, Precision.FP16),
    modes=(Mode("", "C"),),
    start_seconds=10.0,
    launch=_launch,
    can_pin=True,
    needs={Precision.FP16: "a processor that computes in fp16 (arm64 with FEAT_FP16)"},
    dot_products=lambda facts: _DOT_PRODUCTS.get(facts.get("kernels", "")),
)
