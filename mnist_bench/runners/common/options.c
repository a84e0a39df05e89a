/* What both runners' command lines have in common. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform.h"

bool complain(const char *sentence, const char *what)
{
    fprintf(stderr, sentence, what);
    fputc('\n', stderr);
    return false;
}

bool read_number(const char *text, int least, int most, int *number)
{
    char *end;
    const unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value < (unsigned long)least || value > (unsigned long)most) {
        return false;
    }
    *number = (int)value;
    return true;
}

bool take_core(const char *text, int *core)
{
    if (!read_number(text, 0, 4095, core)) {
        return complain("\"%s\" is not the number of a core.", text);
    }
    return platform_pin((unsigned)*core) || complain("This system does not let the runner run on core %s alone.", text);
}
