/* Depthwise convolutions in int8 with NEON; depthwise_row.h says what a vector has.
 *
 * Values are made signed (128 less, which biases make up for), so that the sum of two products fits 16 bits. Going down a
 * column of the output, the rows that windows of 3 x 3 share stay in registers.
 */
#include "kernels_arm.h"

#if defined(__aarch64__)

#include <string.h>

#include "depthwise_row.h"

enum { BYTES = 16, LESS = 128 };

static struct cut cut_of(const struct conv *c)
{
    return cut_row(c, BYTES, 1);
}

/* Biases and multipliers, then weights for each value of the window. */
static size_t pattern_bytes(const struct conv *c)
{
    return BYTES * (sizeof(int32_t) + sizeof(float) + c->segments);
}

size_t neon_depthwise_q8_packed_bytes(const struct conv *c)
{
    return cut_of(c).patterns * pattern_bytes(c);
}

void neon_depthwise_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                            const float *multipliers, void *to)
{
    const struct cut cut = cut_of(c);
    memset(to, 0, neon_depthwise_q8_packed_bytes(c));
    for (uint32_t i = 0; i < cut.patterns; i++) {
        int32_t *pattern_biases = (void *)((char *)to + i * pattern_bytes(c));
        float *pattern_multipliers = (float *)(pattern_biases + BYTES);
        int8_t *pattern_weights = (int8_t *)(pattern_multipliers + BYTES);
        for (uint32_t at = 0; at < BYTES; at++) {
            const uint32_t channel = channel_at(c, &cut, i, at);
            if (channel >= c->out_channels) {
                continue;
            }
            uint32_t bias = (uint32_t)biases[channel];
            for (uint32_t s = 0; s < c->segments; s++) {
                const int8_t weight = weights[(size_t)channel * c->segments + s];
                pattern_weights[s * BYTES + at] = weight;
                bias += LESS * (uint32_t)weight;
            }
            pattern_biases[at] = (int32_t)bias;
            pattern_multipliers[at] = multipliers[channel];
        }
    }
}

/* A column of the output: of each of its rows `count` bytes. */
struct work {
    const uint8_t *in;
    uint8_t *out;
    const int32_t *biases;
    const float *multipliers;
    const int8_t *weights;
    uint32_t count;
};

INLINE int8x16_t load(const uint8_t *in)
{
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(in), vdupq_n_u8(LESS)));
}

INLINE void start_sums(const struct work *work, int32x4_t sums[4])
{
    UNROLL
    for (int v = 0; v < 4; v++) {
        sums[v] = vld1q_s32(work->biases + 4 * v);
    }
}

INLINE void widen(int32x4_t sums[4], int16x8_t low, int16x8_t high)
{
    sums[0] = vaddw_s16(sums[0], vget_low_s16(low));
    sums[1] = vaddw_high_s16(sums[1], low);
    sums[2] = vaddw_s16(sums[2], vget_low_s16(high));
    sums[3] = vaddw_high_s16(sums[3], high);
}

INLINE void add_one(int32x4_t sums[4], int8x16_t a, int8x16_t wa)
{
    widen(sums, vmull_s8(vget_low_s8(a), vget_low_s8(wa)), vmull_high_s8(a, wa));
}

INLINE void add_two(int32x4_t sums[4], int8x16_t a, int8x16_t wa, int8x16_t b, int8x16_t wb)
{
    const int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(wa)), high = vmull_high_s8(a, wa);
    widen(sums, vmlal_s8(low, vget_low_s8(b), vget_low_s8(wb)), vmlal_high_s8(high, b, wb));
}

INLINE void store(const struct conv *c, uint8_t *out, int32x4_t sums[4], const struct work *work)
{
    UNROLL
    for (int v = 0; v < 4; v++) {
        sums[v] = scaled(sums[v], vld1q_f32(work->multipliers + 4 * v));
    }
    store_bytes(out, requantized(c, 4, sums), 4, work->count);
}

/* 3 x 3; from an output to the one below it, `stride` rows are new. */
INLINE void column_of_three(const struct conv *conv, const struct work *column, int stride)
{
    const struct conv local = *conv, *const c = &local; /* for the compiler: bytes that are written could be those of *conv */
    const struct work own = *column, *const work = &own;
    uint32_t offsets[9];
    const uint8_t *in = work->in;
    uint8_t *out = work->out;
    int8x16_t weights[9], values[9];
    UNROLL
    for (int s = 0; s < 9; s++) {
        offsets[s] = conv->offsets[s];
        weights[s] = vld1q_s8(work->weights + s * BYTES);
    }
    UNROLL
    for (int s = 0; s < 9 - 3 * stride; s++) {
        values[s] = load(in + offsets[s]);
    }
    for (uint32_t y = c->out_height; y > 0; y--, in += c->in_row, out += c->out_row) {
        UNROLL
        for (int s = 9 - 3 * stride; s < 9; s++) {
            values[s] = load(in + offsets[s]);
        }
        int32x4_t sums[4];
        start_sums(work, sums);
        UNROLL
        for (int s = 0; s < 8; s += 2) {
            add_two(sums, values[s], weights[s], values[s + 1], weights[s + 1]);
        }
        add_one(sums, values[8], weights[8]);
        store(c, out, sums, work);
        UNROLL
        for (int s = 0; s < 9 - 3 * stride; s++) {
            values[s] = values[s + 3 * stride];
        }
    }
}

/* Any window. */
INLINE void column_of_any(const struct conv *c, const struct work *work)
{
    for (uint32_t y = 0; y < c->out_height; y++) {
        const uint8_t *in = work->in + y * c->in_row;
        const int8_t *weights = work->weights;
        int32x4_t sums[4];
        start_sums(work, sums);
        for (uint32_t s = 0; s + 1 < c->segments; s += 2, weights += 2 * BYTES) {
            add_two(sums, load(in + c->offsets[s]), vld1q_s8(weights), load(in + c->offsets[s + 1]),
                    vld1q_s8(weights + BYTES));
        }
        if (c->segments % 2 == 1) {
            add_one(sums, load(in + c->offsets[c->segments - 1]), vld1q_s8(weights));
        }
        store(c, work->out + y * c->out_row, sums, work);
    }
}

void neon_depthwise_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    const struct cut cut = cut_of(c);
    const uint32_t new_rows = new_rows_of_three(c);
    for (uint32_t i = 0; i < cut.per_row; i++) {
        const struct column column = column_at(c, &cut, i);
        const int32_t *biases = (const void *)((const char *)c->packed + column.pattern * pattern_bytes(c));
        const float *multipliers = (const float *)(biases + BYTES);
        const int8_t *weights = (const int8_t *)(multipliers + BYTES);
        const struct work work = {in + column.in, out + column.out, biases, multipliers, weights, column.count};
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
