"""Backends that many tests use."""

from mnist_bench.devices.this_computer import python_command
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend

TORCH_FP32, QNNPACK_INT8, NATIVE_FP32, NATIVE_INT8, NATIVE_FP16 = (
    find_backend(text) for text in ("torch-fp32", "qnnpack-int8", "native-fp32", "native-int8", "native-fp16")
)


def on_phone(text: str, serial: str, title: str = "Pixel 7") -> Backend:
    """The backend `text` on the phone with this serial; adb is not asked."""
    return find_backend(f"{text}@android:{serial}", {f"android:{serial}": title})


def command_of(backend: Backend) -> tuple[str, ...]:
    """What starts the runner of a backend whose runner is a module of Python."""
    launch = backend.kind.launch(backend.precision, backend.options, False)
    return python_command(launch.module, *launch.arguments)
