/* The kernels of Winograd's way (winograd.h), for any numbers with floating point and any vectors of them.
 *
 * A set's file defines, and then includes this:
 *   TARGET, INLINE         of its functions, and of those that become part of their callers
 *   LANES                  numbers in a vector
 *   MOST_VECTORS           vectors of channels of the widest block
 *   MOST_ROWS              tiles that are multiplied together, at most
 *   number, vector         types
 * and the functions that are declared below.
 */
#include "unroll.h"
#include "winograd.h"

#include <string.h>

#define MOST_SIDE 6
#define MOST_TILE 4

struct product;

/* All lanes alike; of two vectors, where a NaN stays one; a + b * factor, rounded once. */
INLINE vector every(number value);
INLINE vector maximum(vector a, vector b);
INLINE vector add_product(vector a, vector b, number factor);

/* Adds each tile's values, times their weights, to the sums of `rows` tiles x `vectors`. */
INLINE void add_channels(const struct product *product, const uint32_t rows, const uint32_t vectors,
                         const number **tiles, vector *sums);

INLINE vector load(const number *from)
{
    vector values;
    memcpy(&values, from, sizeof values);
    return values;
}

INLINE void keep(number *to, vector values)
{
    memcpy(to, &values, sizeof values);
}

/* B' d, of 4 or 6 vectors. */
INLINE void transform_values(const uint32_t tile, const vector *d, vector *to)
{
    if (tile == 2) {
        to[0] = d[0] - d[2];
        to[1] = d[1] + d[2];
        to[2] = d[2] - d[1];
        to[3] = d[1] - d[3];
        return;
    }
    const vector even = d[4] - d[2], odd = d[3] - d[1], twice = odd + odd;
    const vector last = d[5] - d[3], first = d[0] - d[2];
    const vector next_even = add_product(d[4], d[2], -4), next_odd = add_product(d[3], d[1], -4);
    to[1] = next_even + next_odd;
    to[2] = next_even - next_odd;
    to[3] = even + twice;
    to[4] = even - twice;
    to[0] = add_product(even, first, 4);
    to[5] = add_product(last, odd, -4);
}

/* A' m, 2 or 4 vectors. */
INLINE void transform_sums(const uint32_t tile, const vector *m, vector *to)
{
    if (tile == 2) {
        to[0] = m[0] + m[1] + m[2];
        to[1] = m[1] - m[2] - m[3];
        return;
    }
    const vector even = m[1] + m[2], odd = m[1] - m[2];
    const vector next_even = m[3] + m[4], next_odd = m[3] - m[4], twice = next_odd + next_odd;
    to[0] = m[0] + even + next_even;
    to[1] = odd + twice;
    to[2] = add_product(even, next_even, 4);
    to[3] = add_product(odd + m[5], twice, 4);
}

/* Where the vector of channels begins that should begin at `at`: the last one lies over the one before. */
INLINE uint32_t channel_at(uint32_t at, uint32_t channels)
{
    return at + LANES <= channels ? at : channels - LANES;
}

INLINE uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* B' d B of one tile. Only `rows` and `columns` of its inputs exist, if that is less than a tile's side. No output that
 * is kept depends on the others: the last ones that exist stand for them. */
INLINE void values_of_tile(const struct conv *c, const uint32_t tile, const number *in, uint32_t rows, uint32_t columns,
                           number *values)
{
    const uint32_t side = tile + 2, channels = c->channels;
    const size_t plane = c->winograd->value_plane, below = side * plane, in_row = c->in_row;
    size_t column[MOST_SIDE];
    UNROLL
    for (uint32_t j = 0; j < side; j++) {
        column[j] = smaller(j, columns - 1) * c->in_column;
    }
    for (uint32_t at = 0; at < channels; at += LANES) {
        const uint32_t channel = channel_at(at, channels);
        const number *from = in + channel;
        number *to = values + channel;
        vector half[MOST_SIDE][MOST_SIDE];
        ROLLED
        for (uint32_t i = 0; i < side; i++) {
            vector row[MOST_SIDE], done[MOST_SIDE];
            UNROLL
            for (uint32_t j = 0; j < side; j++) {
                row[j] = load(from + column[j]);
            }
            transform_values(tile, row, done);
            UNROLL
            for (uint32_t j = 0; j < side; j++) {
                half[j][i] = done[j];
            }
            from += i + 1 < rows ? in_row : 0;
        }
        ROLLED
        for (uint32_t j = 0; j < side; j++, to += plane) {
            vector done[MOST_SIDE];
            transform_values(tile, half[j], done);
            UNROLL
            for (uint32_t i = 0; i < side; i++) {
                keep(to + i * below, done[i]);
            }
        }
    }
}

