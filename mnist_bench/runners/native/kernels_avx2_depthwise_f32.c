/* Depthwise convolutions in fp32 with AVX2 and FMA: a tile of 8 windows x 8 channels has its sums in registers; weights are
 * loaded once for a tile.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) AVX2

enum { LANES = 8, TILE = 8 };

/* A vector's biases, then its weights for each pixel of the window. */
static size_t vector_values(const struct conv *c)
{
    return LANES * (1 + (size_t)c->segments);
}

size_t avx2_depthwise_f32_packed_bytes(const struct conv *c)
{
    return vectors_of(c->out_channels, LANES) * vector_values(c) * sizeof(float);
}

void avx2_depthwise_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    memset(to, 0, avx2_depthwise_f32_packed_bytes(c));
    for (uint32_t out = 0; out < c->out_channels; out++) {
        float *lane = (float *)to + out / LANES * vector_values(c) + out % LANES;
        lane[0] = biases[out];
        for (uint32_t s = 0; s < c->segments; s++) {
            lane[(1 + s) * LANES] = weights[(size_t)out * c->segments + s];
        }
    }
}

/* What is behind the last channel is added up like the channels, and not written. */
INLINE void sum_tile(const struct conv *c, const float *const *windows, const float *weights, __m256 *result)
{
    __m256 sums[TILE];
    for (uint32_t p = 0; p < TILE; p++) {
        sums[p] = _mm256_load_ps(weights);
    }
    for (uint32_t s = 0; s < c->segments; s++) {
        weights += LANES;
        const __m256 w = _mm256_load_ps(weights);
        const size_t at = c->offsets[s];
        for (uint32_t p = 0; p < TILE; p++) {
            sums[p] = _mm256_fmadd_ps(_mm256_loadu_ps(windows[p] + at), w, sums[p]);
        }
    }
    for (uint32_t p = 0; p < TILE; p++) {
        result[p] = _mm256_max_ps(_mm256_set1_ps(c->low), sums[p]); /* in this order a NaN stays one */
    }
}

INLINE void store(float *out, __m256 values, uint32_t count)
{
    if (count >= LANES) {
        _mm256_storeu_ps(out, values);
    } else {
        const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        _mm256_maskstore_ps(out, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), places), values);
    }
}

AVX2 void avx2_depthwise_f32_conv(const struct conv *c, const float *in, float *out)
{
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done += TILE) {
        const float *weights = c->packed, *windows[TILE];
        size_t to[TILE], from;
        for (uint32_t p = 0; p < TILE; p++) {
            next_window(&walk, &from, &to[p]);
            windows[p] = in + from;
        }
        for (uint32_t first = 0; first < c->out_channels; first += LANES, weights += vector_values(c)) {
            __m256 sums[TILE];
            sum_tile(c, windows, weights, sums);
            for (uint32_t p = 0; p < TILE; p++) {
                store(out + to[p] + first, sums[p], c->out_channels - first);
                windows[p] += LANES;
            }
        }
    }
}
#endif
