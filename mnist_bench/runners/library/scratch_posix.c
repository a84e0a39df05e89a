/* Linux, Android and macOS: an open file needs no name. */
#if !defined(_WIN32)
#define _GNU_SOURCE

#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__ANDROID__)
#define USUAL_FOLDER "/data/local/tmp"
#else
#define USUAL_FOLDER "/tmp"
#endif

bool scratch_make(struct scratch *scratch, struct failure *failure)
{
    const char *in = getenv("TMPDIR");
    scratch->file = -1;
    const int length = snprintf(scratch->folder, sizeof scratch->folder, "%s/mnist-bench-XXXXXX",
                                in != NULL && in[0] == '/' ? in : USUAL_FOLDER);
    if (length < 0 || length >= MOST_SCRATCH_PATH - 100 || mkdtemp(scratch->folder) == NULL) {
        scratch->folder[0] = '\0';
        return refuse(failure, ERROR_FAILED,
                      "The engine's profiler writes a file, and there is no folder for it: TMPDIR names one.");
    }
    return true;
}

const void *scratch_prefix(struct scratch *scratch)
{
    snprintf(scratch->path, sizeof scratch->path, "%.200s/profile", scratch->folder);
    return scratch->path;
}

void scratch_hide(struct scratch *scratch)
{
    DIR *folder = scratch->folder[0] != '\0' ? opendir(scratch->folder) : NULL;
    if (folder == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(scratch->path, sizeof scratch->path, "%.200s/%.90s", scratch->folder, entry->d_name);
        if (scratch->file < 0) {
            scratch->file = open(scratch->path, O_RDONLY | O_CLOEXEC);
        }
        unlink(scratch->path);
    }
    closedir(folder);
    rmdir(scratch->folder);
    scratch->folder[0] = '\0';
}

bool scratch_read(struct scratch *scratch, struct message *answer, struct failure *failure)
{
    const long size = scratch->file < 0 ? -1 : (long)lseek(scratch->file, 0, SEEK_END);
    if (size < 0 || size > MAX_ANSWER || lseek(scratch->file, 0, SEEK_SET) != 0) {
        return refuse(failure, ERROR_FAILED, "The engine's profiler has written no file that can be read.");
    }
    message_u32(answer, (uint32_t)size);
    unsigned char *room = message_room(answer, (size_t)size);
    for (long at = 0; room != NULL && at < size;) {
        const ssize_t got = read(scratch->file, room + at, (size_t)(size - at));
        if (got <= 0) {
            return refuse(failure, ERROR_FAILED, "What the engine's profiler has written cannot be read.");
        }
        at += got;
    }
    return true;
}

void scratch_remove(struct scratch *scratch)
{
    scratch_hide(scratch);
    if (scratch->file >= 0) {
        close(scratch->file);
    }
    scratch->file = -1;
}

#endif

typedef int scratch_posix_is_here; /* C wants a declaration in every file */
