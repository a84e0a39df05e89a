/* The kernels of Winograd's way in int8 (winograd_q8.h), for any vectors.
 *
 * A set's file defines, and then includes this:
 *   TARGET, INLINE             of its functions, and of those that become part of their callers
 *   LANES                      sums in a vector
 *   vector                     of sums that products are added to
 *   MOST_ROWS, MOST_SUMS       tiles that are multiplied together, and vectors of their sums, at most
 * and the functions that are declared below.
 */
#include "unroll.h"
#include "winograd_q8.h"

#include <string.h>

#define MOST_SIDE 6
#define MOST_TILE 4
#define NINTH 954437177u /* modulo 2^32 */

/* Values of 16 bits; sums modulo 2^32; and sums as they are. */
typedef int16_t values_t __attribute__((vector_size(4 * LANES)));
typedef uint32_t modular_t __attribute__((vector_size(4 * LANES)));
typedef int32_t sums_t __attribute__((vector_size(4 * LANES)));

/* 2 * LANES bytes. */
INLINE values_t widened(const uint8_t *from);
INLINE sums_t largest_sums(sums_t a, sums_t b);

/* Writes one vector of bytes for each of up to four pixels, where `out` is not NULL. */
INLINE void keep_bytes(const struct conv *c, uint32_t count, const sums_t *sums, const float *multipliers,
                       uint8_t *const *out);

/* Adds each tile's values, times their weights, to the sums of `rows` tiles x `vectors`. */
INLINE void add_channels(const uint32_t rows, const uint32_t vectors, const int16_t **tiles, const int16_t *weights,
                         uint32_t channels, vector *sums);

/* B' d, of 4 or 6 vectors. */
INLINE void transform_values(const uint32_t tile, const values_t *d, values_t *to)
{
    if (tile == 2) {
        to[0] = d[0] - d[2];
        to[1] = d[1] + d[2];
        to[2] = d[2] - d[1];
        to[3] = d[1] - d[3];
        return;
    }
    const values_t even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1];
    const values_t next_even = d[4] - d[2], next_odd = 2 * (d[3] - d[1]);
    to[0] = 4 * (d[0] - d[2]) + next_even;
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = next_even + next_odd;
    to[4] = next_even - next_odd;
    to[5] = 4 * (d[1] - d[3]) + (d[5] - d[3]);
}

/* 2 or 24 times A' m: 2 or 4 vectors. */
INLINE void transform_sums(const uint32_t tile, const modular_t *m, modular_t *to)
{
    if (tile == 2) {
        to[0] = 2 * m[0] + m[1] + m[2];
        to[1] = m[1] - m[2] - 2 * m[3];
        return;
    }
    const modular_t even = 4 * (m[1] + m[2]), odd = 4 * (m[1] - m[2]);
    const modular_t next_even = m[3] + m[4], next_odd = 2 * (m[3] - m[4]);
    to[0] = 6 * m[0] + even + next_even;
    to[1] = odd + next_odd;
    to[2] = even + 4 * next_even;
    to[3] = odd + 4 * next_odd + 24 * m[5];
}

/* Where the vector of channels begins that should begin at `at`: the last one lies over the one before. */
INLINE uint32_t channel_at(uint32_t at, uint32_t channels, uint32_t lanes)
{
    return at + lanes <= channels ? at : channels - lanes;
}

/* The values of one tile of inputs, of which `rows` and `columns` exist. For others, the last one is read: no output
 * that is kept depends on them. */
INLINE void values_of_tile(const struct conv *c, const uint32_t tile, const uint8_t *in, uint32_t rows,
                           uint32_t columns, int16_t *values)
{
    const uint32_t side = tile + 2;
    const size_t plane = c->winograd->value_plane;
    size_t row_at[MOST_SIDE], column_at[MOST_SIDE];
    UNROLL
    for (uint32_t i = 0; i < side; i++) {
        row_at[i] = (i < rows ? i : rows - 1) * c->in_row;
        column_at[i] = (i < columns ? i : columns - 1) * c->in_column;
    }
    for (uint32_t at = 0; at < c->channels; at += 2 * LANES) {
        const uint32_t channel = channel_at(at, c->channels, 2 * LANES);
        values_t half[MOST_SIDE][MOST_SIDE];
        UNROLL
        for (uint32_t i = 0; i < side; i++) {
            const uint8_t *from = in + row_at[i] + channel;
            values_t row[MOST_SIDE];
            UNROLL
            for (uint32_t j = 0; j < side; j++) {
                row[j] = widened(from + column_at[j]);
            }
            transform_values(tile, row, half[i]);
        }
        UNROLL
        for (uint32_t j = 0; j < side; j++) {
            values_t column[MOST_SIDE], done[MOST_SIDE];
            UNROLL
            for (uint32_t i = 0; i < side; i++) {
                column[i] = half[i][j];
            }
            transform_values(tile, column, done);
            UNROLL
            for (uint32_t i = 0; i < side; i++) {
                memcpy(values + (i * side + j) * plane + channel, &done[i], sizeof done[i]);
            }
        }
    }
}

