/* The kernels for AVX2, and whether this processor has it. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

enum { LANES = 8 };

const struct kernels avx2_depthwise = {
    .name = "avx2",
    .f32_packed_bytes = avx2_depthwise_f32_packed_bytes,
    .f32_pack = avx2_depthwise_f32_pack,
    .f32_conv = avx2_depthwise_f32_conv,
    .q8_packed_bytes = avx2_depthwise_q8_packed_bytes,
    .q8_pack = avx2_depthwise_q8_pack,
    .q8_conv = avx2_depthwise_q8_conv,
};

/* Rows have 28 pixels, images 784: the last eight of a row are in part converted twice. */
__attribute__((target("avx2"))) void avx2_f32_pixels(const uint8_t *pixels, size_t count, float *values)
{
    for (size_t done = 0; done < count; done += LANES) {
        const size_t at = done + LANES <= count ? done : count - LANES;
        const __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(pixels + at)));
        _mm256_storeu_ps(values + at, _mm256_mul_ps(_mm256_cvtepi32_ps(wide), _mm256_set1_ps(1.0f / 255.0f)));
    }
}

const struct kernels *kernels_avx2(void)
{
    static const struct kernels avx2 = {
        .name = "avx2",
        .f32_pools = true,
        .q8_pools = true,
        .f32_blocks = true,
        .f32_winograd = AVX2_LANES,
        .q8_winograd = AVX2_Q8_LANES,
        .depthwise = &avx2_depthwise,
        .f32_packed_bytes = avx2_f32_packed_bytes,
        .f32_pack = avx2_f32_pack,
        .f32_conv = avx2_f32_conv,
        .f32_pixels = avx2_f32_pixels,
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
