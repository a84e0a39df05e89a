/* How kernels for depthwise convolutions cut a row of the output into vectors, and what they write of each.
 *
 * Where windows are neighbours of each other (a horizontal stride of 1), a vector goes over pixels as if they were not
 * there, as what it is computed from lies side by side, too: one of 16 values may be the end of a pixel and the start of
 * the next one. Elsewhere it has some channels of one pixel, or all channels of several.
 */
#ifndef MNIST_BENCH_DEPTHWISE_ROW_H
#define MNIST_BENCH_DEPTHWISE_ROW_H

#include "kernels.h"

struct cut {
    bool flat;         /* over pixels as if they were not there */
    uint32_t lanes;    /* values of a vector */
    uint32_t pixels;   /* not flat: of a vector */
    uint32_t per_row;  /* vectors */
    uint32_t patterns; /* vectors before the first one with the same channels: each has packed weights of its own */
};

/* A vector in each row of the output, from the first row to the last. */
struct column {
    size_t in, out; /* values from the first window, and from the first output */
    uint32_t pattern;
    uint32_t count; /* values that are written, the first ones */
};

static inline uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* For vectors of `lanes` values that can be joined from so many pixels at most. */
static inline struct cut cut_row(const struct conv *c, uint32_t lanes, uint32_t most_pixels)
{
    const uint32_t channels = c->out_channels, of_a_pixel = (channels + lanes - 1) / lanes;
    const uint32_t per_row = (uint32_t)(((size_t)c->out_width * channels + lanes - 1) / lanes);
    const uint32_t different = channels / common_divisor(channels, lanes);
    const uint32_t patterns = different < per_row ? different : per_row;
    if (c->in_column == channels && patterns <= 8 * of_a_pixel) { /* of more, weights would take too much memory */
        return (struct cut){true, lanes, 1, per_row, patterns};
    }
    uint32_t pixels = lanes % channels == 0 ? lanes / channels : 1;
    pixels = pixels <= most_pixels && pixels <= c->out_width ? pixels : 1;
    return (struct cut){false, lanes, pixels, of_a_pixel * ((c->out_width + pixels - 1) / pixels), of_a_pixel};
}

/* The channel of value `at` of a vector with this pattern, or one beyond the last. */
static inline uint32_t channel_at(const struct conv *c, const struct cut *cut, uint32_t pattern, uint32_t at)
{
    const size_t value = (size_t)pattern * cut->lanes + at;
    return (uint32_t)(cut->flat || cut->pixels > 1 ? value % c->out_channels : value);
}

/* Vector `index` of each row. Of several pixels, the last one lies over the one before rather than beyond the end. */
static inline struct column column_at(const struct conv *c, const struct cut *cut, uint32_t index)
{
    struct column column = {.pattern = index % cut->patterns};
    size_t left;
    if (cut->flat) {
        column.in = column.out = (size_t)index * cut->lanes;
        left = (size_t)c->out_width * c->out_channels - column.out;
    } else {
        const uint32_t x = index / cut->patterns * cut->pixels, last = c->out_width - cut->pixels;
        const size_t inside = (size_t)column.pattern * cut->lanes;
        column.in = (x < last ? x : last) * c->in_column + inside;
        column.out = (x < last ? x : last) * c->out_column + inside;
        left = (size_t)cut->pixels * c->out_channels - inside;
    }
    column.count = left < cut->lanes ? (uint32_t)left : cut->lanes;
    return column;
}

/* From an output to the one below it, rows of a window of 3 x 3 that are new: 1 or 2; 0 for any other window, or where none
 * is shared. */
static inline uint32_t new_rows_of_three(const struct conv *c)
{
    if (c->kernel_height != 3 || c->kernel_width != 3) {
        return 0;
    }
    const size_t row = c->offsets[3]; /* values from a row to the next one */
    return c->in_row == row ? 1 : c->in_row == 2 * row ? 2 : 0;
}

#endif
