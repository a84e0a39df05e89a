/* Depthwise convolutions in fp32, for any set with vectors; depthwise_row.h says what a vector has. Going down a column of
 * the output, windows of 3 x 3 keep the rows that they share in registers; of others, several are computed together.
 *
 * Before it is included: LANES, INLINE, the type `vector` and its load, multiply, multiply_add, add, at_least (where a NaN
 * stays one) and store (of the first `count` lanes).
 */
#ifndef MNIST_BENCH_KERNELS_DEPTHWISE_F32_H
#define MNIST_BENCH_KERNELS_DEPTHWISE_F32_H

#include <string.h>

#include "depthwise_row.h"
#include "unroll.h"

enum { TOGETHER = 4 };

/* Biases, then weights for each value of the window. */
static size_t pattern_values(const struct conv *c)
{
    return LANES * (1 + (size_t)c->segments);
}

static size_t packed_bytes(const struct conv *c)
{
    return cut_row(c, LANES, 1).patterns * pattern_values(c) * sizeof(float);
}

static void pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    const struct cut cut = cut_row(c, LANES, 1);
    float *pattern = to;
    memset(to, 0, packed_bytes(c));
    for (uint32_t i = 0; i < cut.patterns; i++, pattern += pattern_values(c)) {
        for (uint32_t at = 0; at < LANES; at++) {
            const uint32_t channel = channel_at(c, &cut, i, at);
            for (uint32_t s = 0; channel < c->out_channels && s < c->segments; s++) {
                pattern[at] = biases[channel];
                pattern[(1 + s) * LANES + at] = weights[(size_t)channel * c->segments + s];
            }
        }
    }
}

/* A column of the output: of each of its rows `count` values. */
struct work {
    const float *in;
    float *out;
    const float *pattern; /* packed */
    uint32_t count;
};

INLINE void load_row(const float *in, const size_t *offsets, vector row[3])
{
    UNROLL
    for (int x = 0; x < 3; x++) {
        row[x] = load(in + offsets[x]);
    }
}

/* 3 x 3; from an output to the one below it, `stride` rows are new. Each row of the window has sums of its own, which hides
 * the instructions' delay. */
INLINE void column_of_three(const struct conv *c, const struct work *work, int stride)
{
    const float low = c->low;
    const size_t offsets[] = {c->offsets[0], c->offsets[1], c->offsets[2], c->offsets[3], c->offsets[4],
                              c->offsets[5], c->offsets[6], c->offsets[7], c->offsets[8]};
    const size_t in_row = c->in_row, out_row = c->out_row;
    const float *in = work->in;
    float *out = work->out;
    vector weights[9], rows[3][3];
    UNROLL
    for (int s = 0; s < 9; s++) {
        weights[s] = load(work->pattern + (1 + s) * LANES);
    }
    UNROLL
    for (int r = 0; r < 3 - stride; r++) {
        load_row(in, offsets + 3 * r, rows[r]);
    }
    for (uint32_t y = c->out_height; y > 0; y--, in += in_row, out += out_row) {
        UNROLL
        for (int r = 3 - stride; r < 3; r++) {
            load_row(in, offsets + 3 * r, rows[r]);
        }
        vector sums[3];
        sums[0] = multiply_add(load(work->pattern), rows[0][0], weights[0]);
        UNROLL
        for (int r = 1; r < 3; r++) {
            sums[r] = multiply(rows[r][0], weights[3 * r]);
        }
        UNROLL
        for (int i = 0; i < 6; i++) {
            sums[i % 3] = multiply_add(sums[i % 3], rows[i % 3][1 + i / 3], weights[i % 3 * 3 + 1 + i / 3]);
        }
        store(out, at_least(low, add(add(sums[0], sums[1]), sums[2])), work->count);
        UNROLL
        for (int i = 0; i < 3 * (3 - stride); i++) {
            rows[i / 3][i % 3] = rows[i / 3 + stride][i % 3];
        }
    }
}

/* Any window; the last ones lie over those before rather than beyond the end. */
INLINE void column_of_any(const struct conv *c, const struct work *work)
{
    const uint32_t last = c->out_height - 1;
    for (uint32_t y = 0; y <= last; y += TOGETHER) {
        const float *in[TOGETHER], *weights = work->pattern;
        vector sums[TOGETHER];
        UNROLL
        for (uint32_t p = 0; p < TOGETHER; p++) {
            in[p] = work->in + (y + p < last ? y + p : last) * c->in_row;
            sums[p] = load(work->pattern);
        }
        for (uint32_t s = 0; s < c->segments; s++) {
            weights += LANES;
            const vector w = load(weights);
            UNROLL
            for (uint32_t p = 0; p < TOGETHER; p++) {
                sums[p] = multiply_add(sums[p], load(in[p] + c->offsets[s]), w);
            }
        }
        UNROLL
        for (uint32_t p = 0; p < TOGETHER; p++) {
            float *out = work->out + (y + p < last ? y + p : last) * c->out_row;
            store(out, at_least(c->low, sums[p]), work->count);
        }
    }
}

INLINE void conv(const struct conv *c, const float *in, float *out)
{
    const struct cut cut = cut_row(c, LANES, 1);
    const uint32_t new_rows = new_rows_of_three(c);
    for (uint32_t i = 0; i < cut.per_row; i++) {
        const struct column column = column_at(c, &cut, i);
        const float *pattern = (const float *)c->packed + column.pattern * pattern_values(c);
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