/* The values of the pass's tiles, from tile `first` on. */
INLINE void transform_inputs(const struct conv *c, const uint32_t tile, uint32_t first, uint32_t count,
                             const number *in, number *values)
{
    const struct winograd *w = c->winograd;
    for (uint32_t i = 0; i < count; i++, values += c->channels) {
        const uint32_t y = (first + i) / w->columns * tile, x = (first + i) % w->columns * tile;
        values_of_tile(c, tile, in + y * c->in_row + x * c->in_column, w->height + 2 - y, w->width + 2 - x, values);
    }
}

/* A' m A of one tile, with what follows it, of which `rows` and `columns` are outputs. */
INLINE void outputs_of_tile(const struct conv *c, const uint32_t tile, const bool pool, const number *sums, number *out,
                            uint32_t rows, uint32_t columns)
{
    const uint32_t side = tile + 2, each = pool ? 2 : 1;
    const size_t plane = c->winograd->sum_plane, out_row = c->out_row, out_column = c->out_column;
    const uint32_t channels = c->out_channels;
    const number *biases = c->packed;
    const vector low = every((number)c->low);
    for (uint32_t at = 0; at < channels; at += LANES) {
        const uint32_t channel = channel_at(at, channels);
        const number *from = sums + channel;
        number *to = out + channel;
        const vector bias = load(biases + channel);
        vector half[MOST_TILE][MOST_SIDE];
        ROLLED
        for (uint32_t i = 0; i < side; i++, from += side * plane) {
            vector row[MOST_SIDE], done[MOST_TILE];
            UNROLL
            for (uint32_t j = 0; j < side; j++) {
                row[j] = load(from + j * plane);
            }
            transform_sums(tile, row, done);
            UNROLL
            for (uint32_t j = 0; j < tile; j++) {
                half[j][i] = done[j];
            }
        }
        ROLLED
        for (uint32_t x = 0; x < tile; x += each, to += out_column) {
            vector done[MOST_TILE], next[MOST_TILE];
            if (x >= columns) {
                break;
            }
            transform_sums(tile, half[x], done);
            if (pool) {
                transform_sums(tile, half[x + 1], next);
            }
            UNROLL
            for (uint32_t y = 0; y < tile; y += each) {
                if (y < rows) {
                    const vector sum =
                        pool ? maximum(maximum(done[y], done[y + 1]), maximum(next[y], next[y + 1])) : done[y];
                    keep(to + y / each * out_row, maximum(low, sum + bias));
                }
            }
        }
    }
}

INLINE void transform_outputs(const struct conv *c, const uint32_t tile, const bool pool, uint32_t first,
                              uint32_t count, const number *sums, number *out)
{
    const struct winograd *w = c->winograd;
    const uint32_t each = pool ? 2 : 1;
    for (uint32_t i = 0; i < count; i++, sums += w->sum_row) {
        const uint32_t y = (first + i) / w->columns * tile, x = (first + i) % w->columns * tile;
        outputs_of_tile(c, tile, pool, sums, out + y / each * c->out_row + x / each * c->out_column, w->height - y,
                        w->width - x);
    }
}

/* What is multiplied in a plane: sums for a block of output channels, of products of each tile's `channels` values,
 * which begin `row` after those of the tile before, and weights. */
struct product {
    const number *values, *weights;
    number *sums;
    size_t row, sum_row;
    uint32_t tiles, channels;
};

typedef void products_function(const struct product *);

