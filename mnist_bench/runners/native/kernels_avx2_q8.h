/* What the int8 kernels for AVX2 have in common: from sums to bytes; and those for one window, which have a file of
 * their own. */
#ifndef MNIST_BENCH_KERNELS_AVX2_Q8_H
#define MNIST_BENCH_KERNELS_AVX2_Q8_H

#include "kernels_x86.h"

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) AVX2

enum { LANES = AVX2_Q8_LANES };

/* As the members of the set, for one window, or for windows that are too long to be widened. */
size_t avx2_q8_line_packed_bytes(const struct conv *c);
void avx2_q8_line_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                      void *to);
void avx2_q8_line_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

/* For convolutions that go Winograd's way. */
void avx2_q8_winograd_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                           const float *multipliers, void *to);
void avx2_q8_winograd_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

/* Writes the first `count` of eight outputs, or all where there are more. */
INLINE void store(const struct conv *c, uint8_t *out, __m256i sums, const float *multipliers, uint32_t count)
{
    const __m256i scaled = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(multipliers)));
    __m128i bytes = _mm_packs_epi32(_mm256_castsi256_si128(scaled), _mm256_extracti128_si256(scaled, 1));
    bytes = _mm_adds_epi16(bytes, _mm_set1_epi16(c->zero_point));
    bytes = _mm_max_epu8(_mm_packus_epi16(bytes, bytes), _mm_set1_epi8((char)c->low_byte));
    if (count >= LANES) {
        _mm_storel_epi64((__m128i *)(void *)out, bytes);
        return;
    }
    const int64_t all = _mm_cvtsi128_si64(bytes);
    memcpy(out, &all, count);
}

#endif
