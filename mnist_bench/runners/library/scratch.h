/* A file that a library insists on writing: in a folder of the runner's own, which is gone at once. */
#ifndef MNIST_BENCH_SCRATCH_H
#define MNIST_BENCH_SCRATCH_H

#include <stddef.h>

#include "failure.h"
#include "message.h"

#define MOST_SCRATCH_PATH 300

struct scratch {
#if defined(_WIN32)
    wchar_t folder[MOST_SCRATCH_PATH], path[MOST_SCRATCH_PATH];
#else
    char folder[MOST_SCRATCH_PATH], path[MOST_SCRATCH_PATH];
    int file; /* open, with no name any more; or -1 */
#endif
};

/* Make a folder that only this user can open, in the system's folder for temporary files; false where that cannot be. */
bool scratch_make(struct scratch *scratch, struct failure *failure);

/* What the path of the library's file is to begin with, as the system writes paths. */
const void *scratch_prefix(struct scratch *scratch);

/* The library has opened its file: take the file's name and the folder away, where the system does that to open files.
 * From then on nothing is left behind, however the runner ends. */
void scratch_hide(struct scratch *scratch);

/* Put the file's size and content into `answer`, once the library has written it. */
bool scratch_read(struct scratch *scratch, struct message *answer, struct failure *failure);

/* Remove what is still there. */
void scratch_remove(struct scratch *scratch);

#endif
