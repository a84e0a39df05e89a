"""PyTorch and, through it, QNNPACK: each a Python module that is started as a runner."""

from dataclasses import replace

from mnist_bench.devices.device import Launch
from mnist_bench.engines.kinds.kind import EngineKind, Mode, Options, runner_arguments
from mnist_bench.network.network import Precision

_MAX_THREADS = 64
START_SECONDS = 120.0  # reading PyTorch from a slow disk takes its time

_EAGER = Mode("eager", "eager")
_TORCHSCRIPT = Mode("torchscript", "TorchScript", has_layers=False)

PACKAGES = (("torch", "PyTorch is not installed: pip install torch==2.13.0"),)


def _launched(module: str, options: Options, awake: bool, *others: str) -> Launch:
    mode = options.mode or _EAGER.name
    arguments = ("--mode", mode, "--threads", str(options.threads), *others, *runner_arguments(options, awake))
    return Launch("PyTorch runner", arguments, module=module, packages=PACKAGES, threads=options.threads)


def _launch_torch(precision: Precision, options: Options, awake: bool) -> Launch:
    return _launched("mnist_bench.runners.torch_runner", options, awake, "--precision", precision)


def _launch_qnnpack(_precision: Precision, options: Options, awake: bool) -> Launch:
    return _launched("mnist_bench.runners.torch_qnnpack", options, awake)


TORCH = EngineKind(
    name="torch",
    title="PyTorch",
    precisions=(Precision.FP32, Precision.FP16, Precision.BF16),
    modes=(_EAGER, _TORCHSCRIPT),
    start_seconds=START_SECONDS,
    launch=_launch_torch,
    max_threads=_MAX_THREADS,
    needs_python=True,
)
QNNPACK = replace(
    TORCH,
    name="qnnpack",
    title="QNNPACK",
    precisions=(Precision.INT8,),
    launch=_launch_qnnpack,
    is_int8_reference=True,
    fp32_kind=TORCH,
    dot_products=lambda _facts: False,  # its kernels are of 2018: SSE2 and plain NEON, whatever the processor has
)
