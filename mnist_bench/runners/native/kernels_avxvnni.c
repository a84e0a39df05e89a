/* The kernels for AVX-VNNI, which are AVX2's but for int8, and whether this processor has it. */
#include "kernels_x86.h"

#if defined(__x86_64__)

static bool is_there(void)
{
#ifdef MNIST_BENCH_EVEX_STANDS_IN
    return x86_has_avx512vnni();
#else
    return x86_has_avxvnni();
#endif
}

const struct kernels *kernels_avxvnni(void)
{
    static struct kernels avxvnni;
    const struct kernels *avx2 = kernels_avx2();
    if (avx2 == NULL || !is_there()) {
        return NULL;
    }
    avxvnni = *avx2;
    avxvnni.name = "avxvnni";
    avxvnni.q8_blocks = true;
    avxvnni.q8_packed_bytes = avxvnni_q8_packed_bytes;
    avxvnni.q8_pack = avxvnni_q8_pack;
    avxvnni.q8_conv = avxvnni_q8_conv;
    avxvnni.q8_scratch_bytes = NULL;
    avxvnni.q8_peak = avxvnni_q8_peak;
    return &avxvnni;
}

#else

const struct kernels *kernels_avxvnni(void)
{
    return NULL;
}

#endif
