/* fp32 with AVX2 and FMA.
 *
 * Two ways. Many windows: a tile of TILE windows x 2 or 3 vectors of output channels has all its sums in registers; a
 * step takes one value of each window to all the channels. One window (linear): each sum is a vector that runs along
 * the window, so that ten outputs cost ten and not sixteen; weights stream through once.
 */
#include "kernels_x86.h"
#include "winograd.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) AVX2

enum { LANES = 8, DOTS = 8, TILE_SUMS = 12 };

/* ---- packing ---- */

/* Each block of up to 8 outputs: 8 biases, then whole vectors for each run. */
static size_t dot_values(const struct conv *c)
{
    const size_t blocks = c->out_channels / DOTS + DOTS;
    return blocks * DOTS + (size_t)c->out_channels * c->segments * vectors_of(c->length, LANES) * LANES;
}

size_t avx2_f32_packed_bytes(const struct conv *c)
{
    if (c->winograd != NULL) {
        return winograd_f32_packed_bytes(c, AVX2_LANES);
    }
    if (is_dot(c)) {
        return dot_values(c) * sizeof(float);
    }
    return (size_t)vectors_of(c->out_channels, LANES) * LANES * (1 + (size_t)c->segments * c->length) * sizeof(float);
}

/* A block's biases, then for each value of the window one weight for each of the block's channels. */
static void pack_tiles(const struct conv *c, const float *weights, const float *biases, float *to)
{
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide) {
        wide = block_vectors(c, vectors_of(c->out_channels - from, LANES)) * LANES;
        for (uint32_t i = 0; i < wide; i++) {
            *to++ = from + i < c->out_channels ? biases[from + i] : 0;
        }
        for (uint32_t at = 0; at < c->segments * c->length; at++) {
            for (uint32_t i = 0; i < wide; i++) {
                *to++ = from + i < c->out_channels ? weights[weight_index(c, from + i, at)] : 0;
            }
        }
    }
}

/* A block's biases, then for each step along the window a vector of weights for each of the block's channels. */
static void pack_dots(const struct conv *c, const float *weights, const float *biases, float *to)
{
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide) {
        wide = dot_block(c->out_channels - from);
        for (uint32_t i = 0; i < DOTS; i++) {
            *to++ = i < wide ? biases[from + i] : 0;
        }
        for (uint32_t s = 0; s < c->segments; s++) {
            for (uint32_t k = 0; k < c->length; k += LANES) {
                for (uint32_t i = 0; i < wide * LANES; i++) {
                    const uint32_t at = k + i % LANES;
                    *to++ = at < c->length ? weights[weight_index(c, from + i / LANES, s * c->length + at)] : 0;
                }
            }
        }
    }
}

void avx2_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    if (c->winograd != NULL) {
        winograd_f32_pack(c, AVX2_LANES, AVX2_MOST_VECTORS, weights, biases, to);
    } else if (is_dot(c)) {
        pack_dots(c, weights, biases, to);
    } else {
        pack_tiles(c, weights, biases, to);
    }
}

/* ---- many windows ---- */

INLINE __m256i first_lanes(uint32_t count)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* A NaN on either side stays one. */
INLINE __m256 larger(__m256 a, __m256 b)
{
    return _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}

INLINE void store(float *out, __m256 values, float low, uint32_t count)
{
    values = _mm256_max_ps(_mm256_set1_ps(low), values); /* in this order a NaN stays one */
    if (count >= LANES) {
        _mm256_storeu_ps(out, values);
    } else {
        _mm256_maskstore_ps(out, first_lanes(count), values);
    }
}

/* A value to all lanes, and value * weights added. As assembly because the order matters: LLVM's scheduler loads values
 * early and then has no register for a sum (twice the time). */
INLINE __m256 broadcast(const float *from)
{
    __m256 value;
    __asm__ volatile("vbroadcastss %1, %0" : "=x"(value) : "m"(*from));
    return value;
}

INLINE __m256 multiply_add(__m256 sum, __m256 value, __m256 weights)
{
    __asm__ volatile("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(value), "x"(weights));
    return sum;
}

/* One tile: `tile` windows x `wide` vectors of channels. */
INLINE void sum_tile(const struct conv *c, const float *const *windows, const float *weights, uint32_t tile,
                     uint32_t wide, __m256 *result)
{
    __m256 sums[TILE_SUMS]; /* not `result`: what has an address would be stored in each step */
    for (uint32_t i = 0; i < tile * wide; i++) {
        sums[i] = _mm256_load_ps(weights + i % wide * LANES);
    }
    weights += wide * LANES;
    for (uint32_t s = 0; s < c->segments; s++) {
        const size_t end = (size_t)c->offsets[s] + c->length;
        for (size_t at = c->offsets[s]; at < end; at++, weights += wide * LANES) {
            __m256 row[3];
            for (uint32_t v = 0; v < wide; v++) {
                row[v] = _mm256_load_ps(weights + v * LANES);
            }
            for (uint32_t p = 0; p < tile; p++) {
                const __m256 value = broadcast(windows[p] + at);
                for (uint32_t v = 0; v < wide; v++) {
                    sums[p * wide + v] = multiply_add(sums[p * wide + v], value, row[v]);
                }
            }
        }
    }
    for (uint32_t i = 0; i < tile * wide; i++) {
        result[i] = sums[i];
    }
}

/* A block of channels for all windows; `count` channels of its last vector are written. */
INLINE void conv_block(const struct conv *c, const float *in, const float *weights, float *out, uint32_t tile,
                       uint32_t wide, uint32_t count)
{
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done += tile) {
        const float *windows[8];
        size_t to[8], from;
        __m256 sums[TILE_SUMS];
        for (uint32_t p = 0; p < tile; p++) {
            next_window(&walk, &from, &to[p]);
            windows[p] = in + from;
        }
        sum_tile(c, windows, weights, tile, wide, sums);
        for (uint32_t p = 0; p < tile; p++) {
            for (uint32_t v = 0; v < wide; v++) {
                store(out + to[p] + v * LANES, sums[p * wide + v], c->low, v + 1 < wide ? LANES : count);
            }
        }
    }
}

