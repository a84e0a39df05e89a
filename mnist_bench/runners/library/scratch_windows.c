/* Windows, where a file keeps its name as long as it is open. Tried under Wine alone. */
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN

#include "scratch.h"

#include <stdio.h>
#include <wchar.h>
#include <windows.h>

bool scratch_make(struct scratch *scratch, struct failure *failure)
{
    wchar_t in[MAX_PATH + 1];
    const DWORD length = GetTempPathW(MAX_PATH + 1, in);
    const DWORD number = (DWORD)(GetTickCount64() ^ ((ULONGLONG)GetCurrentProcessId() << 12));
    if (length == 0 || length > MOST_SCRATCH_PATH - 100 ||
        swprintf(scratch->folder, MOST_SCRATCH_PATH, L"%lsmnist-bench-%lx", in, number) < 0 ||
        !CreateDirectoryW(scratch->folder, NULL)) {
        scratch->folder[0] = L'\0';
        return refuse(failure, ERROR_FAILED,
                      "The engine's profiler writes a file, and there is no folder for it: TMP names one.");
    }
    return true;
}

const void *scratch_prefix(struct scratch *scratch)
{
    swprintf(scratch->path, MOST_SCRATCH_PATH, L"%ls\\profile", scratch->folder);
    return scratch->path;
}

/* The path of the only file in the folder; false where there is none. */
static bool find_file(struct scratch *scratch)
{
    WIN32_FIND_DATAW found;
    swprintf(scratch->path, MOST_SCRATCH_PATH, L"%ls\\profile*", scratch->folder);
    HANDLE search = FindFirstFileW(scratch->path, &found);
    if (search == INVALID_HANDLE_VALUE) {
        return false;
    }
    FindClose(search);
    return swprintf(scratch->path, MOST_SCRATCH_PATH, L"%ls\\%ls", scratch->folder, found.cFileName) > 0;
}

void scratch_hide(struct scratch *scratch)
{
    (void)scratch;
}

bool scratch_read(struct scratch *scratch, struct message *answer, struct failure *failure)
{
    LARGE_INTEGER size = {.QuadPart = -1};
    DWORD got = 0;
    HANDLE file = find_file(scratch) ? CreateFileW(scratch->path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                                   OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL)
                                     : INVALID_HANDLE_VALUE;
    bool done = file != INVALID_HANDLE_VALUE && GetFileSizeEx(file, &size) && size.QuadPart <= MAX_ANSWER;
    if (done) {
        message_u32(answer, (uint32_t)size.QuadPart);
        void *room = message_room(answer, (size_t)size.QuadPart);
        done = room == NULL || (ReadFile(file, room, (DWORD)size.QuadPart, &got, NULL) && got == size.QuadPart);
    }
    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
    }
    return done || refuse(failure, ERROR_FAILED, "The engine's profiler has written no file that can be read.");
}

void scratch_remove(struct scratch *scratch)
{
    while (scratch->folder[0] != L'\0' && find_file(scratch) && DeleteFileW(scratch->path)) {
    }
    if (scratch->folder[0] != L'\0') {
        RemoveDirectoryW(scratch->folder);
    }
    scratch->folder[0] = L'\0';
}

#endif

typedef int scratch_windows_is_here; /* C wants a declaration in every file */
