/* fp32 with AVX-512: a tile of 8 windows x up to 2 vectors of output channels has all its sums in registers; a step takes
 * one value of each window to all the channels. One window (linear) is another file's.
 */
#include "kernels_x86.h"
#include "winograd.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline)) AVX512

enum { LANES = 16, TILE = 8, POOLED = 4, WIDEST = 2, ROWS = 3, COLUMNS = 3 };

/* How many vectors of channels the next block has where `channels` are left. */
static uint32_t tile_vectors(uint32_t channels)
{
    return channels > LANES ? 2 : 1;
}

size_t avx512vnni_f32_packed_bytes(const struct conv *c)
{
    if (c->winograd != NULL) {
        return winograd_f32_packed_bytes(c, AVX512_LANES);
    }
    if (is_dot(c)) {
        return avx512vnni_f32_line_packed_bytes(c);
    }
    return (size_t)vectors_of(c->out_channels, LANES) * LANES * (1 + (size_t)c->segments * c->length) * sizeof(float);
}

/* A block's biases, then for each value of the window one weight for each of the block's channels. */
void avx512vnni_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    if (c->winograd != NULL) {
        winograd_f32_pack(c, AVX512_LANES, AVX512_MOST_VECTORS, weights, biases, to);
        return;
    }
    if (is_dot(c)) {
        avx512vnni_f32_line_pack(c, weights, biases, to);
        return;
    }
    float *next = to;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide) {
        wide = tile_vectors(c->out_channels - from) * LANES;
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

/* A NaN on either side stays one. */
INLINE __m512 larger(__m512 a, __m512 b)
{
    return _mm512_mask_mov_ps(_mm512_max_ps(a, b), _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a);
}

/* Of the sums of four windows. */
INLINE __m512 largest_of(const __m512 *four, uint32_t wide)
{
    return larger(larger(four[0], four[wide]), larger(four[2 * wide], four[3 * wide]));
}

INLINE void store(float *out, __m512 values, float low, __mmask16 lanes)
{
    values = _mm512_max_ps(_mm512_set1_ps(low), values); /* in this order a NaN stays one */
    _mm512_mask_storeu_ps(out, lanes, values);
}

INLINE void sum_tile(const struct conv *c, const float *const *windows, const float *weights, uint32_t wide,
                     __m512 *result)
{
    __m512 sums[TILE * WIDEST]; /* not `result`: what has an address would be stored in each step */
    for (uint32_t i = 0; i < TILE * wide; i++) {
        sums[i] = _mm512_load_ps(weights + i % wide * LANES);
    }
    weights += wide * LANES;
    for (uint32_t s = 0; s < c->segments; s++) {
        const size_t end = (size_t)c->offsets[s] + c->length;
        for (size_t at = c->offsets[s]; at < end; at++, weights += wide * LANES) {
            for (uint32_t p = 0; p < TILE; p++) {
                const __m512 value = _mm512_set1_ps(windows[p][at]);
                for (uint32_t v = 0; v < wide; v++) {
                    sums[p * wide + v] = _mm512_fmadd_ps(value, _mm512_load_ps(weights + v * LANES), sums[p * wide + v]);
                }
            }
        }
    }
    for (uint32_t i = 0; i < TILE * wide; i++) {
        result[i] = sums[i];
    }
}

/* A block of channels for all windows; `last` are the lanes of its last vector that are written. */
INLINE void conv_block(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide,
                       __mmask16 last)
{
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done += TILE) {
        const float *windows[TILE];
        size_t to[TILE], from[TILE];
        __m512 sums[TILE * WIDEST];
        next_tile(&walk, TILE, from, to);
        for (uint32_t p = 0; p < TILE; p++) {
            windows[p] = in + from[p];
        }
        sum_tile(c, windows, weights, wide, sums);
        for (uint32_t p = 0; p < TILE; p++) {
            for (uint32_t v = 0; v < wide; v++) {
                store(out + to[p] + v * LANES, sums[p * wide + v], c->low, v + 1 < wide ? 0xffff : last);
            }
        }
    }
}

