/* A library's own words in an answer. */
#include <stdio.h>

#include "engine.h"

#define MOST_WORDS 120

bool refuse_with_words(struct failure *failure, enum error_code code, const char *sentence, const char *words)
{
    char clean[MOST_WORDS + 1];
    size_t used = 0;
    for (; used < MOST_WORDS && words[used] != '\0' && words[used] != '\n'; used++) {
        clean[used] = words[used] >= ' ' && words[used] < 127 ? words[used] : '?';
    }
    while (used > 0 && (clean[used - 1] == '.' || clean[used - 1] == ' ')) {
        used--;
    }
    clean[used] = '\0';
    return refuse(failure, code, "%s: %s.", sentence, clean);
}
