/* Shared libraries, opened by name. */
#define _GNU_SOURCE
#include "dynamic.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

void set_variable(const char *name)
{
    setenv(name, "1", 1);
}

bool open_library(struct library *library, const char *path, struct failure *failure)
{
    library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library->handle != NULL) {
        return true;
    }
    const char *words = dlerror();
    if (words != NULL && strncmp(words, path, strlen(path)) == 0 && words[strlen(path)] == ':') {
        words += strlen(path) + 2;
    }
    char sentence[64] = "";
    strncat(sentence, library->title, sizeof sentence - 32);
    strcat(sentence, "'s library cannot be opened");
    return refuse_with_words(failure, ERROR_UNAVAILABLE, sentence, words != NULL ? words : "no reason is known");
}

bool find_function(const struct library *library, const char *name, void *function, struct failure *failure)
{
    void *found = dlsym(library->handle, name);
    if (found == NULL) {
        return refuse(failure, ERROR_UNAVAILABLE, "The library is not %s's, or of another version: it has no %s.",
                      library->title, name);
    }
    memcpy(function, &found, sizeof found); /* C has no conversion from data pointers to function pointers */
    return true;
}
