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
    static const struct kernels avxvnni = {
        .name = "avxvnni",
        .f32_pools = true,
        .q8_pools = true,
        .f32_blocks = true,
        .q8_blocks = true,
        .f32_winograd = AVX2_LANES,
        .depthwise = &avx2_depthwise,
        .f32_packed_bytes = avx2_f32_packed_bytes,
        .f32_pack = avx2_f32_pack,
        .f32_conv = avx2_f32_conv,
        .f32_pixels = avx2_f32_pixels,
        .q8_packed_bytes = avxvnni_q8_packed_bytes,
        .q8_pack = avxvnni_q8_pack,
        .q8_conv = avxvnni_q8_conv,
        .f32_peak = avx2_f32_peak,
        .q8_peak = avxvnni_q8_peak,
    };
    return is_there() ? &avxvnni : NULL;
}

#else

const struct kernels *kernels_avxvnni(void)
{
    return NULL;
}

#endif
