/* Depthwise convolutions in int8 with AVX2; depthwise_row.h says what a vector has.
 *
 * Two values of a window are widened to 16 bits and interleaved, so that vpmaddwd takes two products of each channel at
 * once, exactly. Going down a column of the output, the rows that windows of 3 x 3 share stay interleaved in registers.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "depthwise_row.h"

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) AVX2

enum { BYTES = 16, VECTOR = 32 };

static struct cut cut_of(const struct conv *c)
{
    return cut_row(c, BYTES, 1);
}

static size_t pairs_of(const struct conv *c)
{
    return ((size_t)c->segments + 1) / 2;
}

/* Biases and multipliers, then weights for each pair of values. */
static size_t pattern_bytes(const struct conv *c)
{
    return (4 + 2 * pairs_of(c)) * VECTOR;
}

size_t avx2_depthwise_q8_packed_bytes(const struct conv *c)
{
    return cut_of(c).patterns * pattern_bytes(c);
}

/* Value `i` of a window, in the order of the pairs: of 3 x 3 where rows are shared, two of each row, then the rest. */
static uint32_t value_at(const struct conv *c, uint32_t i)
{
    static const uint8_t of_three[] = {0, 1, 3, 4, 6, 7, 2, 5, 8};
    return new_rows_of_three(c) != 0 ? of_three[i] : i;
}

void avx2_depthwise_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                            const float *multipliers, void *to)
{
    const struct cut cut = cut_of(c);
    char *pattern = to;
    memset(to, 0, avx2_depthwise_q8_packed_bytes(c));
    for (uint32_t i = 0; i < cut.patterns; i++, pattern += pattern_bytes(c)) {
        for (uint32_t at = 0; at < BYTES; at++) {
            const uint32_t channel = channel_at(c, &cut, i, at);
            const uint32_t lane = at % 8 / 4 * 8 + at / 8 * 4 + at % 4; /* as interleaving has them */
            if (channel >= c->out_channels) {
                continue;
            }
            memcpy(pattern + lane * sizeof *biases, biases + channel, sizeof *biases);
            memcpy(pattern + 2 * VECTOR + lane * sizeof(float), multipliers + channel, sizeof(float));
            for (uint32_t v = 0; v < c->segments; v++) {
                const int16_t weight = weights[(size_t)channel * c->segments + value_at(c, v)];
                memcpy(pattern + (4 + v / 2 * 2) * VECTOR + lane * 4 + v % 2 * 2, &weight, sizeof weight);
            }
        }
    }
}

INLINE __m256i widened(const uint8_t *in)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)in));
}

INLINE void interleave(__m256i a, __m256i b, __m256i pair[2])
{
    pair[0] = _mm256_unpacklo_epi16(a, b);
    pair[1] = _mm256_unpackhi_epi16(a, b);
}

INLINE void multiply_add(__m256i sums[2], const __m256i pair[2], const char *weights)
{
    for (int half = 0; half < 2; half++) {
        const __m256i w = _mm256_load_si256((const void *)(weights + half * VECTOR));
        sums[half] = _mm256_add_epi32(sums[half], _mm256_madd_epi16(pair[half], w));
    }
}

INLINE void start_sums(__m256i sums[2], const char *pattern)
{
    sums[0] = _mm256_load_si256((const void *)pattern);
    sums[1] = _mm256_load_si256((const void *)(pattern + VECTOR));
}

INLINE __m256i scaled(__m256i sums, const char *multipliers)
{
    const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_load_ps((const void *)multipliers));
    return _mm256_cvtps_epi32(product);
}

