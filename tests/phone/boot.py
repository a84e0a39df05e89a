"""The first process of a test phone, in namespaces of its own: prepares /dev and /proc and runs adbd there.

Started as `unshare --mount --pid --fork boot.py ROOT CPU PROGRAM`; ends with adbd, or when standard input does.
"""

import os
import resource
import select
import socket
import subprocess
import sys
from pathlib import Path

SHELL_USER = 2000
_GROUPS = [1004, 1007, 1011, 1015, 1028, 3001, 3002, 3003, 3006, 3009]  # those of Android's shell
_DEVICES = {"null": 3, "zero": 5, "random": 8, "urandom": 9}
_MOST_PROCESSES = 600
_LOOK_SECONDS = 0.2


def _mount(*words: str) -> None:
    subprocess.run(("mount", *words), check=True)


def _prepare(root: Path) -> None:
    """The mounts and devices that adbd and programs expect; none is seen outside."""
    _mount("--make-rprivate", "/")
    _mount("-t", "tmpfs", "-o", "mode=755", "none", str(root / "dev"))
    for name, minor in _DEVICES.items():
        device = root / "dev" / name
        os.mknod(device, 0o020666, os.makedev(1, minor))
        device.chmod(0o666)
    for folder in ("pts", "socket"):
        (root / "dev" / folder).mkdir()
    _mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", str(root / "dev/pts"))
    (root / "dev/ptmx").symlink_to("pts/ptmx")
    (root / "dev/fd").symlink_to("/proc/self/fd")
    _mount("-t", "proc", "proc", str(root / "proc"))


def _become_adbd(root: Path, cpu: str, program: str) -> None:
    os.chroot(root)
    os.chdir("/")
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.bind("/dev/socket/adbd")
    control.set_inheritable(True)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.setgroups(_GROUPS)
    resource.setrlimit(resource.RLIMIT_NPROC, (_MOST_PROCESSES, _MOST_PROCESSES))
    os.setgid(SHELL_USER)
    os.setuid(SHELL_USER)
    libraries = "/usr/lib/x86_64-linux-gnu"
    environment = {
        "PATH": "/system/bin",
        "ANDROID_ROOT": "/system",
        "ANDROID_DATA": "/data",
        "QEMU_CPU": cpu,
        "ADBD_PROPERTIES": "/system/build.prop",
        "LD_PRELOAD": f"{libraries}/libadbd_shim.so",
        "LD_LIBRARY_PATH": f"{libraries}/android",
        "ANDROID_SOCKET_adbd": str(control.fileno()),
    }
    os.execve(f"/system/bin/{program}", [program], environment)  # noqa: S606 - the very point


def main() -> None:
    """Boot, and wait until adbd ends or nobody holds standard input any more."""
    root, cpu, program = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    _prepare(root)
    adbd = os.fork()
    if adbd == 0:
        _become_adbd(root, cpu, program)
    while True:
        if select.select([0], [], [], _LOOK_SECONDS)[0]:
            return
        while True:  # orphans become this process's children
            try:
                ended, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if ended == adbd:
                return
            if ended == 0:
                break


if __name__ == "__main__":
    main()
