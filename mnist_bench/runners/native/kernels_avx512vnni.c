/* The kernels for AVX-512 with VNNI, and whether this processor has it. */
#include "kernels_x86.h"

#if defined(__x86_64__)

const struct kernels avx512vnni_depthwise = {
    .name = "avx512vnni",
    .f32_packed_bytes = avx512vnni_depthwise_f32_packed_bytes,
    .f32_pack = avx512vnni_depthwise_f32_pack,
    .f32_conv = avx512vnni_depthwise_f32_conv,
    .q8_packed_bytes = avx512vnni_depthwise_q8_packed_bytes,
    .q8_pack = avx512vnni_depthwise_q8_pack,
    .q8_conv = avx512vnni_depthwise_q8_conv,
};

const struct kernels *kernels_avx512vnni(void)
{
    static const struct kernels avx512vnni = {
        .name = "avx512vnni",
        .f32_pools = true,
        .q8_pools = true,
        .f32_winograd = AVX512_LANES,
        .f32_blocks = true,
        .q8_blocks = true,
        .depthwise = &avx512vnni_depthwise,
        .f32_packed_bytes = avx512vnni_f32_packed_bytes,
        .f32_pack = avx512vnni_f32_pack,
        .f32_conv = avx512vnni_f32_conv,
        .f32_pixels = avx2_f32_pixels,
        .q8_packed_bytes = avx512vnni_q8_packed_bytes,
        .q8_pack = avx512vnni_q8_pack,
        .q8_conv = avx512vnni_q8_conv,
        .f32_peak = avx512vnni_f32_peak,
        .q8_peak = avx512vnni_q8_peak,
    };
    return x86_has_avx512vnni() ? &avx512vnni : NULL;
}

#else

const struct kernels *kernels_avx512vnni(void)
{
    return NULL;
}

#endif
