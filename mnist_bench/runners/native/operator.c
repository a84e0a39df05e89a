/* The operators by their codes. */
#include "operator.h"

#include <stddef.h>

static const struct {
    const char *name;
    const struct operator *operator; /* NULL for a code that is none */
} known[] = {
#define ROW(name, code) [code] = {#name, &operator_##name},
    OPERATORS(ROW)
#undef ROW
};

#define KNOWN (sizeof known / sizeof *known)

const struct operator *operator_of(uint32_t code)
{
    return code < KNOWN ? known[code].operator : NULL;
}

const char *operator_name(const struct operator *operator)
{
    size_t code = 0;
    while (code + 1 < KNOWN && known[code].operator != operator) {
        code++;
    }
    return known[code].name;
}
