/* The kernels for AVX2, and whether this processor has it. */
#include "kernels_x86.h"

#if defined(__x86_64__)

const struct kernels avx2_depthwise = {
    .name = "avx2",
    .f32_packed_bytes = avx2_depthwise_f32_packed_bytes,
    .f32_pack = avx2_depthwise_f32_pack,
    .f32_conv = avx2_depthwise_f32_conv,
    .q8_packed_bytes = avx2_depthwise_q8_packed_bytes,
    .q8_pack = avx2_depthwise_q8_pack,
    .q8_conv = avx2_depthwise_q8_conv,
};

const struct kernels *kernels_avx2(void)
{
    static const struct kernels avx2 = {
        .name = "avx2",
        .f32_pools = true,
        .q8_pools = true,
        .f32_blocks = true,
        .f32_winograd = AVX2_LANES,
        .depthwise = &avx2_depthwise,
        .f32_packed_bytes = avx2_f32_packed_bytes,
        .f32_pack = avx2_f32_pack,
        .f32_conv = avx2_f32_conv,
        .q8_packed_bytes = avx2_q8_packed_bytes,
        .q8_pack = avx2_q8_pack,
        .q8_conv = avx2_q8_conv,
        .f32_peak = avx2_f32_peak,
        .q8_peak = avx2_q8_peak,
    };
    return x86_has_avx2() ? &avx2 : NULL;
}

#else

const struct kernels *kernels_avx2(void)
{
    return NULL;
}

#endif
