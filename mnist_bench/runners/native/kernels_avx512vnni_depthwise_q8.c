/* Depthwise convolutions in int8 with AVX-512 VNNI; depthwise_row.h says what a vector has.
 *
 * Up to four neighbours of a row of the window are interleaved, so that vpdpbusd takes four products of each channel at
 * once. Going down a column of the output, the rows that windows of 3 x 3 share stay interleaved in registers.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "depthwise_row.h"

#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define INLINE static inline __attribute__((always_inline)) AVX512

enum { BYTES = 64, TAPS = 4, QUARTERS = 4, SUMS = 16 };

static struct cut cut_of(const struct conv *c)
{
    return cut_row(c, BYTES, 4);
}

/* Fours of a row of the window, the last one perhaps with fewer. */
static uint32_t fours_of(const struct conv *c)
{
    return (c->kernel_width + TAPS - 1) / TAPS;
}

/* Biases and multipliers, then weights for each four of each row. */
static size_t pattern_bytes(const struct conv *c)
{
    return (2 + (size_t)c->kernel_height * fours_of(c)) * QUARTERS * BYTES;
}

size_t avx512vnni_depthwise_q8_packed_bytes(const struct conv *c)
{
    return cut_of(c).patterns * pattern_bytes(c);
}

/* One channel's part of a pattern: lane `lane` of the four vectors that a vector of bytes becomes. */
static void pack_lane(const struct conv *c, const int8_t *weights, uint32_t lane, char *pattern)
{
    int8_t *to = (int8_t *)pattern + (2 * QUARTERS * BYTES) + lane * TAPS;
    for (uint32_t y = 0; y < c->kernel_height; y++) {
        for (uint32_t x = 0; x < c->kernel_width; x++) {
            to[(y * fours_of(c) + x / TAPS) * QUARTERS * BYTES + x % TAPS] = weights[y * c->kernel_width + x];
        }
    }
}

void avx512vnni_depthwise_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                                  const float *multipliers, void *to)
{
    const struct cut cut = cut_of(c);
    char *pattern = to;
    memset(to, 0, avx512vnni_depthwise_q8_packed_bytes(c));
    for (uint32_t i = 0; i < cut.patterns; i++, pattern += pattern_bytes(c)) {
        for (uint32_t at = 0; at < BYTES; at++) {
            const uint32_t channel = channel_at(c, &cut, i, at);
            const uint32_t lane = at % 16 / 4 * SUMS + at / 16 * 4 + at % 4; /* as interleaving has them */
            if (channel < c->out_channels) {
                memcpy(pattern + lane * sizeof *biases, biases + channel, sizeof *biases);
                memcpy(pattern + QUARTERS * BYTES + lane * sizeof(float), multipliers + channel, sizeof(float));
                pack_lane(c, weights + (size_t)channel * c->segments, lane, pattern);
            }
        }
    }
}

/* A vector of bytes: 64 of them, or the channels of `pixels` pixels. */
INLINE __m512i load(const uint8_t *in, uint32_t pixels, size_t column)
{
    if (pixels == 1) {
        return _mm512_loadu_si512(in);
    }
    if (pixels == 2) {
        return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const void *)in)),
                                  _mm256_loadu_si256((const void *)(in + column)), 1);
    }
    __m512i values = _mm512_castsi128_si512(_mm_loadu_si128((const void *)in));
    values = _mm512_inserti32x4(values, _mm_loadu_si128((const void *)(in + column)), 1);
    values = _mm512_inserti32x4(values, _mm_loadu_si128((const void *)(in + 2 * column)), 2);
    return _mm512_inserti32x4(values, _mm_loadu_si128((const void *)(in + 3 * column)), 3);
}

/* Up to four neighbours of each byte side by side. */
INLINE void interleave(const uint8_t *in, const uint32_t *offsets, uint32_t taps, uint32_t pixels, size_t column,
                       __m512i *fours)
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i a = load(in + offsets[0], pixels, column);
    const __m512i b = taps > 1 ? load(in + offsets[1], pixels, column) : zero;
    const __m512i d = taps > 2 ? load(in + offsets[2], pixels, column) : zero;
    const __m512i e = taps > 3 ? load(in + offsets[3], pixels, column) : zero;
    const __m512i low = _mm512_unpacklo_epi8(a, b), high = _mm512_unpackhi_epi8(a, b);
    const __m512i low_next = _mm512_unpacklo_epi8(d, e), high_next = _mm512_unpackhi_epi8(d, e);
    fours[0] = _mm512_unpacklo_epi16(low, low_next);
    fours[1] = _mm512_unpackhi_epi16(low, low_next);
    fours[2] = _mm512_unpacklo_epi16(high, high_next);
    fours[3] = _mm512_unpackhi_epi16(high, high_next);
}

