/* int8 with AVX2, one window (linear): up to 64 outputs at once, weights stream through.
 *
 * vpmaddwd wants 16 bits, and to widen each weight costs as much as to multiply it. So two outputs share 16 bits: the
 * second one's weight is the upper byte, the first one's plus 128 the lower. Shifted down by 8 that is the second's; as
 * it is, it gives 256 times the second's sum plus the first's plus 128 times the sum of the values, which is taken away
 * at the end: exact, as sums of 32 bits wrap.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include "kernels_avx2_q8.h"

#include <string.h>

enum {
    OUTPUTS = 2 * LANES, /* of a vector of weights */
    VECTORS = 4,         /* of weights in a step; each has two sums */
    PAIR = 2,            /* values of a window that a step takes */
    RUN = 16,            /* what a run is filled up to, with zero weights */
    CHUNK = 8192,        /* values that are widened at once */
};

/* The vectors of weights that are summed together where `outputs` are left: 4, 2 or 1. */
static uint32_t line_vectors(uint32_t outputs)
{
    return outputs > 3 * OUTPUTS ? 4 : outputs > OUTPUTS ? 2 : 1;
}

static size_t vector_bytes(const struct conv *c)
{
    return (8 + (size_t)c->segments * vectors_of(c->length, RUN) * RUN) * OUTPUTS;
}

size_t avx2_q8_line_packed_bytes(const struct conv *c)
{
    return vectors_of(c->out_channels, OUTPUTS) * vector_bytes(c);
}

static int weight_of(const struct conv *c, const int8_t *weights, uint32_t out, uint32_t s, uint32_t at)
{
    return out < c->out_channels && at < c->length ? weights[weight_index(c, out, s * c->length + at)] : 0;
}

/* For each pair of values, for each of the block's vectors, for each of the first outputs: the pair's weights. */
static void pack_weights(const struct conv *c, const int8_t *weights, uint32_t from, uint32_t vectors, int16_t *to)
{
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t k = 0; k < vectors_of(c->length, RUN) * RUN; k += PAIR) {
            for (uint32_t i = 0; i < vectors * OUTPUTS; i++) {
                const uint32_t out = from + i / OUTPUTS * OUTPUTS + i % OUTPUTS / PAIR, at = k + i % PAIR;
                const int first = weight_of(c, weights, out, s, at);
                *to++ = (int16_t)(weight_of(c, weights, out + LANES, s, at) * 256 + first + 128);
            }
        }
    }
}

/* Each block: biases, multipliers, weights. */
void avx2_q8_line_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                       void *to)
{
    char *block = to;
    memset(to, 0, avx2_q8_line_packed_bytes(c));
    for (uint32_t from = 0; from < c->out_channels;) {
        const uint32_t left = c->out_channels - from, vectors = line_vectors(left), wide = vectors * OUTPUTS;
        const uint32_t there = left < wide ? left : wide;
        memcpy(block, biases + from, there * sizeof *biases);
        memcpy(block + wide * sizeof *biases, multipliers + from, there * sizeof *multipliers);
        pack_weights(c, weights, from, vectors, (int16_t *)(void *)(block + wide * 8));
        block += vectors * vector_bytes(c);
        from += wide;
    }
}

/* To 16 bits, up to a whole vector; returns the sum. */
AVX2 static uint32_t widen(const uint8_t *values, uint32_t count, uint16_t *to)
{
    __m256i sums = _mm256_setzero_si256();
    for (uint32_t i = 0; i < count; i += RUN) {
        const __m256i some = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(values + i)));
        _mm256_store_si256((__m256i *)(void *)(to + i), some);
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(some, _mm256_set1_epi16(1)));
    }
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    four = _mm_hadd_epi32(four, four);
    return (uint32_t)(_mm_cvtsi128_si32(four) + _mm_extract_epi32(four, 1));
}

/* A step of one vector of weights: to the sums of both outputs, and to the second one's. */
INLINE void add_products(const uint16_t *values, const __m256i *weights, __m256i *both, __m256i *second)
{
    int32_t two;
    memcpy(&two, values, sizeof two);
    const __m256i pair = _mm256_set1_epi32(two), some = _mm256_load_si256(weights);
    *both = _mm256_add_epi32(*both, _mm256_madd_epi16(pair, some));
    *second = _mm256_add_epi32(*second, _mm256_madd_epi16(pair, _mm256_srai_epi16(some, 8)));
}

