"""The pinned wheels that ExecuTorch consists of here: for each system and Python one of its own, and what it needs."""

EXECUTORCH_VERSION = "1.5.1"
"""Which goes with PyTorch 2.13."""

EXECUTORCH_WHEELS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "x86_64": (
        (
            "executorch-1.5.1-cp311-cp311-manylinux_2_28_x86_64.whl",
            "274c28c2fe2b76acb03f9fa381537425c40e0098dcf886baf6d97a1a55ffe300",
            18_887_977,
        ),
        (
            "executorch-1.5.1-cp312-cp312-manylinux_2_28_x86_64.whl",
            "04897dffff8d96e8af32f554c758d0a7d4f50af5c3530c90dc8d5319bb44c878",
            19_027_339,
        ),
        (
            "executorch-1.5.1-cp313-cp313-manylinux_2_28_x86_64.whl",
            "083f998ebddc0bc98ad299e3fded57f4fcadb67792ef4c6ef920856cfd7bd3a5",
            18_892_986,
        ),
        (
            "executorch-1.5.1-cp314-cp314-manylinux_2_28_x86_64.whl",
            "2c0ace3dabbff8aa1ae70d804c3b7ae276b6dcdb4e6d6934f35075d23cb0e7ec",
            18_893_807,
        ),
    ),
    "arm64-v8a": (
        (
            "executorch-1.5.1-cp311-cp311-manylinux_2_28_aarch64.whl",
            "8ee02348a3ea80ddf770822911ebf78da616b73afce0fbaaa79f23311c88c66a",
            17_810_491,
        ),
        (
            "executorch-1.5.1-cp312-cp312-manylinux_2_28_aarch64.whl",
            "2c177f7922354a8a0d6111628c954519b87549598640e5e0042bef137b4cb83c",
            17_930_720,
        ),
        (
            "executorch-1.5.1-cp313-cp313-manylinux_2_28_aarch64.whl",
            "685a8d85b319fc99f2611a5e0ecf598755a91cf5d39a536e057dea60cd8e9682",
            17_807_563,
        ),
        (
            "executorch-1.5.1-cp314-cp314-manylinux_2_28_aarch64.whl",
            "d1aa88a029819cd0c8be1075d87fee56c5d35599b1bfcbd8c72de1c9cf657e0b",
            17_810_835,
        ),
    ),
    "macos-arm64": (
        (
            "executorch-1.5.1-cp311-cp311-macosx_14_0_arm64.whl",
            "e747dacb39950a2d234e08f230c1e5540f7b297fd32bc8c8f4296a953bb40dc0",
            18_676_233,
        ),
        (
            "executorch-1.5.1-cp312-cp312-macosx_14_0_arm64.whl",
            "dfec99d4df4fd3a8e1c5bf094ee8e54859610ccefd4d37535f0b9ab77eb35750",
            18_776_045,
        ),
        (
            "executorch-1.5.1-cp313-cp313-macosx_14_0_arm64.whl",
            "76df250f72df3bcbbc7fd6b353d42e91b127208d9ac289cb4a18ba6ac41f42a0",
            18_681_124,
        ),
        (
            "executorch-1.5.1-cp314-cp314-macosx_14_0_arm64.whl",
            "cb87812e447dd378a56a04ff66947a16cb9d97aa4fc580b68bf1e957a2262fd3",
            18_683_370,
        ),
    ),
    "windows-x86_64": (
        (
            "executorch-1.5.1-cp311-cp311-win_amd64.whl",
            "f2c4937950a55693b6056d0dfe6bf2ef6254feaf2227ea1807d2d78a907402a3",
            14_271_738,
        ),
        (
            "executorch-1.5.1-cp312-cp312-win_amd64.whl",
            "a518996625bf4f5358cd4f3c262501103c6665f82ae2d9b332da2dfedcaa917f",
            14_274_129,
        ),
        (
            "executorch-1.5.1-cp313-cp313-win_amd64.whl",
            "846f645d1cca775328ca506b7a3fd6cd6eea320b57685675d1be2a296284e73b",
            14_274_162,
        ),
        (
            "executorch-1.5.1-cp314-cp314-win_amd64.whl",
            "0f614847d4966b8004a8347d11f035b4d59687adc86b04221ec0b4d73e46df50",
            14_275_560,
        ),
    ),
}
"""By ABI: the file's name, its SHA-256 and its size in bytes."""

OTHER_WHEELS = (
    ("torchao-0.18.0-py3-none-any.whl", "5c2b4485341bf28b7fed2c4fc95b9f298e209f41685350f067de85527a05585e", 1_369_798),
    (
        "ruamel_yaml-0.19.1-py3-none-any.whl",
        "27592957fedf6e0b62f281e96effd28043345e0e66001f97683aa9a40c667c93",
        118_102,
    ),
    ("tabulate-0.10.0-py3-none-any.whl", "f0b0622e567335c8fabaaa659f1b33bcb6ddfe2e496071b743aa113f8774f2d3", 39_814),
)
"""What its exporter imports beside PyTorch and this program's own dependencies."""
