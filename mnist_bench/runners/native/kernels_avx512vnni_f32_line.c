/* fp32 with AVX-512, one window (linear): weights stream through once, [values][channels], and a step takes one value to
 * several vectors of channels. Where there are few channels, each has several sums, which hides the adders' delay.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline)) AVX512

enum { LANES = 16, MOST_SUMS = 24 };

/* Fewer channels than a vector has lanes: AVX2's way wastes less. */
static bool has_few_channels(const struct conv *c)
{
    return c->out_channels < LANES;
}

/* How many vectors of channels are summed together where `channels` are left. */
static uint32_t line_vectors(uint32_t channels)
{
    const uint32_t vectors = vectors_of(channels, LANES);
    return vectors >= 8 ? 8 : vectors >= 6 ? 6 : vectors >= 2 ? 2 : 1;
}

size_t avx512vnni_f32_line_packed_bytes(const struct conv *c)
{
    if (has_few_channels(c)) {
        return avx2_f32_packed_bytes(c);
    }
    return (size_t)vectors_of(c->out_channels, LANES) * LANES * (1 + (size_t)c->segments * c->length) * sizeof(float);
}

/* A block's biases, then for each value of the window one weight for each of the block's channels. */
void avx512vnni_f32_line_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    if (has_few_channels(c)) {
        avx2_f32_pack(c, weights, biases, to);
        return;
    }
    float *next = to;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide) {
        wide = line_vectors(c->out_channels - from) * LANES;
        for (uint32_t i = 0; i < wide; i++) {
            *next++ = from + i < c->out_channels ? biases[from + i] : 0;
        }
        for (uint32_t at = 0; at < c->segments * c->length; at++) {
            for (uint32_t i = 0; i < wide; i++) {
                *next++ = from + i < c->out_channels ? weights[weight_index(c, from + i, at)] : 0;
            }
        }
    }
}

/* `steps` values to `wide` vectors of channels; behind the first, each has sums of its own. */
INLINE void add_products(const float *values, const float *weights, uint32_t wide, uint32_t steps, __m512 *sums)
{
    UNROLL
    for (uint32_t i = 0; i < steps; i++) {
        const __m512 value = _mm512_set1_ps(values[i]);
        UNROLL
        for (uint32_t v = 0; v < wide; v++) {
            const uint32_t at = i * wide + v;
            sums[at] = _mm512_fmadd_ps(value, _mm512_load_ps(weights + at * LANES), sums[at]);
        }
    }
}

INLINE void line_block(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide,
                       uint32_t sets, uint32_t left)
{
    __m512 sums[MOST_SUMS];
    UNROLL
    for (uint32_t i = 0; i < sets * wide; i++) {
        sums[i] = i < wide ? _mm512_load_ps(weights + i * LANES) : _mm512_setzero_ps();
    }
    weights += wide * LANES;
    for (uint32_t s = 0; s < c->segments; s++) {
        const float *values = in + c->offsets[s];
        uint32_t steps = c->length;
        for (; steps >= sets; steps -= sets, values += sets, weights += sets * wide * LANES) {
            add_products(values, weights, wide, sets, sums);
        }
        for (; steps > 0; steps--, values++, weights += wide * LANES) {
            add_products(values, weights, wide, 1, sums);
        }
    }
    UNROLL
    for (uint32_t i = wide; i < sets * wide; i++) {
        sums[i % wide] = _mm512_add_ps(sums[i % wide], sums[i]);
    }
    const __m512 low = _mm512_set1_ps(c->low);
    for (uint32_t v = 0; v < wide; v++) {
        const __mmask16 lanes = v + 1 < wide ? 0xffff : last_lanes(left, wide);
        _mm512_mask_storeu_ps(out + v * LANES, lanes, _mm512_max_ps(low, sums[v])); /* in this order a NaN stays one */
    }
}

AVX512 void avx512vnni_f32_line_conv(const struct conv *c, const float *in, float *out)
{
    if (has_few_channels(c)) {
        avx2_f32_conv(c, in, out);
        return;
    }
    const float *weights = c->packed;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide * LANES) {
        const uint32_t left = c->out_channels - from;
        wide = line_vectors(left);
        if (wide == 8) {
            line_block(c, in, weights, out + from, 8, 2, left);
        } else if (wide == 6) {
            line_block(c, in, weights, out + from, 6, 4, left);
        } else if (wide == 2) {
            line_block(c, in, weights, out + from, 2, 8, left);
        } else {
            line_block(c, in, weights, out + from, 1, 8, left);
        }
        weights += wide * LANES * (1 + (size_t)c->segments * c->length);
    }
}
#endif
