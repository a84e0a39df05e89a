"""The system of a test phone: Debian's build of AOSP's adbd, a shell and small tools, put together once with apt.

It needs Linux on x86-64 and root, apt with a Debian archive, g++, unshare and nsenter (util-linux), and
qemu-user-static for programs of arm64.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from mnist_bench.base.locks import locked

SHIM_SOURCE = Path(__file__).with_name("adbd_shim.cpp")
LIBRARIES = "usr/lib/x86_64-linux-gnu"
SHIM = f"{LIBRARIES}/libadbd_shim.so"
SHELL_USER = 2000

_BUILD_SECONDS = 600.0  # another test run may be downloading it

_PACKAGES = (
    "adbd android-libbase android-libboringssl android-libcutils android-liblog libc6 libstdc++6 libgcc-s1 libbrotli1"
    " liblz4-1 libprotobuf32t64 libsystemd0 libzstd1 libcap2 zlib1g libxxhash0 libcrypt1 mksh toybox"
)
_TOOLS = (
    "cat chmod cp cut date dd df dirname echo env expr false find free grep head hostname id kill ln ls md5sum mkdir mv"
    " nproc pidof pkill ps pwd readlink rm rmdir sed sha256sum sleep sort stat tail taskset touch tr true uname uptime"
    " wc which whoami xargs"
)
_FOLDERS = "etc lib64 proc sys dev tmp data/local/tmp data/misc/adb"
_PROGRAMS = {
    "adbd": "usr/lib/android-sdk/platform-tools/adbd",
    "sh": "usr/lib/diet/bin/mksh",
    "toybox": "usr/bin/toybox",
}

_GETPROP = r"""#!/system/bin/sh
if [ $# = 0 ]; then
  while IFS= read -r line; do
    print -r -- "[${line%%=*}]: [${line#*=}]"
  done </system/build.prop
  exit 0
fi
value=$2
while IFS= read -r line; do
  [ "${line%%=*}" = "$1" ] && value=${line#*=}
done </system/build.prop
print -r -- "$value"
"""


class CannotBuild(Exception):
    """There can be no test phone here; the message says why and what to install."""


def missing() -> str | None:
    """Why there can be no test phone on this computer, None where there can."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64" or os.geteuid() != 0:
        return "a test phone needs Linux on x86-64 and root"
    wanted = {
        "apt-get": "apt, with a Debian archive",
        "dpkg-deb": "dpkg",
        "g++": "apt-get install g++",
        "unshare": "apt-get install util-linux",
        "nsenter": "apt-get install util-linux",
        "qemu-aarch64-static": "apt-get install qemu-user-static",
    }
    lacking = [f"{program} ({how})" for program, how in wanted.items() if not shutil.which(program)]
    return f"a test phone needs {', '.join(lacking)}" if lacking else None


def built_system() -> Path:
    """The folder of the phone's system, built where there is none yet; CannotBuild where that fails."""
    cache = Path(os.environ.get("MNIST_BENCH_PHONE_CACHE") or Path("~/.cache/mnist-bench-test-phone").expanduser())
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / "system", _BUILD_SECONDS):  # several test runs may begin at once
        system = cache / f"system-{_version()}"
        if not system.exists():
            try:
                part = cache / "system.part"
                shutil.rmtree(part, ignore_errors=True)
                _build(cache, part)
                part.rename(system)
            except (OSError, subprocess.CalledProcessError) as error:
                words = getattr(error, "stderr", None) or str(error)
                raise CannotBuild(f"the test phone cannot be built: {words[-500:]}") from error
    return system


def _version() -> str:
    """Another one for each change to what a system is made from."""
    sources = (SHIM_SOURCE, Path(__file__))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _build(cache: Path, system: Path) -> None:
    unpacked = cache / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    fetch_packages(cache, unpacked, _PACKAGES)
    _assemble(unpacked, system)
    shutil.rmtree(unpacked)


def _assemble(unpacked: Path, system: Path) -> None:
    programs = system / "system/bin"
    for folder in (programs, *(system / name for name in _FOLDERS.split())):
        folder.mkdir(parents=True)
    skip = shutil.ignore_patterns("gconv", "*.a")
    shutil.copytree(unpacked / LIBRARIES, system / LIBRARIES, symlinks=True, ignore=skip)
    (system / "lib64/ld-linux-x86-64.so.2").symlink_to(f"/{LIBRARIES}/ld-linux-x86-64.so.2")
    (system / "lib").symlink_to("usr/lib")
    (system / "bin").symlink_to("system/bin")
    for program, source in _PROGRAMS.items():
        shutil.copy2(unpacked / source, programs / program)
    for tool in _TOOLS.split():
        (programs / tool).symlink_to("toybox")
    write_program(programs / "getprop", _GETPROP.encode())
    write_program(programs / "adbd-secure", _that_asks((programs / "adbd").read_bytes()))
    _run("g++", "-std=c++17", "-O2", "-shared", "-fPIC", "-o", str(system / SHIM), str(SHIM_SOURCE))
    (system / "etc/passwd").write_text("root:x:0:0::/:/system/bin/sh\nshell:x:2000:2000::/:/system/bin/sh\n")
    (system / "etc/group").write_text("root:x:0:\nshell:x:2000:\n")
    for folder in (system / "data/local", system / "data/local/tmp"):
        os.chown(folder, SHELL_USER, SHELL_USER)
        folder.chmod(0o771)


def write_program(path: Path, content: bytes) -> None:
    """A file that can be run."""
    path.write_bytes(content)
    path.chmod(0o755)


def fetch_packages(cache: Path, unpacked: Path, names: str, architecture: str = "amd64") -> None:
    """Download Debian's packages with an apt that has nothing to do with this system's own, and unpack them."""
    state, packages = cache / f"apt-{architecture}", cache / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    for folder in (state / "lists/partial", state / "cache/archives/partial", packages, unpacked):
        folder.mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    keys = "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
    (state / "sources.list").write_text(f"deb [{keys} arch={architecture}] {_debian_archive()} trixie main\n")
    (state / "apt.conf").write_text(
        f'APT::Architecture "{architecture}";\nAPT::Architectures {{"{architecture}";}};\n'
        f'Dir::Etc::sourcelist "{state}/sources.list";\nDir::Etc::sourceparts "/dev/null";\n'
        f'Dir::State::lists "{state}/lists";\n'
        f'Dir::State::status "{state}/status";\nDir::Cache "{state}/cache";\nAPT::Sandbox::User "root";\n'
    )
    apt = {**os.environ, "APT_CONFIG": str(state / "apt.conf")}
    _run("apt-get", "-q", "update", environment=apt)
    _run("apt-get", "-q", "download", *names.split(), environment=apt, folder=packages)
    for package in packages.glob("*.deb"):
        _run("dpkg-deb", "-x", str(package), str(unpacked))
    shutil.rmtree(packages)


def _debian_archive() -> str:
    """The Debian archive that this computer's apt uses."""
    files = (Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*"))
    for text in (file.read_text() for file in files if file.is_file()):
        for modern, classic in re.findall(r"^URIs:\s*(\S+)|^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+\w+\s", text, re.MULTILINE):
            archive = str(modern or classic).rstrip("/")
            if archive.endswith("/debian"):
                return archive
    raise CannotBuild("the test phone is made of Debian's packages, and apt knows no Debian archive here")


def _that_asks(adbd: bytes) -> bytes:
    """Debian's adbd lets everybody in; one byte of it decides that."""
    places = list(re.finditer(rb"\xff\xff\x48\x8d\x05..\x02\x00\xc6\x00(\x00)\x48\x8d\x3d", adbd, re.DOTALL))
    if len(places) != 1:
        raise CannotBuild("this adbd is another build: where it decides whether to ask has to be found again")
    at = places[0].start(1)
    return adbd[:at] + b"\x01" + adbd[at + 1 :]


def _run(*command: str, environment: dict[str, str] | None = None, folder: Path | None = None) -> None:
    subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True, text=True)