/* The tiles of a pass. */
struct pass {
    uint32_t first, count;
};

/* B' d B: the values of a pass's tiles. */
INLINE void transform_inputs(const struct conv *c, const uint32_t tile, struct pass pass, const uint8_t *in,
                             int16_t *values)
{
    const struct winograd *w = c->winograd;
    for (uint32_t i = 0; i < pass.count; i++, values += c->channels) {
        const uint32_t y = (pass.first + i) / w->columns * tile, x = (pass.first + i) % w->columns * tile;
        values_of_tile(c, tile, in + y * c->in_row + x * c->in_column, w->height + 2 - y, w->width + 2 - x, values);
    }
}

/* A' m A of one vector of channels of a tile, multiplied by 4 or 576: column by column. */
INLINE void multiples_of_tile(const struct conv *c, const uint32_t tile, const int32_t *sums,
                              modular_t done[MOST_TILE][MOST_TILE])
{
    const uint32_t side = tile + 2;
    const size_t plane = c->winograd->sum_plane;
    modular_t half[MOST_SIDE][MOST_TILE];
    UNROLL
    for (uint32_t i = 0; i < side; i++) {
        modular_t row[MOST_SIDE];
        UNROLL
        for (uint32_t j = 0; j < side; j++) {
            memcpy(&row[j], sums + (i * side + j) * plane, sizeof row[j]);
        }
        transform_sums(tile, row, half[i]);
    }
    UNROLL
    for (uint32_t j = 0; j < tile; j++) {
        modular_t column[MOST_SIDE];
        UNROLL
        for (uint32_t i = 0; i < side; i++) {
            column[i] = half[i][j];
        }
        transform_sums(tile, column, done[j]);
    }
}

/* The outputs of one tile, of which `rows` and `columns` are there. */
INLINE void outputs_of_tile(const struct conv *c, const uint32_t tile, const bool pool, const int32_t *sums,
                            uint8_t *out, uint32_t rows, uint32_t columns)
{
    const uint32_t each = pool ? 2 : 1, count = tile / each * (tile / each), group = count < 4 ? count : 4;
    const int32_t *biases = c->packed;
    const float *multipliers = (const float *)(biases + c->winograd->sum_row);
    for (uint32_t at = 0; at < c->out_channels; at += LANES) {
        const uint32_t channel = channel_at(at, c->out_channels, LANES);
        modular_t done[MOST_TILE][MOST_TILE];
        sums_t bias, pixels[MOST_TILE * MOST_TILE];
        uint8_t *to[MOST_TILE * MOST_TILE];
        memcpy(&bias, biases + channel, sizeof bias);
        multiples_of_tile(c, tile, sums + channel, done);
        UNROLL
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t y = i / (tile / each) * each, x = i % (tile / each) * each;
            const modular_t factor = (modular_t){0} + (tile == 2 ? 1 : NINTH);
            sums_t most = (sums_t)(done[x][y] * factor);
            if (pool) {
                const sums_t right = (sums_t)(done[x + 1][y] * factor), lower = (sums_t)(done[x][y + 1] * factor);
                const sums_t last = (sums_t)(done[x + 1][y + 1] * factor);
                most = largest_sums(largest_sums(most, right), largest_sums(lower, last));
            }
            pixels[i] = (sums_t)((modular_t)(most >> (tile == 2 ? 2 : 6)) + (modular_t)bias);
            to[i] = y < rows && x < columns ? out + y / each * c->out_row + x / each * c->out_column + channel : NULL;
        }
        UNROLL
        for (uint32_t i = 0; i < count; i += group) {
            keep_bytes(c, group, pixels + i, multipliers + channel, to + i);
        }
    }
}

INLINE void transform_outputs(const struct conv *c, const uint32_t tile, const bool pool, struct pass pass,
                              const int32_t *sums, uint8_t *out)
{
    const struct winograd *w = c->winograd;
    const uint32_t each = pool ? 2 : 1;
    for (uint32_t i = 0; i < pass.count; i++, sums += w->sum_row) {
        const uint32_t y = (pass.first + i) / w->columns * tile, x = (pass.first + i) % w->columns * tile;
        outputs_of_tile(c, tile, pool, sums, out + y / each * c->out_row + x / each * c->out_column, w->height - y,
                        w->width - x);
    }
}

/* Sums for a block of output channels and some tiles, whose values begin `row` after the tile before's. */
typedef void products_function(const int16_t *values, size_t row, const int16_t *weights, uint32_t channels,
                               int32_t *sums, size_t sum_row);

