/* Depthwise convolutions in fp32 with AVX-512: channels lie side by side in a vector, and each has its own weights. A tile
 * of 8 windows x 16 channels has its sums in registers; weights are loaded once for a tile.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline)) AVX512

enum { LANES = 16, TILE = 8 };

/* A vector's biases, then its weights for each pixel of the window. */
static size_t f32_vector_values(const struct conv *c)
{
    return LANES * (1 + (size_t)c->segments);
}

size_t avx512vnni_depthwise_f32_packed_bytes(const struct conv *c)
{
    return vectors_of(c->out_channels, LANES) * f32_vector_values(c) * sizeof(float);
}

void avx512vnni_depthwise_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    memset(to, 0, avx512vnni_depthwise_f32_packed_bytes(c));
    for (uint32_t out = 0; out < c->out_channels; out++) {
        float *lane = (float *)to + out / LANES * f32_vector_values(c) + out % LANES;
        lane[0] = biases[out];
        for (uint32_t s = 0; s < c->segments; s++) {
            lane[(1 + s) * LANES] = weights[(size_t)out * c->segments + s];
        }
    }
}

/* What is behind the last channel is added up like the channels, and not written. */
INLINE void f32_tile(const struct conv *c, const float *const *windows, const float *weights, __m512 *result)
{
    __m512 sums[TILE];
    for (uint32_t p = 0; p < TILE; p++) {
        sums[p] = _mm512_load_ps(weights);
    }
    for (uint32_t s = 0; s < c->segments; s++) {
        weights += LANES;
        const __m512 w = _mm512_load_ps(weights);
        const size_t at = c->offsets[s];
        for (uint32_t p = 0; p < TILE; p++) {
            sums[p] = _mm512_fmadd_ps(_mm512_loadu_ps(windows[p] + at), w, sums[p]);
        }
    }
    for (uint32_t p = 0; p < TILE; p++) {
        result[p] = _mm512_max_ps(_mm512_set1_ps(c->low), sums[p]); /* in this order a NaN stays one */
    }
}

AVX512 void avx512vnni_depthwise_f32_conv(const struct conv *c, const float *in, float *out)
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
        for (uint32_t first = 0; first < c->out_channels; first += LANES, weights += f32_vector_values(c)) {
            const __mmask16 lanes = last_lanes(c->out_channels - first, 1);
            __m512 sums[TILE];
            f32_tile(c, windows, weights, sums);
            for (uint32_t p = 0; p < TILE; p++) {
                _mm512_mask_storeu_ps(out + to[p] + first, lanes, sums[p]);
                windows[p] += LANES;
            }
        }
    }
}
#endif
