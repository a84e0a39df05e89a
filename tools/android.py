"""Compiles programs for Android without its NDK: of Android they hold the names of what they call, and nothing else.

A program is a position-independent one that Android's own linker starts; runners/android has the declarations and the
place where it begins. Segments are aligned for pages of 16 KiB, which Android 15 and later may have.
"""

from collections.abc import Sequence
from pathlib import Path

FOLDER = "android"
"""The folder of the runners' source that is for Android alone."""
INTERPRETER = "/system/bin/linker64"
PAGE_BYTES = 16384
"""The largest page of any Android."""

LIBRARIES = {
    "libc.so": (
        *("__errno", "__libc_init", "_exit", "calloc", "clock_gettime", "close", "closedir", "dup2", "fcntl"),
        *("fprintf", "fputc", "free", "getenv", "lseek", "malloc", "memcmp", "memcpy", "memset", "mkdtemp", "open"),
        *("opendir", "poll", "puts", "read", "readdir", "realloc", "rmdir", "sched_setaffinity", "setenv"),
        *("setitimer", "sigaction", "signal", "snprintf", "stderr", "strcat", "strcmp", "strlen", "strncat"),
        *("strncmp", "strstr", "strtoul", "strtoull", "sysconf", "unlink", "vsnprintf", "write"),
    ),
    "libdl.so": ("dlclose", "dlerror", "dlopen", "dlsym"),
}
"""What a program may need of Android: libraries, and names in them that are there since Android 7 at the latest."""

COMPILE = ("-nostdlibinc", "-isystem", f"{FOLDER}/include", "-fPIE")
_LINK = (
    *("-pie", f"--dynamic-linker={INTERPRETER}", "-z", f"max-page-size={PAGE_BYTES}", "-z", "now", "--hash-style=both"),
    *("--no-undefined", "--gc-sections", "--build-id=none", "--strip-all"),
)


def stub_source(library: str) -> str:
    """C source of a library with the names of an Android one and nothing behind them, to link against."""
    return "".join(f"char {name};\n" for name in LIBRARIES[library])


def stub_command(compiler: Sequence[str], library: str, source: str, made: Path) -> tuple[str, ...]:
    """The command that makes such a library of its source."""
    options = ("-shared", "-nostdlib", "-fno-builtin", "-w", f"-Wl,-soname,{library}", "-Wl,--build-id=none")
    return (*compiler, *options, source, "-o", str(made))


def link_command(linker: Sequence[str], objects: Sequence[str], stubs: Path, made: Path) -> tuple[str, ...]:
    """The command that links a program against the stubs in a folder."""
    libraries = tuple(f"-l:{library}" for library in LIBRARIES)
    return (*linker, *_LINK, *objects, f"-L{stubs}", *libraries, "-o", str(made))
