/* The operators by their codes. */
#include "operator.h"

#include <stddef.h>

static const struct {
    uint32_t code;
    const char *name;
    const struct operator *operator;
} known[] = {
#define ROW(name, code) {code, #name, &operator_##name},
    OPERATORS(ROW)
#undef ROW
};

#define KNOWN (sizeof known / sizeof *known)

const struct operator *operator_of(uint32_t code)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (known[i].code == code) {
            return known[i].operator;
        }
    }
    return NULL;
}

const char *operator_name(const struct operator *operator)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (known[i].operator == operator) {
            return known[i].name;
        }
    }
    return "";
}
