/* The input of a convolution with USMMLA as matrices of 2 x 8 bytes in the scratch: eight channels of a pixel, and of the
 * pixel one stride to its right; and which of them a tile of eight windows needs. */
#ifndef MNIST_BENCH_KERNELS_I8MM_LAYOUT_H
#define MNIST_BENCH_KERNELS_I8MM_LAYOUT_H

#include "kernels_arm.h"

#if defined(HAS_DOTPROD_KERNELS)

#define PAIRS 4 /* of windows in a tile */
#define MATRIX 16

/* The input as matrices, and what is computed of it. */
struct layout {
    uint32_t width, height;       /* windows; with a pooling there are four for each pixel */
    uint32_t rows, columns;       /* of the input: pixels of which there are matrices */
    uint32_t eights;              /* matrices of one pixel */
    size_t in_row;                /* of the input, in values */
    size_t segment, row, column;  /* bytes of matrices from a row of a window, and a window, to the next */
    uint32_t run;                 /* matrices of one row of a window */
    uint32_t per_row, per_tile;   /* units: pairs of windows side by side; with a pooling, pixels */
};

static inline struct layout layout_of(const struct conv *c)
{
    const uint32_t each = c->pool ? 2 : 1, eights = (c->channels + 7) / 8;
    struct layout l = {.width = each * c->out_width, .height = each * c->out_height, .eights = eights};
    l.in_row = c->segments > 1 ? c->offsets[1] : c->in_row;
    l.rows = (uint32_t)((l.height - 1) * c->in_row / l.in_row) + c->kernel_height;
    l.columns = (uint32_t)((l.width - 2) * c->in_column / c->channels) + c->kernel_width;
    l.segment = (size_t)l.columns * eights * MATRIX;
    l.row = c->in_row / l.in_row * l.segment;
    l.column = c->in_column / c->channels * eights * MATRIX;
    l.run = c->kernel_width * eights;
    l.per_row = c->pool ? c->out_width : (c->out_width + 1) / 2;
    l.per_tile = c->pool ? PAIRS / 2 : PAIRS;
    return l;
}

/* The matrices of one pixel and its neighbour. What is read past its channels meets weights that are zero. */
INLINE uint8_t *copy_pixel(const uint8_t *in, size_t neighbour, uint32_t eights, uint8_t *to)
{
    for (; eights >= 2; eights -= 2, in += 16, to += 2 * MATRIX) {
        const uint64x2_t a = vreinterpretq_u64_u8(vld1q_u8(in)), b = vreinterpretq_u64_u8(vld1q_u8(in + neighbour));
        vst1q_u8(to, vreinterpretq_u8_u64(vzip1q_u64(a, b)));
        vst1q_u8(to + MATRIX, vreinterpretq_u8_u64(vzip2q_u64(a, b)));
    }
    if (eights == 1) {
        vst1q_u8(to, vcombine_u8(vld1_u8(in), vld1_u8(in + neighbour)));
        to += MATRIX;
    }
    return to;
}

static inline void copy_input(const struct conv *c, const struct layout *l, const uint8_t *in, uint8_t *to)
{
    const size_t neighbour = c->in_column, channels = c->channels;
    const uint32_t eights = l->eights;
    for (uint32_t y = 0; y < l->rows; y++, in += l->in_row) {
        const uint8_t *pixel = in;
        for (uint32_t x = 0; x < l->columns; x++, pixel += channels) {
            to = copy_pixel(pixel, neighbour, eights, to);
        }
    }
}

/* The next unit of a layer; stays at the last one. */
struct cursor {
    uint32_t y, x;
};

INLINE void advance(const struct conv *c, struct cursor *cursor)
{
    const uint32_t x = cursor->x + (c->pool ? 1 : 2);
    if (x < c->out_width) {
        cursor->x = x;
    } else if (cursor->y + 1 < c->out_height) {
        cursor->y++;
        cursor->x = 0;
    }
}

/* Where the pairs of windows of a tile begin, and where its pixels lie: two with a pooling, else eight. */
struct places {
    const uint8_t *in[PAIRS];
    uint8_t *out[2 * PAIRS];
};

INLINE void place_pixel(const struct conv *c, const struct layout *l, struct cursor at, uint8_t *out, int unit,
                        struct places *places)
{
    places->in[2 * unit] = (const uint8_t *)c->scratch + 2 * (at.y * l->row + at.x * l->column);
    places->in[2 * unit + 1] = places->in[2 * unit] + l->row;
    places->out[unit] = out + at.y * c->out_row + at.x * c->out_column;
}

INLINE void place_pair(const struct conv *c, const struct layout *l, struct cursor at, uint8_t *out, int unit,
                       struct places *places)
{
    const uint32_t x = at.x + 2 <= c->out_width ? at.x : at.x - 1; /* of an odd width, one is computed twice */
    places->in[unit] = (const uint8_t *)c->scratch + at.y * l->row + x * l->column;
    places->out[2 * unit] = out + at.y * c->out_row + x * c->out_column;
    places->out[2 * unit + 1] = places->out[2 * unit] + c->out_column;
}

/* The places of a tile, whose first unit is at the cursor; that goes on to the next tile's. */
INLINE struct places place_tile(const struct conv *c, const struct layout *l, struct cursor *cursor, uint8_t *out)
{
    struct places places = {{NULL}, {NULL}};
    if (c->pool) {
        UNROLL
        for (int unit = 0; unit < PAIRS / 2; unit++) {
            place_pixel(c, l, *cursor, out, unit, &places);
            advance(c, cursor);
        }
    } else {
        UNROLL
        for (int unit = 0; unit < PAIRS; unit++) {
            place_pair(c, l, *cursor, out, unit, &places);
            advance(c, cursor);
        }
    }
    return places;
}

#endif
#endif
