#include "selftest.h"

bool self_test(void)
{
    return true;
}