INLINE void store(const struct conv *c, uint8_t *out, const __m256i sums[2], const char *pattern, uint32_t count)
{
    __m256i values = _mm256_packs_epi32(scaled(sums[0], pattern + 2 * VECTOR), scaled(sums[1], pattern + 3 * VECTOR));
    values = _mm256_adds_epi16(values, _mm256_set1_epi16(c->zero_point));
    __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
    bytes = _mm_max_epu8(bytes, _mm_set1_epi8((char)c->low_byte));
    if (count == BYTES) {
        _mm_storeu_si128((void *)out, bytes);
    } else {
        uint8_t some[BYTES];
        _mm_storeu_si128((void *)some, bytes);
        for (uint32_t i = 0; i < count; i++) {
            out[i] = some[i];
        }
    }
}

/* A column of the output: of each of its rows `count` bytes. */
struct work {
    const uint8_t *in;
    uint8_t *out;
    const char *pattern; /* packed */
    uint32_t count;
};

/* A row of a window of 3 x 3. */
struct row_of_three {
    __m256i pair[2], last;
};

INLINE struct row_of_three load_row(const uint8_t *in, const uint32_t *offsets)
{
    struct row_of_three row;
    interleave(widened(in + offsets[0]), widened(in + offsets[1]), row.pair);
    row.last = widened(in + offsets[2]);
    return row;
}

/* 3 x 3; from an output to the one below it, `stride` rows are new. */
INLINE void column_of_three(const struct conv *c, const struct work *work, uint32_t stride)
{
    const char *const weights = work->pattern + 4 * VECTOR;
    const uint8_t *in = work->in;
    uint8_t *out = work->out;
    struct row_of_three above = load_row(in, c->offsets), middle = load_row(in, c->offsets + 3);
    for (uint32_t y = 0; y < c->out_height; y++, in += c->in_row, out += c->out_row) {
        const struct row_of_three below = load_row(in, c->offsets + 6);
        __m256i sums[2], pair[2];
        start_sums(sums, work->pattern);
        multiply_add(sums, above.pair, weights);
        multiply_add(sums, middle.pair, weights + 2 * VECTOR);
        multiply_add(sums, below.pair, weights + 4 * VECTOR);
        interleave(above.last, middle.last, pair);
        multiply_add(sums, pair, weights + 6 * VECTOR);
        interleave(below.last, _mm256_setzero_si256(), pair);
        multiply_add(sums, pair, weights + 8 * VECTOR);
        store(c, out, sums, work->pattern, work->count);
        above = stride == 1 ? middle : below;
        if (stride == 1) {
            middle = below;
        } else if (y + 1 < c->out_height) {
            middle = load_row(in + c->in_row, c->offsets + 3);
        }
    }
}

/* Any window. */
INLINE void column_of_any(const struct conv *c, const struct work *work)
{
    for (uint32_t y = 0; y < c->out_height; y++) {
        const uint8_t *in = work->in + y * c->in_row;
        const char *weights = work->pattern + 4 * VECTOR;
        __m256i sums[2], pair[2];
        start_sums(sums, work->pattern);
        for (uint32_t s = 0; s < c->segments; s += 2, weights += 2 * VECTOR) {
            const bool single = s + 1 == c->segments;
            const __m256i next = single ? _mm256_setzero_si256() : widened(in + c->offsets[s + 1]);
            interleave(widened(in + c->offsets[s]), next, pair);
            multiply_add(sums, pair, weights);
        }
        store(c, work->out + y * c->out_row, sums, work->pattern, work->count);
    }
}

AVX2 void avx2_depthwise_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    const struct cut cut = cut_of(c);
    const uint32_t new_rows = new_rows_of_three(c);
    for (uint32_t i = 0; i < cut.per_row; i++) {
        const struct column column = column_at(c, &cut, i);
        const char *pattern = (const char *)c->packed + column.pattern * pattern_bytes(c);
        const struct work work = {in + column.in, out + column.out, pattern, column.count};
        if (new_rows == 1) {
            column_of_three(c, &work, 1);
        } else if (new_rows == 2) {
            column_of_three(c, &work, 2);
        } else {
            column_of_any(c, &work);
        }
    }
}
#endif