/* Adds the products of widened values; fewer vectors than four have several sums each, which hides the delays. */
INLINE const __m256i *sum_line(const uint16_t *values, uint32_t count, const __m256i *weights, uint32_t vectors,
                               __m256i *result)
{
    const uint32_t steps = VECTORS / vectors;
    __m256i both[VECTORS], second[VECTORS]; /* not `result`: what has an address would be stored in each step */
    for (uint32_t i = 0; i < VECTORS; i++) {
        both[i] = result[i];
        second[i] = result[VECTORS + i];
    }
    for (const uint16_t *const end = values + count; values < end; values += steps * PAIR, weights += VECTORS) {
        for (uint32_t i = 0; i < VECTORS; i++) {
            add_products(values + i / vectors * PAIR, weights + i, &both[i], &second[i]);
        }
    }
    for (uint32_t i = 0; i < VECTORS; i++) {
        result[i] = both[i];
        result[VECTORS + i] = second[i];
    }
    return weights;
}

/* The sums of one window for a block's outputs, eight in each vector. */
INLINE void sum_window(const struct conv *c, const uint8_t *in, const char *block, uint32_t vectors, __m256i *outputs)
{
    _Alignas(32) uint16_t values[CHUNK];
    const __m256i *weights = (const __m256i *)(const void *)(block + vectors * OUTPUTS * 8);
    const __m256i *biases = (const __m256i *)(const void *)block;
    __m256i sums[2 * VECTORS];
    uint32_t total = 0;
    for (uint32_t i = 0; i < 2 * VECTORS; i++) {
        sums[i] = _mm256_setzero_si256();
    }
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t at = 0, count; at < c->length; at += count) {
            count = c->length - at < CHUNK ? vectors_of(c->length - at, RUN) * RUN : CHUNK;
            total += widen(in + c->offsets[s] + at, count, values);
            weights = sum_line(values, count, weights, vectors, sums);
        }
    }
    for (uint32_t v = 0; v < vectors; v++) {
        __m256i both = sums[v], second = sums[VECTORS + v];
        for (uint32_t i = v + vectors; i < VECTORS; i += vectors) {
            both = _mm256_add_epi32(both, sums[i]);
            second = _mm256_add_epi32(second, sums[VECTORS + i]);
        }
        const __m256i first = _mm256_sub_epi32(_mm256_sub_epi32(both, _mm256_slli_epi32(second, 8)),
                                               _mm256_set1_epi32((int)(128 * total)));
        outputs[2 * v] = _mm256_add_epi32(first, _mm256_load_si256(biases + 2 * v));
        outputs[2 * v + 1] = _mm256_add_epi32(second, _mm256_load_si256(biases + 2 * v + 1));
    }
}

INLINE void line_block(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t vectors,
                       uint32_t left)
{
    const float *multipliers = (const float *)(const void *)block + vectors * OUTPUTS;
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done++) {
        size_t from[4], to;
        __m256i sums[2 * VECTORS];
        next_tile(&walk, 1, from, &to);
        for (uint32_t v = 0; v < 2 * vectors; v++) {
            sums[v] = _mm256_set1_epi32(INT32_MIN);
        }
        for (uint32_t i = 0; i < (c->pool ? 4 : 1); i++) {
            __m256i some[2 * VECTORS];
            sum_window(c, in + from[i], block, vectors, some);
            for (uint32_t v = 0; v < 2 * vectors; v++) {
                sums[v] = _mm256_max_epi32(sums[v], some[v]);
            }
        }
        for (uint32_t v = 0; v < 2 * vectors && v * LANES < left; v++) {
            store(c, out + to + v * LANES, sums[v], multipliers + v * LANES, left - v * LANES);
        }
    }
}

AVX2 void avx2_q8_line_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    const char *block = c->packed;
    for (uint32_t from = 0, vectors; from < c->out_channels; from += vectors * OUTPUTS) {
        const uint32_t left = c->out_channels - from;
        vectors = line_vectors(left);
        if (vectors == 4) {
            line_block(c, in, block, out + from, 4, left);
        } else if (vectors == 2) {
            line_block(c, in, block, out + from, 2, left);
        } else {
            line_block(c, in, block, out + from, 1, left);
        }
        block += vectors * vector_bytes(c);
    }
}
#endif
