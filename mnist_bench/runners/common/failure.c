/* Why something was not done. */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

bool refuse(struct failure *failure, enum error_code code, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    failure->code = code;
    vsnprintf(failure->sentence, sizeof failure->sentence, format, values);
    va_end(values);
    return false;
}
