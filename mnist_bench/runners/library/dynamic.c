/* Shared libraries, opened by name. */
#include "dynamic.h"

#include <string.h>

#include "engine.h"
#include "loading.h"

bool open_library(struct library *library, const char *path, struct failure *failure)
{
    const char *why;
    library->handle = load_library(path, &why);
    if (library->handle != NULL) {
        return true;
    }
    char sentence[64] = "";
    strncat(sentence, library->title, sizeof sentence - 32);
    strcat(sentence, "'s library cannot be opened");
    return refuse_with_words(failure, ERROR_UNAVAILABLE, sentence, why);
}

bool find_function(const struct library *library, const char *name, void *function, struct failure *failure)
{
    void *found = find_in_library(library->handle, name);
    if (found == NULL) {
        return refuse(failure, ERROR_UNAVAILABLE, "The library is not %s's, or of another version: it has no %s.",
                      library->title, name);
    }
    memcpy(function, &found, sizeof found); /* C has no conversion from data pointers to function pointers */
    return true;
}
