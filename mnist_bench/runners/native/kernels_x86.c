/* The walk over windows where that is no loop that counts: one copy for all that call it. */
#include "kernels_x86.h"

#if defined(__x86_64__)

void next_tile(struct walk *walk, uint32_t outputs, size_t *in, size_t *out)
{
    for (uint32_t i = 0; i < outputs; i++) {
        if (walk->conv->pool) {
            next_pool(walk, in + 4 * i, out + i);
        } else {
            next_window(walk, in + i, out + i);
        }
    }
}

#endif
