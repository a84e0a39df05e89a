#include "kernels.h"

const struct kernels *kernels_dotprod(void)
{
    return NULL;
}