INLINE void multiply_add(__m512i *sums, const __m512i *fours, const char *weights)
{
    for (uint32_t q = 0; q < QUARTERS; q++) {
        sums[q] = _mm512_dpbusd_epi32(sums[q], fours[q], _mm512_load_si512(weights + q * BYTES));
    }
}

INLINE void start_sums(__m512i *sums, const char *pattern)
{
    for (uint32_t q = 0; q < QUARTERS; q++) {
        sums[q] = _mm512_load_si512(pattern + q * BYTES);
    }
}

INLINE void store(const struct conv *c, uint8_t *out, const __m512i *sums, const char *pattern, __mmask64 bytes)
{
    const __m512i zero_point = _mm512_set1_epi16(c->zero_point);
    __m512i scaled[QUARTERS];
    for (uint32_t q = 0; q < QUARTERS; q++) {
        const __m512 multipliers = _mm512_load_ps(pattern + (QUARTERS + q) * BYTES);
        scaled[q] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[q]), multipliers));
    }
    const __m512i low = _mm512_adds_epi16(_mm512_packs_epi32(scaled[0], scaled[1]), zero_point);
    const __m512i high = _mm512_adds_epi16(_mm512_packs_epi32(scaled[2], scaled[3]), zero_point);
    const __m512i values = _mm512_max_epu8(_mm512_packus_epi16(low, high), _mm512_set1_epi8((char)c->low_byte));
    if (~bytes == 0) { /* some processors are slow with masks */
        _mm512_storeu_si512(out, values);
    } else {
        _mm512_mask_storeu_epi8(out, bytes, values);
    }
}

/* Of a column of the output, a vector wide. */
struct work {
    const uint8_t *in;
    uint8_t *out;
    const char *pattern; /* packed */
    uint32_t pixels;     /* of a vector */
    __mmask64 bytes;     /* that are written */
};

/* 3 x 3; from an output to the one below it, `stride` rows are new. */
INLINE void column_of_three(const struct conv *c, const struct work *work, uint32_t stride, uint32_t pixels)
{
    const char *const weights = work->pattern + (2 * QUARTERS * BYTES);
    const uint8_t *in = work->in;
    uint8_t *out = work->out;
    __m512i rows[3][QUARTERS];
    for (uint32_t r = 0; r < 3 - stride; r++) {
        interleave(in, c->offsets + 3 * r, 3, pixels, c->in_column, rows[r]);
    }
    for (uint32_t y = 0; y < c->out_height; y++, in += c->in_row, out += c->out_row) {
        __m512i sums[QUARTERS];
        start_sums(sums, work->pattern);
        for (uint32_t r = 0; r < 3; r++) {
            if (r >= 3 - stride) {
                interleave(in, c->offsets + 3 * r, 3, pixels, c->in_column, rows[r]);
            }
            multiply_add(sums, rows[r], weights + r * QUARTERS * BYTES);
        }
        store(c, out, sums, work->pattern, work->bytes);
        for (uint32_t i = 0; i < (3 - stride) * QUARTERS; i++) {
            rows[i / QUARTERS][i % QUARTERS] = rows[i / QUARTERS + stride][i % QUARTERS];
        }
    }
}

/* Any window. */
INLINE void column_of_any(const struct conv *c, const struct work *work)
{
    for (uint32_t y = 0; y < c->out_height; y++) {
        const char *weights = work->pattern + (2 * QUARTERS * BYTES);
        __m512i sums[QUARTERS], fours[QUARTERS];
        start_sums(sums, work->pattern);
        for (uint32_t s = 0; s < c->segments;) {
            const uint32_t left = c->kernel_width - s % c->kernel_width, taps = left < TAPS ? left : TAPS;
            interleave(work->in + y * c->in_row, c->offsets + s, taps, work->pixels, c->in_column, fours);
            multiply_add(sums, fours, weights);
            weights += QUARTERS * BYTES;
            s += taps;
        }
        store(c, work->out + y * c->out_row, sums, work->pattern, work->bytes);
    }
}

AVX512 static void q8_column(const struct conv *c, const struct work *work)
{
    const uint32_t new_rows = new_rows_of_three(c);
    if (new_rows == 1 && work->pixels == 1) {
        column_of_three(c, work, 1, 1);
    } else if (new_rows == 2) {
        column_of_three(c, work, 2, work->pixels);
    } else {
        column_of_any(c, work);
    }
}

AVX512 void avx512vnni_depthwise_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    const struct cut cut = cut_of(c);
    for (uint32_t i = 0; i < cut.per_row; i++) {
        const struct column column = column_at(c, &cut, i);
        const char *pattern = (const char *)c->packed + column.pattern * pattern_bytes(c);
        const __mmask64 bytes = ~(__mmask64)0 >> (BYTES - column.count);
        q8_column(c, &(struct work){in + column.in, out + column.out, pattern, cut.pixels, bytes});
    }
}
#endif
