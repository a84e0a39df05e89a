"""PyTorch and, through it, QNNPACK: each a Python module that is started as a runner."""

from mnist_bench.devices.device import Launch
from mnist_bench.engines.kinds.kind import EngineKind, Mode, Options
from mnist_bench.network.network import Precision

_MAX_THREADS = 64
_START_SECONDS = 120.0  # reading PyTorch from a slow disk takes its time

_EAGER = Mode("eager", "eager")
_TORCHSCRIPT = Mode("torchscript", "TorchScript", has_layers=False)

_PACKAGES = (("torch", "PyTorch is not installed: pip install torch==2.13.0"),)


def _launch(module: str, options: Options, awake: bool) -> Launch:
    mode = options.mode or _EAGER.name
    arguments = ("--mode", mode, "--threads", str(options.threads), *(("--awake",) if awake else ()))
    return Launch("PyTorch runner", arguments, module=module, packages=_PACKAGES, threads=options.threads)


TORCH = EngineKind(
    name="torch",
    title="PyTorch",
    precisions=(Precision.FP32,),
    modes=(_EAGER, _TORCHSCRIPT),
    start_seconds=_START_SECONDS,
    launch=lambda _precision, options, awake: _launch("mnist_bench.runners.torch_fp32", options, awake),
    max_threads=_MAX_THREADS,
    needs_python=True,
)

QNNPACK = EngineKind(
    name="qnnpack",
    title="QNNPACK",
    precisions=(Precision.INT8,),
    modes=(_EAGER, _TORCHSCRIPT),
    start_seconds=_START_SECONDS,
    launch=lambda _precision, options, awake: _launch("mnist_bench.runners.torch_qnnpack", options, awake),
    max_threads=_MAX_THREADS,
    needs_python=True,
    is_int8_reference=True,
)