INLINE void add_products(const uint32_t rows, const uint32_t vectors, const int16_t *values, size_t row,
                         const int16_t *weights, uint32_t channels, int32_t *sums, size_t sum_row)
{
    vector all[MOST_SUMS];
    const int16_t *tiles[MOST_ROWS];
    UNROLL
    for (uint32_t p = 0; p < rows; p++) {
        tiles[p] = values + p * row;
    }
    UNROLL
    for (uint32_t i = 0; i < rows * vectors; i++) {
        all[i] = (vector){0};
    }
    add_channels(rows, vectors, tiles, weights, channels, all);
    UNROLL
    for (uint32_t p = 0; p < rows; p++) {
        UNROLL
        for (uint32_t v = 0; v < vectors; v++) {
            memcpy(sums + p * sum_row + v * LANES, &all[p * vectors + v], sizeof *all);
        }
    }
}

/* One function for each shape of a tile of tiles. */
#define PRODUCTS(rows, vectors)                                                                                        \
    TARGET static void products_##rows##x##vectors(const int16_t *values, size_t row, const int16_t *weights,          \
                                                   uint32_t channels, int32_t *sums, size_t sum_row)                   \
    {                                                                                                                  \
        add_products(rows, vectors, values, row, weights, channels, sums, sum_row);                                    \
    }

/* All sums of `count` tiles. `functions`: for `rows` tiles, by the block's vectors, of which it has at most `most`. */
static void multiply(const struct conv *c, uint32_t count, uint32_t rows, uint32_t most,
                     products_function *const *functions, const int16_t *values, int32_t *sums)
{
    const struct winograd *w = c->winograd;
    const uint32_t channels = rounded_up(c->channels, WINOGRAD_STEP);
    const int16_t *weights = (const int16_t *)((const int32_t *)c->packed + 2 * w->sum_row);
    for (uint32_t plane = 0; plane < w->planes; plane++, values += w->value_plane, sums += w->sum_plane) {
        for (uint32_t first = 0, wide; first < w->vectors; first += wide) {
            wide = winograd_block(w->vectors - first, most);
            for (uint32_t i = 0; i < count; i += rows) {
                const uint32_t from = i + rows <= count ? i : count - rows;
                functions[wide](values + (size_t)from * c->channels, c->channels, weights, channels,
                                sums + (size_t)from * w->sum_row + first * LANES, w->sum_row);
            }
            weights += (size_t)wide * LANES * channels;
        }
    }
}

/* What depends on the tile, and on whether there is a pooling, each function made for one of them. */
typedef void inputs_function(const struct conv *c, struct pass pass, const uint8_t *in, int16_t *values);
typedef void outputs_function(const struct conv *c, struct pass pass, const int32_t *sums, uint8_t *out);

#define INPUTS(tile)                                                                                                   \
    TARGET static void inputs_of_##tile(const struct conv *c, struct pass pass, const uint8_t *in, int16_t *values)    \
    {                                                                                                                  \
        transform_inputs(c, tile, pass, in, values);                                                                  \
    }
#define OUTPUTS(tile, pool)                                                                                            \
    TARGET static void outputs_of_##tile##_##pool(const struct conv *c, struct pass pass, const int32_t *sums,         \
                                                  uint8_t *out)                                                        \
    {                                                                                                                  \
        transform_outputs(c, tile, pool, pass, sums, out);                                                            \
    }
INPUTS(2)
INPUTS(4)
OUTPUTS(2, 0)
OUTPUTS(2, 1)
OUTPUTS(4, 0)
OUTPUTS(4, 1)

/* All passes. */
static void convolve(const struct conv *c, uint32_t rows, uint32_t most, products_function *const *functions,
                     const uint8_t *in, uint8_t *out)
{
    static inputs_function *const inputs[] = {inputs_of_2, inputs_of_4};
    static outputs_function *const outputs[2][2] = {{outputs_of_2_0, outputs_of_2_1},
                                                    {outputs_of_4_0, outputs_of_4_1}};
    const struct winograd *w = c->winograd;
    const uint32_t is_four = w->tile == 4;
    int16_t *values = w->scratch;
    int32_t *sums = (int32_t *)(void *)((char *)w->scratch + w->sums_at);
    for (uint32_t i = 0; i < w->tiles; i += w->at_once) {
        struct pass pass = {i, w->tiles - i < w->at_once ? w->tiles - i : w->at_once};
        if (pass.count < WINOGRAD_FEWEST_TILES) {
            pass = (struct pass){w->tiles - WINOGRAD_FEWEST_TILES, WINOGRAD_FEWEST_TILES};
        }
        inputs[is_four](c, pass, in, values);
        multiply(c, pass.count, rows, most, functions, values, sums);
        outputs[is_four][c->pool](c, pass, sums, out);
    }
}
