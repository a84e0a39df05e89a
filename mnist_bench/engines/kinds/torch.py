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


def _kind(name: str, title: str, precision: Precision, module: str) -> EngineKind:
    def launch(_precision: Precision, options: Options, awake: bool) -> Launch:
        mode = options.mode or _EAGER.name
        arguments = ("--mode", mode, "--threads", str(options.threads), *runner_arguments(options, awake))
        return Launch("PyTorch runner", arguments, module=module, packages=PACKAGES, threads=options.threads)

    return EngineKind(
        name=name,
        title=title,
        precisions=(precision,),
        modes=(_EAGER, _TORCHSCRIPT),
        start_seconds=START_SECONDS,
        launch=launch,
        max_threads=_MAX_THREADS,
        needs_python=True,
    )


TORCH = _kind("torch", "PyTorch", Precision.FP32, "mnist_bench.runners.torch_fp32")
QNNPACK = replace(
    _kind("qnnpack", "QNNPACK", Precision.INT8, "mnist_bench.runners.torch_qnnpack"),
    is_int8_reference=True,
    fp32_kind=TORCH,
    dot_products=lambda _facts: False,  # its kernels are of 2018: SSE2 and plain NEON, whatever the processor has
)
