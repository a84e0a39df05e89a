"""The engines whose libraries can be installed, and the pinned packages that each comes out of."""

import re
import sys
from dataclasses import dataclass

from mnist_bench.engines.libraries.executorch import EXECUTORCH_VERSION, EXECUTORCH_WHEELS, OTHER_WHEELS

ABIS = {
    "x86_64": "Linux, x86-64",
    "arm64-v8a": "Linux, 64-bit Arm",
    "macos-arm64": "macOS, 64-bit Arm",
    "windows-x86_64": "Windows, x86-64",
    "android-arm64-v8a": "Android, 64-bit Arm",
    "android-x86_64": "Android, x86-64",
}
"""What a library can be for, and how people call it; devices/libraries.py says where the names come from."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A pinned package.

    Attributes:
        wheel: its file's name (PyPA, "Binary distribution format"), which says all that pip must know.
        sha256: of the file.
        size_bytes: of the file.
    """

    wheel: str
    sha256: str
    size_bytes: int

    @property
    def requirement(self) -> str:
        """As it stands in a requirements file, without the hash: "onnxruntime==1.32.0"."""
        name, version, *_ = self.wheel.split("-")
        return f"{name.replace('_', '-')}=={version}"

    @property
    def platform(self) -> str:
        """What pip calls the system that it is for: "manylinux_2_28_x86_64"."""
        return self.wheel.removesuffix(".whl").rpartition("-")[2].partition(".")[0]

    @property
    def python(self) -> str:
        """The version of Python that it is for: "3.11"; that is taken for those that are for any."""
        tag = self.wheel.split("-")[-3]
        return f"3.{tag.removeprefix('cp3')}" if tag.startswith("cp3") else "3.11"


@dataclass(frozen=True, slots=True)
class Package(Wheel):
    """The wheel that holds an engine's library.

    Attributes:
        entry: the library's name in it; empty for an engine of Python, all of whose packages are unpacked.
        version: the engine's, which may not be the package's.
        others: what else an engine of Python needs beside this program's own dependencies.
    """

    entry: str
    version: str
    others: tuple[Wheel, ...] = ()

    @property
    def wheels(self) -> tuple[Wheel, ...]:
        """All that is fetched."""
        return self, *self.others

    @property
    def download_bytes(self) -> int:
        """Of all that is fetched."""
        return sum(wheel.size_bytes for wheel in self.wheels)


@dataclass(frozen=True, slots=True)
class EngineSource:
    """Where the library of an engine comes from.

    Attributes:
        name: as it stands in backends' ids.
        title: as people write it.
        licence: of the engine.
        files: matches the names that its library's file has in packages; None for an engine of Python.
        packages: the pinned one for each ABI, one of ABIS; of an engine of Python, those for this Python.
        why_none: why there may be no package for a system; empty where the list of systems says all.
    """

    name: str
    title: str
    licence: str
    files: re.Pattern[str] | None
    packages: dict[str, Package]
    why_none: str = ""

    @property
    def is_python(self) -> bool:
        """Whether it consists of packages of Python; else it is one shared library."""
        return self.files is None


_LITERT = EngineSource(
    name="litert",
    title="LiteRT",
    licence="Apache-2.0",
    files=re.compile(r"libLiteRt\.(so|dylib|dll)|liblitert-lm\.so"),
    packages={
        "x86_64": Package(
            "ai_edge_litert-2.3.0-cp311-cp311-manylinux_2_27_x86_64.whl",
            "1f15078a6725d2357d9de9221664c29afa0545d807559c5f7199ce5e40b96b23",
            21_778_233,
            "ai_edge_litert/libLiteRt.so",
            "2.3.0",
        ),
        "arm64-v8a": Package(
            "ai_edge_litert-2.3.0-cp311-cp311-manylinux_2_27_aarch64.whl",
            "853fc608f96da87bd5f3458465dfb9abbf18d5ae6b94eceacead407146f175ae",
            14_379_387,
            "ai_edge_litert/libLiteRt.so",
            "2.3.0",
        ),
        "macos-arm64": Package(
            "ai_edge_litert-2.3.0-cp311-cp311-macosx_12_0_arm64.whl",
            "da19cb1ad08d5113600d1038fbe7390e74e38fcb3e92af86d56a60120343e6d2",
            12_821_669,
            "ai_edge_litert/libLiteRt.dylib",
            "2.3.0",
        ),
        "windows-x86_64": Package(
            "ai_edge_litert-2.3.0-cp311-cp311-win_amd64.whl",
            "ffee5993b859580650e844fce322e93b7abf50dfa36fd0fcbde41e079d1eebe3",
            20_669_548,
            "ai_edge_litert/libLiteRt.dll",
            "2.3.0",
        ),
        "android-arm64-v8a": Package(
            "litert_lm_api-0.18.1-py3-none-android_23_arm64_v8a.whl",
            "95826534a48f79a8fbcc6b47838d1a85cbfdebe7f1c7939d98780167a74fb1de",
            14_243_339,
            "litert_lm/liblitert-lm.so",
            "0.18.1",  # of LiteRT-LM, which exports LiteRT's API
        ),
    },
)