/* How many tiles are multiplied together, so that few are multiplied twice. */
static uint32_t rows_at_once(products_function *const functions[], uint32_t tiles)
{
    uint32_t best = 0, least = UINT32_MAX;
    for (uint32_t rows = 1; rows <= MOST_ROWS && rows <= tiles; rows++) {
        const uint32_t time = (tiles + rows - 1) / rows * (rows + 1);
        if (functions[rows] != NULL && time <= least) {
            least = time;
            best = rows;
        }
    }
    return best;
}

/* The tile from which on `rows` are multiplied after `done`: the last ones lie over those before. */
INLINE uint32_t next_rows(const struct product *product, uint32_t done, uint32_t rows)
{
    return done + rows <= product->tiles ? done : product->tiles - rows;
}

INLINE void add_products(const struct product *product, const uint32_t rows, const uint32_t vectors, uint32_t from)
{
    vector sums[MOST_ROWS * MOST_VECTORS];
    const number *tiles[MOST_ROWS];
    number *to = product->sums + from * product->sum_row;
    UNROLL
    for (uint32_t p = 0; p < rows; p++) {
        tiles[p] = product->values + (from + p) * product->row;
    }
    UNROLL
    for (uint32_t i = 0; i < rows * vectors; i++) {
        sums[i] = every(0);
    }
    add_channels(product, rows, vectors, tiles, sums);
    UNROLL
    for (uint32_t p = 0; p < rows; p++, to += product->sum_row) {
        UNROLL
        for (uint32_t v = 0; v < vectors; v++) {
            keep(to + v * LANES, sums[p * vectors + v]);
        }
    }
}

/* One function for each shape of a tile of tiles. */
#define PRODUCTS(rows, vectors)                                                                                        \
    TARGET static void products_##rows##x##vectors(const struct product *product)                                      \
    {                                                                                                                  \
        const struct product own = *product; /* not changed by what is stored */                                       \
        for (uint32_t done = 0; done < own.tiles; done += rows) {                                                      \
            add_products(&own, rows, vectors, next_rows(&own, done, rows));                                            \
        }                                                                                                              \
    }

static void multiply(const struct conv *c, products_function *const functions[][MOST_ROWS + 1], uint32_t count,
                     const number *values, number *sums)
{
    const struct winograd *w = c->winograd;
    struct product product = {.weights = (const number *)c->packed + w->sum_row, .row = c->channels,
                              .sum_row = w->sum_row, .tiles = count, .channels = c->channels};
    for (uint32_t plane = 0; plane < w->planes; plane++, values += w->value_plane, sums += w->sum_plane) {
        product.values = values;
        product.sums = sums;
        for (uint32_t first = 0, wide; first < w->vectors; first += wide) {
            wide = winograd_block(w->vectors - first, MOST_VECTORS);
            functions[wide][rows_at_once(functions[wide], count)](&product);
            product.sums += wide * LANES;
            product.weights += (size_t)wide * LANES * c->channels;
        }
    }
}

/* `most` is the side of the largest tiles that the set has. */
INLINE void convolve(const struct conv *c, const uint32_t most, products_function *const functions[][MOST_ROWS + 1],
                     const number *in, number *out)
{
    const struct winograd *w = c->winograd;
    const bool is_two = most == 2 || w->tile == 2;
    number *values = w->scratch, *sums = (number *)((char *)w->scratch + w->sums_at);
    for (uint32_t i = 0; i < w->tiles; i += w->at_once) {
        const uint32_t first = smaller(i, w->tiles - WINOGRAD_FEWEST_TILES);
        const uint32_t count = smaller(w->tiles - first, w->at_once);
        if (is_two) {
            transform_inputs(c, 2, first, count, in, values);
        } else {
            transform_inputs(c, 4, first, count, in, values);
        }
        multiply(c, functions, count, values, sums);
        if (is_two && c->pool) {
            transform_outputs(c, 2, true, first, count, sums, out);
        } else if (is_two) {
            transform_outputs(c, 2, false, first, count, sums, out);
        } else if (c->pool) {
            transform_outputs(c, 4, true, first, count, sums, out);
        } else {
            transform_outputs(c, 4, false, first, count, sums, out);
        }
    }
}