/* The same with pooling: a tile is the four windows behind one output. */
INLINE void pool_block(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide,
                       uint32_t count)
{
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done++) {
        size_t from[4], to;
        __m256 sums[TILE_SUMS];
        next_pool(&walk, from, &to);
        const float *windows[4] = {in + from[0], in + from[1], in + from[2], in + from[3]};
        sum_tile(c, windows, weights, 4, wide, sums);
        for (uint32_t v = 0; v < wide; v++) {
            const __m256 upper = larger(sums[v], sums[wide + v]);
            const __m256 lower = larger(sums[2 * wide + v], sums[3 * wide + v]);
            store(out + to + v * LANES, larger(upper, lower), c->low, v + 1 < wide ? LANES : count);
        }
    }
}

AVX2 static void conv_channels(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide,
                               uint32_t count)
{
    if (wide == 1) {
        conv_block(c, in, weights, out, 8, 1, count);
    } else if (wide == 2) {
        conv_block(c, in, weights, out, 6, 2, count);
    } else {
        conv_block(c, in, weights, out, 4, 3, count);
    }
}

AVX2 static void pool_channels(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide,
                               uint32_t count)
{
    if (wide == 1) {
        pool_block(c, in, weights, out, 1, count);
    } else if (wide == 2) {
        pool_block(c, in, weights, out, 2, count);
    } else {
        pool_block(c, in, weights, out, 3, count);
    }
}

AVX2 static void conv_tiles(const struct conv *c, const float *in, float *out)
{
    const float *weights = c->packed;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide * LANES) {
        wide = block_vectors(c, vectors_of(c->out_channels - from, LANES));
        const uint32_t behind = from + (wide - 1) * LANES;
        const uint32_t count = c->out_channels - behind;
        if (c->pool) {
            pool_channels(c, in, weights, out + from, wide, count);
        } else {
            conv_channels(c, in, weights, out + from, wide, count);
        }
        weights += wide * LANES * (1 + (size_t)c->segments * c->length);
    }
}

/* ---- one window ---- */

/* The sums of eight vectors, in their order. */
INLINE __m256 add_up(const __m256 *v)
{
    const __m256 low = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3]));
    const __m256 high = _mm256_hadd_ps(_mm256_hadd_ps(v[4], v[5]), _mm256_hadd_ps(v[6], v[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31));
}

/* `wide` outputs (8, 4, 2 or 1), each with 8 / wide sums, which hides the adders' delay. */
INLINE const float *dot(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide)
{
    const uint32_t steps = DOTS / wide;
    const float *const biases = weights;
    __m256 sums[DOTS];
    float totals[DOTS];
    for (uint32_t i = 0; i < DOTS; i++) {
        sums[i] = _mm256_setzero_ps();
    }
    weights += DOTS;
    for (uint32_t s = 0; s < c->segments; s++) {
        const float *values = in + c->offsets[s];
        uint32_t left = c->length;
        for (; left >= steps * LANES; left -= steps * LANES, values += steps * LANES, weights += DOTS * LANES) {
            for (uint32_t i = 0; i < DOTS; i++) {
                sums[i] = _mm256_fmadd_ps(_mm256_loadu_ps(values + i / wide * LANES),
                                          _mm256_load_ps(weights + i * LANES), sums[i]);
            }
        }
        for (; left > 0; left -= left < LANES ? left : LANES, values += LANES, weights += wide * LANES) {
            for (uint32_t i = 0; i < wide; i++) {
                sums[i] = _mm256_fmadd_ps(_mm256_maskload_ps(values, first_lanes(left)),
                                          _mm256_load_ps(weights + i * LANES), sums[i]);
            }
        }
    }
    _mm256_storeu_ps(totals, add_up(sums));
    for (uint32_t i = wide; i < DOTS; i++) {
        totals[i % wide] += totals[i];
    }
    store(out, _mm256_add_ps(_mm256_loadu_ps(totals), _mm256_load_ps(biases)), c->low, wide);
    return weights;
}

AVX2 void avx2_f32_conv(const struct conv *c, const float *in, float *out)
{
    const float *weights = c->packed;
    if (c->winograd != NULL) {
        avx2_f32_winograd(c, in, out);
        return;
    }
    if (!is_dot(c)) {
        conv_tiles(c, in, out);
        return;
    }
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide) {
        wide = dot_block(c->out_channels - from);
        if (wide == 8) {
            weights = dot(c, in, weights, out + from, 8);
        } else if (wide == 4) {
            weights = dot(c, in, weights, out + from, 4);
        } else if (wide == 2) {
            weights = dot(c, in, weights, out + from, 2);
        } else {
            weights = dot(c, in, weights, out + from, 1);
        }
    }
}

#endif