_ONNXRUNTIME = EngineSource(
    name="onnxruntime",
    title="ONNX Runtime",
    licence="MIT",
    files=re.compile(r"libonnxruntime\.so(\.[0-9.]{1,20})?|libonnxruntime(\.[0-9.]{1,20})?\.dylib|onnxruntime\.dll"),
    packages={
        "x86_64": Package(
            "onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_x86_64.whl",
            "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
            27_773_237,
            "onnxruntime/capi/libonnxruntime.so.1.32.0",
            "1.32.0",
        ),
        "arm64-v8a": Package(
            "onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_aarch64.whl",
            "2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c",
            23_195_070,
            "onnxruntime/capi/libonnxruntime.so.1.32.0",
            "1.32.0",
        ),
        "macos-arm64": Package(
            "onnxruntime-1.32.0-cp311-cp311-macosx_14_0_arm64.whl",
            "366b9e53d07812cc5c92822cecf7563b76a8a0f32ba3bb8dd232a206ac3bcb6c",
            22_506_162,
            "onnxruntime/capi/libonnxruntime.1.32.0.dylib",
            "1.32.0",
        ),
        "windows-x86_64": Package(
            "onnxruntime-1.32.0-cp311-cp311-win_amd64.whl",
            "d7e0c45cc5f456ad7805e6dd256a7662736cda9c2fd17becae194eb3c2f6df72",
            16_695_880,
            "onnxruntime/capi/onnxruntime.dll",
            "1.32.0",
        ),
        "android-arm64-v8a": Package(
            "sherpa_onnx_core-2.0.1-py3-none-android_24_arm64_v8a.whl",
            "93f8ac6a05e7622d811a00fabf1f1dd74c1fb7de94c249e123f850f29ae90cbe",
            9_950_467,
            "sherpa_onnx/lib/libonnxruntime.so",
            "1.28.2",
        ),
        "android-x86_64": Package(
            "sherpa_onnx_core-2.0.1-py3-none-android_24_x86_64.whl",
            "dedc782962dda482af37ebe1a7109fc5a7133ad109605a85c203c67a846188eb",
            11_100_690,
            "sherpa_onnx/lib/libonnxruntime.so",
            "1.28.2",
        ),
    },
)

_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_EXECUTORCH_OTHERS = tuple(Wheel(*told) for told in OTHER_WHEELS)

_EXECUTORCH = EngineSource(
    name="executorch",
    title="ExecuTorch",
    licence="BSD-3-Clause and MIT",
    files=None,
    packages={
        abi: Package(*told, "", EXECUTORCH_VERSION, _EXECUTORCH_OTHERS)
        for abi, wheels in EXECUTORCH_WHEELS.items()
        for told in wheels
        if Wheel(*told).python == _PYTHON
    },
    why_none=f"There is one for Linux (x86-64, 64-bit Arm), macOS (64-bit Arm) and Windows (x86-64) with Python 3.11 "
    f"to 3.14 (this is {_PYTHON}), and none for Android in any wheel.",
)

ENGINE_LIBRARIES = {source.name: source for source in (_ONNXRUNTIME, _LITERT, _EXECUTORCH)}
"""By name, in the order in which they are offered."""
