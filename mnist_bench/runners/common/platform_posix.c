/* Linux, Android and macOS. */
#if !defined(_WIN32)
#define _GNU_SOURCE

#include "platform.h"

#include "tables.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>
#else
#include <sys/resource.h>
#include <sys/sysctl.h>
#endif

void platform_start(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
}

static int answers = STDOUT_FILENO;

void platform_keep_output(void)
{
    const int kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (kept >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) {
        answers = kept;
    }
}

size_t platform_read(void *to, size_t size)
{
    ssize_t got;
    do {
        got = read(STDIN_FILENO, to, size);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? 0 : (size_t)got;
}

void platform_await_input(uint64_t ns)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    const uint64_t start = platform_now_ns();
    while (poll(&input, 1, 0) == 0 && platform_now_ns() - start < ns) {
    }
}

bool platform_write(const void *from, size_t size)
{
    for (const char *at = from; size > 0;) {
        const ssize_t written = write(answers, at, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        at += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

bool platform_input_ended(void)
{
    struct pollfd input = {.fd = STDIN_FILENO};
#if defined(POLLRDHUP)
    input.events = POLLRDHUP; /* a socket of which the other end has closed its half */
    return poll(&input, 1, 0) == 1 && (input.revents & (POLLHUP | POLLRDHUP)) != 0;
#else
    return poll(&input, 1, 0) == 1 && (input.revents & POLLHUP) != 0;
#endif
}

static void end_with_input(int number)
{
    const int error = errno;
    (void)number;
    if (platform_input_ended()) {
        _exit(0);
    }
    errno = error;
}

void platform_watch_input(bool watched)
{
    const suseconds_t often = watched ? ABANDONED_NS / 1000 : 0; /* a timer of 0 is none */
    const struct itimerval timer = {.it_interval.tv_usec = often, .it_value.tv_usec = often};
    struct sigaction action = {.sa_handler = end_with_input, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

uint64_t platform_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void *platform_take_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void platform_give_memory_back(void *memory, size_t size)
{
    munmap(memory, size);
}

#if defined(__linux__)

/* The beginning of a small file as text; false where there is none. */
static bool read_text(const char *path, char *text, size_t size)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    size_t used = 0;
    for (ssize_t got = 1; got > 0 && used < size - 1; used += got > 0 ? (size_t)got : 0) {
        got = read(file, text + used, size - 1 - used);
    }
    close(file);
    text[used] = '\0';
    return true;
}

uint64_t platform_peak_memory(void)
{
    /* Not getrusage(2): a child's ru_maxrss starts with its parent's, however little the child uses itself. */
    char status[4096];
    const char *line = read_text("/proc/self/status", status, sizeof status) ? strstr(status, "VmHWM:") : NULL;
    return line == NULL ? 0 : strtoull(line + strlen("VmHWM:"), NULL, 10) * 1024;
}

unsigned platform_cores(void)
{
    char text[64]; /* "0-7"; phones switch cores off, so that those that are on are not all */
    unsigned long last = 0;
    if (!read_text("/sys/devices/system/cpu/present", text, sizeof text)) {
        const long online = sysconf(_SC_NPROCESSORS_CONF);
        return online > 0 ? (unsigned)online : 1;
    }
    for (const char *at = text; *at >= '0' && *at <= '9';) {
        char *end;
        last = strtoul(at, &end, 10);
        at = *end == '-' || *end == ',' ? end + 1 : end;
    }
    return last < 4096 ? (unsigned)last + 1 : 1;
}

bool platform_pin(unsigned core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (core >= CPU_SETSIZE) {
        return false;
    }
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

static unsigned read_mhz(unsigned core, const char *what)
{
    char path[96], text[32];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cpufreq/%s", core, what);
    return read_text(path, text, sizeof text) ? (unsigned)(strtoul(text, NULL, 10) / 1000) : 0;
}

void platform_frequencies(unsigned core, unsigned *max_mhz, unsigned *now_mhz)
{
    *max_mhz = read_mhz(core, "cpuinfo_max_freq");
    *now_mhz = read_mhz(core, "scaling_cur_freq");
}

uint64_t platform_cache_bytes(void)
{
    char path[96], text[32]; /* "512K" */
    const int core = sched_getcpu();
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cache/index2/size", core > 0 ? core : 0);
    return read_text(path, text, sizeof text) ? strtoull(text, NULL, 10) * 1024 : 0;
}

#else /* macOS */

uint64_t platform_peak_memory(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss : 0;
}

unsigned platform_cores(void)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

bool platform_pin(unsigned core)
{
    (void)core; /* macOS has no way to ask for a core */
    return false;
}

void platform_frequencies(unsigned core, unsigned *max_mhz, unsigned *now_mhz)
{
    (void)core;
    *max_mhz = *now_mhz = 0;
}

uint64_t platform_cache_bytes(void)
{
    int64_t bytes = 0;
    size_t size = sizeof bytes;
    return sysctlbyname("hw.l2cachesize", &bytes, &size, NULL, 0) == 0 && bytes > 0 ? (uint64_t)bytes : 0;
}

#endif
#endif

typedef int platform_posix_is_here; /* C wants a declaration in every file */
