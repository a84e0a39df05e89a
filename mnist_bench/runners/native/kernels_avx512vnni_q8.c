/* int8 with AVX-512 VNNI: vpdpbusd takes four bytes and four weights at once, exactly.
 *
 * Many windows: a tile of 8 windows x up to 2 vectors of output channels has all its sums in registers; a step takes four
 * values of each window to all the channels. One window (linear): up to 8 vectors of channels, weights stream through
 * once; where there are fewer, each has several sums, which hides the instruction's delay. What a run lacks to whole
 * steps has zero weights.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define INLINE static inline __attribute__((always_inline)) AVX512

enum {
    LANES = 16,
    STEP = 4,              /* values of a window that one step takes */
    VECTOR = LANES * STEP, /* bytes */
    TILE = 8,
    POOLED = 4,
    WIDEST = 2,
    LINE = 8, /* sums of one window */
};

/* The vectors of channels in the next block of a layer that has `channels` left. */
static uint32_t next_vectors(const struct conv *c, uint32_t channels)
{
    return is_dot(c) ? dot_block(vectors_of(channels, LANES)) : channels > LANES ? 2 : 1;
}

/* ---- packing ---- */

/* A vector's biases and multipliers, and its weights. */
static size_t vector_bytes(const struct conv *c)
{
    return 2 * VECTOR + (size_t)c->segments * vectors_of(c->length, STEP) * VECTOR;
}

size_t avx512vnni_q8_packed_bytes(const struct conv *c)
{
    return vectors_of(c->out_channels, LANES) * vector_bytes(c);
}

/* For each step four weights for each of the block's channels. */
static void pack_weights(const struct conv *c, const int8_t *weights, uint32_t from, uint32_t wide, int8_t *to)
{
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t k = 0; k < c->length; k += STEP) {
            for (uint32_t i = 0; i < wide * STEP; i++) {
                const uint32_t out = from + i / STEP, at = k + i % STEP;
                const bool there = out < c->out_channels && at < c->length;
                *to++ = there ? weights[weight_index(c, out, s * c->length + at)] : 0;
            }
        }
    }
}

/* Each block: biases, multipliers, weights. */
void avx512vnni_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                        void *to)
{
    char *block = to;
    memset(to, 0, avx512vnni_q8_packed_bytes(c));
    for (uint32_t from = 0; from < c->out_channels;) {
        const uint32_t left = c->out_channels - from, vectors = next_vectors(c, left), wide = vectors * LANES;
        const uint32_t there = left < wide ? left : wide;
        memcpy(block, biases + from, there * sizeof *biases);
        memcpy(block + vectors * VECTOR, multipliers + from, there * sizeof *multipliers);
        pack_weights(c, weights, from, wide, (int8_t *)block + 2 * vectors * VECTOR);
        block += vectors * vector_bytes(c);
        from += wide;
    }
}

/* ---- requantization ---- */

INLINE void store(const struct conv *c, uint8_t *out, __m512i sums, const char *multipliers, __mmask16 lanes)
{
    const __m512i scaled = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_load_ps(multipliers)));
    __m256i values = _mm256_adds_epi16(_mm512_cvtsepi32_epi16(scaled), _mm256_set1_epi16(c->zero_point));
    values = _mm256_max_epi16(values, _mm256_set1_epi16(c->low_byte));
    _mm_mask_storeu_epi8(out, lanes, _mm256_cvtusepi16_epi8(values));
}

INLINE __m512i multiply_add(__m512i sum, const uint8_t *values, const char *weights)
{
    int32_t four;
    memcpy(&four, values, sizeof four);
    return _mm512_dpbusd_epi32(sum, _mm512_set1_epi32(four), _mm512_load_si512(weights));
}

/* ---- many windows ---- */

INLINE void sum_tile(const struct conv *c, const uint8_t *const *windows, const char *block, uint32_t wide,
                     __m512i *result)
{
    __m512i sums[TILE * WIDEST]; /* not `result`: what has an address would be stored in each step */
    for (uint32_t i = 0; i < TILE * wide; i++) {
        sums[i] = _mm512_load_si512(block + i % wide * VECTOR);
    }
    const char *weights = block + 2 * wide * VECTOR;
    for (uint32_t s = 0; s < c->segments; s++) {
        const size_t end = (size_t)c->offsets[s] + c->length;
        for (size_t at = c->offsets[s]; at < end; at += STEP, weights += wide * VECTOR) {
            for (uint32_t p = 0; p < TILE; p++) {
                for (uint32_t v = 0; v < wide; v++) {
                    sums[p * wide + v] = multiply_add(sums[p * wide + v], windows[p] + at, weights + v * VECTOR);
                }
            }
        }
    }
    for (uint32_t i = 0; i < TILE * wide; i++) {
        result[i] = sums[i];
    }
}