/* The same with pooling: a tile is the windows behind two outputs. */
INLINE void pool_block(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide,
                       __mmask16 last)
{
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done += TILE / POOLED) {
        const float *windows[TILE];
        size_t to[TILE / POOLED], from[TILE];
        __m512 sums[TILE * WIDEST];
        next_tile(&walk, TILE / POOLED, from, to);
        for (uint32_t p = 0; p < TILE; p++) {
            windows[p] = in + from[p];
        }
        sum_tile(c, windows, weights, wide, sums);
        for (uint32_t p = 0; p < TILE / POOLED; p++) {
            for (uint32_t v = 0; v < wide; v++) {
                const __m512 largest = largest_of(sums + p * POOLED * wide + v, wide);
                store(out + to[p] + v * LANES, largest, c->low, v + 1 < wide ? 0xffff : last);
            }
        }
    }
}

/* ---- windows of few values ---- */

static bool has_few_values(const struct conv *c)
{
    return c->segments == ROWS && c->length == COLUMNS;
}

/* All weights of a block stay in registers; with pooling, an output is the largest of four windows. */
INLINE void few_block(const struct conv *whole, const float *in, const float *weights, float *out, uint32_t wide,
                      bool pool, __mmask16 last)
{
    const struct conv own = *whole, *const c = &own; /* nothing that is written can lie in it */
    const size_t each = pool ? 2 : 1, windows = pool ? POOLED : 1;
    const size_t corners[POOLED] = {0, c->in_column, c->in_row, c->in_row + c->in_column};
    const size_t rows[ROWS] = {c->offsets[0], c->offsets[1], c->offsets[2]};
    __m512 factors[ROWS * COLUMNS][WIDEST];
    for (uint32_t i = 0; i < ROWS * COLUMNS * wide; i++) {
        factors[i / wide][i % wide] = _mm512_load_ps(weights + (wide + i) * LANES);
    }
    for (uint32_t y = 0; y < c->out_height; y++) {
        const float *pixel = in + y * each * c->in_row;
        float *to = out + y * c->out_row;
        for (uint32_t x = 0; x < c->out_width; x++, pixel += each * c->in_column, to += c->out_column) {
            __m512 sums[POOLED * WIDEST];
            for (uint32_t i = 0; i < windows * wide; i++) {
                sums[i] = _mm512_load_ps(weights + i % wide * LANES);
            }
            for (uint32_t i = 0; i < ROWS * COLUMNS; i++) {
                for (uint32_t p = 0; p < windows; p++) {
                    const __m512 value = _mm512_set1_ps(pixel[corners[p] + rows[i / COLUMNS] + i % COLUMNS]);
                    for (uint32_t v = 0; v < wide; v++) {
                        sums[p * wide + v] = _mm512_fmadd_ps(value, factors[i][v], sums[p * wide + v]);
                    }
                }
            }
            for (uint32_t v = 0; v < wide; v++) {
                const __m512 result = pool ? largest_of(sums + v, wide) : sums[v];
                store(to + v * LANES, result, c->low, v + 1 < wide ? 0xffff : last);
            }
        }
    }
}

/* One vector of channels with a pooling goes the other way. */
INLINE bool goes_few(const struct conv *c, uint32_t wide)
{
    return has_few_values(c) && (wide == WIDEST || !c->pool);
}

AVX512 static void few_channels(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide,
                                __mmask16 last)
{
    if (c->pool) {
        few_block(c, in, weights, out, WIDEST, true, last);
    } else if (wide == 1) {
        few_block(c, in, weights, out, 1, false, last);
    } else {
        few_block(c, in, weights, out, WIDEST, false, last);
    }
}

AVX512 static void conv_channels(const struct conv *c, const float *in, const float *weights, float *out, uint32_t wide,
                                 __mmask16 last)
{
    if (goes_few(c, wide)) {
        few_channels(c, in, weights, out, wide, last);
    } else if (c->pool && wide == 1) {
        pool_block(c, in, weights, out, 1, last);
    } else if (c->pool) {
        pool_block(c, in, weights, out, 2, last);
    } else if (wide == 1) {
        conv_block(c, in, weights, out, 1, last);
    } else {
        conv_block(c, in, weights, out, 2, last);
    }
}

AVX512 void avx512vnni_f32_conv(const struct conv *c, const float *in, float *out)
{
    if (c->winograd != NULL) {
        avx512vnni_f32_winograd(c, in, out);
        return;
    }
    if (is_dot(c)) {
        avx512vnni_f32_line_conv(c, in, out);
        return;
    }
    const float *weights = c->packed;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide * LANES) {
        wide = tile_vectors(c->out_channels - from);
        conv_channels(c, in, weights, out + from, wide, last_lanes(c->out_channels - from, wide));
        weights += wide * LANES * (1 + (size_t)c->segments * c->length);
    }
}
#endif
