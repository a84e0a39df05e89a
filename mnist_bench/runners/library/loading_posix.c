/* Linux, Android and macOS. */
#if !defined(_WIN32)
#define _GNU_SOURCE

#include "loading.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void take_utf8_words(int count, char **words)
{
    (void)count, (void)words;
}

void set_variable(const char *name)
{
    setenv(name, "1", 1);
}

void *load_library(const char *path, const char **why)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *words = dlerror();
        *why = words != NULL ? words : "no reason is known";
        if (strncmp(*why, path, strlen(path)) == 0 && (*why)[strlen(path)] == ':') {
            *why += strlen(path) + 2;
        }
    }
    return library;
}

void *find_in_library(void *library, const char *name)
{
    return dlsym(library, name);
}

#endif

typedef int loading_posix_is_here; /* C wants a declaration in every file */
