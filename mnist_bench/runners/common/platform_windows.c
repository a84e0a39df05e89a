/* Windows. Tried under Wine alone. */
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN

#include "platform.h"

#include "tables.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <windows.h>

#include <psapi.h>

static int answers = 1;

void platform_start(void)
{
    _setmode(0, _O_BINARY);
    _setmode(answers, _O_BINARY);
    SetConsoleCtrlHandler(NULL, TRUE); /* Ctrl+C is the engine's to handle */
}

void platform_keep_output(void)
{
    const int kept = _dup(1);
    if (kept >= 0 && _dup2(2, 1) == 0) {
        answers = kept;
    }
}

size_t platform_read(void *to, size_t size)
{
    const int got = _read(0, to, size > 1 << 20 ? 1 << 20 : (unsigned)size);
    return got < 0 ? 0 : (size_t)got;
}

void platform_await_input(uint64_t ns)
{
    DWORD there = 0;
    const uint64_t start = platform_now_ns();
    while (PeekNamedPipe(GetStdHandle(STD_INPUT_HANDLE), NULL, 0, NULL, &there, NULL) && there == 0 &&
           platform_now_ns() - start < ns) {
    }
}

bool platform_write(const void *from, size_t size)
{
    for (const char *at = from; size > 0;) {
        const int written = _write(answers, at, size > 1 << 20 ? 1 << 20 : (unsigned)size);
        if (written <= 0) {
            return false;
        }
        at += written;
        size -= (size_t)written;
    }
    return true;
}

bool platform_input_ended(void)
{
    return !PeekNamedPipe(GetStdHandle(STD_INPUT_HANDLE), NULL, 0, NULL, NULL, NULL) &&
           GetLastError() == ERROR_BROKEN_PIPE; /* it fails on what is no pipe, too */
}

static void CALLBACK end_with_input(void *with, BOOLEAN is_timer)
{
    (void)with, (void)is_timer;
    if (platform_input_ended()) {
        ExitProcess(0);
    }
}

void platform_watch_input(bool watched)
{
    static HANDLE timer;
    if (watched) {
        const DWORD often = ABANDONED_NS / 1000000;
        CreateTimerQueueTimer(&timer, NULL, end_with_input, NULL, often, often, WT_EXECUTEDEFAULT);
    } else if (timer != NULL) {
        DeleteTimerQueueTimer(NULL, timer, INVALID_HANDLE_VALUE);
        timer = NULL;
    }
}

uint64_t platform_now_ns(void)
{
    LARGE_INTEGER ticks, per_second;
    QueryPerformanceFrequency(&per_second);
    QueryPerformanceCounter(&ticks);
    const uint64_t seconds = (uint64_t)(ticks.QuadPart / per_second.QuadPart);
    const uint64_t rest = (uint64_t)(ticks.QuadPart % per_second.QuadPart);
    return seconds * 1000000000 + rest * 1000000000 / (uint64_t)per_second.QuadPart;
}

uint64_t platform_peak_memory(void)
{
    PROCESS_MEMORY_COUNTERS counters;
    return K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) ? counters.PeakWorkingSetSize : 0;
}

unsigned platform_cores(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwNumberOfProcessors;
}

bool platform_pin(unsigned core)
{
    return core < sizeof(DWORD_PTR) * 8 && SetProcessAffinityMask(GetCurrentProcess(), (DWORD_PTR)1 << core) != 0;
}

void platform_frequencies(unsigned core, unsigned *max_mhz, unsigned *now_mhz)
{
    (void)core;
    *max_mhz = *now_mhz = 0;
}

void *platform_take_memory(size_t size)
{
    return calloc(1, size);
}

void platform_give_memory_back(void *memory, size_t size)
{
    (void)size;
    free(memory);
}

uint64_t platform_cache_bytes(void)
{
    return 0;
}

#endif

typedef int platform_windows_is_here; /* C wants a declaration in every file */