/* A block of channels for all windows; `last` are the lanes of its last vector that are written. */
INLINE void conv_block(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t wide,
                       __mmask16 last)
{
    const char *multipliers = block + wide * VECTOR;
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done += TILE) {
        const uint8_t *windows[TILE];
        size_t to[TILE], from;
        __m512i sums[TILE * WIDEST];
        for (uint32_t p = 0; p < TILE; p++) {
            next_window(&walk, &from, &to[p]);
            windows[p] = in + from;
        }
        sum_tile(c, windows, block, wide, sums);
        for (uint32_t i = 0; i < TILE * wide; i++) {
            const uint32_t v = i % wide;
            store(c, out + to[i / wide] + v * LANES, sums[i], multipliers + v * VECTOR, v + 1 < wide ? 0xffff : last);
        }
    }
}

/* The same with pooling: a tile is the windows behind two outputs. */
INLINE void pool_block(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t wide,
                       __mmask16 last)
{
    const char *multipliers = block + wide * VECTOR;
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done += TILE / POOLED) {
        const uint8_t *windows[TILE];
        size_t to[TILE / POOLED], from[TILE];
        __m512i sums[TILE * WIDEST];
        for (uint32_t p = 0; p < TILE / POOLED; p++) {
            next_pool(&walk, from + p * POOLED, &to[p]);
        }
        for (uint32_t p = 0; p < TILE; p++) {
            windows[p] = in + from[p];
        }
        sum_tile(c, windows, block, wide, sums);
        for (uint32_t i = 0; i < TILE / POOLED * wide; i++) {
            const uint32_t v = i % wide;
            const __m512i *four = sums + i / wide * POOLED * wide + v;
            const __m512i upper = _mm512_max_epi32(four[0], four[wide]);
            const __m512i lower = _mm512_max_epi32(four[2 * wide], four[3 * wide]);
            store(c, out + to[i / wide] + v * LANES, _mm512_max_epi32(upper, lower), multipliers + v * VECTOR,
                  v + 1 < wide ? 0xffff : last);
        }
    }
}

/* ---- one window ---- */

INLINE void line_block(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t wide,
                       __mmask16 last)
{
    const uint32_t steps = LINE / wide;
    const char *weights = block + 2 * wide * VECTOR;
    __m512i sums[LINE];
    for (uint32_t i = 0; i < LINE; i++) {
        sums[i] = i < wide ? _mm512_load_si512(block + i * VECTOR) : _mm512_setzero_si512();
    }
    for (uint32_t s = 0; s < c->segments; s++) {
        const uint8_t *values = in + c->offsets[s];
        uint32_t left = vectors_of(c->length, STEP);
        for (; left >= steps; left -= steps, values += steps * STEP, weights += LINE * VECTOR) {
            for (uint32_t i = 0; i < LINE; i++) {
                sums[i] = multiply_add(sums[i], values + i / wide * STEP, weights + i * VECTOR);
            }
        }
        for (; left > 0; left--, values += STEP, weights += wide * VECTOR) {
            for (uint32_t i = 0; i < wide; i++) {
                sums[i] = multiply_add(sums[i], values, weights + i * VECTOR);
            }
        }
    }
    for (uint32_t i = wide; i < LINE; i++) {
        sums[i % wide] = _mm512_add_epi32(sums[i % wide], sums[i]);
    }
    for (uint32_t v = 0; v < wide; v++) {
        store(c, out + v * LANES, sums[v], block + (wide + v) * VECTOR, v + 1 < wide ? 0xffff : last);
    }
}

AVX512 static void line_channels(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out,
                                 uint32_t wide, __mmask16 last)
{
    if (wide == 8) {
        line_block(c, in, block, out, 8, last);
    } else if (wide == 4) {
        line_block(c, in, block, out, 4, last);
    } else if (wide == 2) {
        line_block(c, in, block, out, 2, last);
    } else {
        line_block(c, in, block, out, 1, last);
    }
}

AVX512 static void conv_channels(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out,
                                 uint32_t wide, __mmask16 last)
{
    if (is_dot(c)) {
        line_channels(c, in, block, out, wide, last);
    } else if (c->pool && wide == 1) {
        pool_block(c, in, block, out, 1, last);
    } else if (c->pool) {
        pool_block(c, in, block, out, 2, last);
    } else if (wide == 1) {
        conv_block(c, in, block, out, 1, last);
    } else {
        conv_block(c, in, block, out, 2, last);
    }
}

AVX512 void avx512vnni_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    const char *block = c->packed;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide * LANES) {
        wide = next_vectors(c, c->out_channels - from);
        conv_channels(c, in, block, out + from, wide, last_lanes(c->out_channels - from, wide));
        block += wide * vector_bytes(c);
    }
}
#endif
