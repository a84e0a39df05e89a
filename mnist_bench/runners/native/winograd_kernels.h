/* The kernels of Winograd's way (winograd.h), for any numbers with floating point and any vectors of them.
 *
 * A set's file defines, and then includes this:
 *   INLINE                 of a function that becomes part of its caller
 *   LANES, MOST_VECTORS    values in a vector; vectors of channels of the widest block
 *   number, vector         types
 *   load, keep             from and to memory
 *   every                  all lanes alike
 *   plus, minus, largest   of two vectors
 *   add_product(a, b, n)   a + b * n, n a number
 *   MOST_ROWS              tiles that are multiplied together, at most
 */
#include "unroll.h"
#include "winograd.h"

#define MOST_SIDE 6
#define MOST_TILE 4

/* B' d, of 4 or 6 vectors. */
INLINE void transform_values(const uint32_t tile, const vector *d, vector *to)
{
    if (tile == 2) {
        to[0] = minus(d[0], d[2]);
        to[1] = plus(d[1], d[2]);
        to[2] = minus(d[2], d[1]);
        to[3] = minus(d[1], d[3]);
        return;
    }
    const vector even = add_product(d[4], d[2], -4), odd = add_product(d[3], d[1], -4);
    const vector next_even = minus(d[4], d[2]), next_odd = minus(d[3], d[1]);
    to[0] = add_product(add_product(d[4], d[2], -5), d[0], 4);
    to[1] = plus(even, odd);
    to[2] = minus(even, odd);
    to[3] = add_product(next_even, next_odd, 2);
    to[4] = add_product(next_even, next_odd, -2);
    to[5] = add_product(add_product(d[5], d[3], -5), d[1], 4);
}

/* A' m, 2 or 4 vectors. */
INLINE void transform_sums(const uint32_t tile, const vector *m, vector *to)
{
    if (tile == 2) {
        to[0] = plus(plus(m[0], m[1]), m[2]);
        to[1] = minus(minus(m[1], m[2]), m[3]);
        return;
    }
    const vector even = plus(m[1], m[2]), odd = minus(m[1], m[2]);
    const vector next_even = plus(m[3], m[4]), next_odd = minus(m[3], m[4]);
    to[0] = plus(plus(m[0], even), next_even);
    to[1] = add_product(odd, next_odd, 2);
    to[2] = add_product(even, next_even, 4);
    to[3] = plus(add_product(odd, next_odd, 8), m[5]);
}

/* Where the vector of channels begins that should begin at `at`: the last one lies over the one before. */
INLINE uint32_t channel_at(uint32_t at, uint32_t channels)
{
    return at + LANES <= channels ? at : channels - LANES;
}

/* B' d B of one tile. Only `rows` and `columns` of its inputs exist, if it is not `whole`; no output that is kept depends
 * on the others, which are taken as zero. */
INLINE void values_of_tile(const struct conv *c, const uint32_t tile, const bool whole, const number *in, uint32_t rows,
                           uint32_t columns, number *values, size_t plane)
{
    const uint32_t side = tile + 2;
    for (uint32_t at = 0; at < c->channels; at += LANES) {
        const uint32_t channel = channel_at(at, c->channels);
        vector half[MOST_SIDE][MOST_SIDE];
        UNROLL
        for (uint32_t i = 0; i < side; i++) {
            vector row[MOST_SIDE];
            UNROLL
            for (uint32_t j = 0; j < side; j++) {
                const bool is_there = whole || (i < rows && j < columns);
                row[j] = is_there ? load(in + i * c->in_row + j * c->in_column + channel) : every(0);
            }
            transform_values(tile, row, half[i]);
        }
        UNROLL
        for (uint32_t j = 0; j < side; j++) {
            vector column[MOST_SIDE], done[MOST_SIDE];
            UNROLL
            for (uint32_t i = 0; i < side; i++) {
                column[i] = half[i][j];
            }
            transform_values(tile, column, done);
            UNROLL
            for (uint32_t i = 0; i < side; i++) {
                keep(values + (i * side + j) * plane + channel, done[i]);
            }
        }
    }
}

/* The values of the pass's tiles, from tile `first` on. */
INLINE void transform_inputs(const struct conv *c, const uint32_t tile, uint32_t first, const number *in, number *values)
{
    const struct winograd *w = c->winograd;
    for (uint32_t i = 0; i < w->at_once; i++, values += c->channels) {
        const uint32_t y = (first + i) / w->columns * tile, x = (first + i) % w->columns * tile;
        const uint32_t rows = w->height + 2 - y, columns = w->width + 2 - x;
        const number *from = in + y * c->in_row + x * c->in_column;
        if (rows >= tile + 2 && columns >= tile + 2) {
            values_of_tile(c, tile, true, from, rows, columns, values, w->value_plane);
        } else {
            values_of_tile(c, tile, false, from, rows, columns, values, w->value_plane);
        }
    }
}

INLINE vector finished(const struct conv *c, vector sum, vector biases)
{
    return largest(every((number)c->low), plus(sum, biases));
}

/* A' m A of one tile, with what follows it, of which `rows` and `columns` are outputs. */
INLINE void outputs_of_tile(const struct conv *c, const uint32_t tile, const bool pool, const number *sums, number *out,
                            uint32_t rows, uint32_t columns)
{
    const uint32_t side = tile + 2, each = pool ? 2 : 1;
    const size_t plane = c->winograd->sum_plane;
    const number *biases = c->packed;
    for (uint32_t at = 0; at < c->out_channels; at += LANES) {
        const uint32_t channel = channel_at(at, c->out_channels);
        vector half[MOST_SIDE][MOST_TILE], done[MOST_TILE][MOST_TILE];
        UNROLL
        for (uint32_t i = 0; i < side; i++) {
            vector row[MOST_SIDE];
            UNROLL
            for (uint32_t j = 0; j < side; j++) {
                row[j] = load(sums + (i * side + j) * plane + channel);
            }
            transform_sums(tile, row, half[i]);
        }
        UNROLL
        for (uint32_t j = 0; j < tile; j++) {
            vector column[MOST_SIDE];
            UNROLL
            for (uint32_t i = 0; i < side; i++) {
                column[i] = half[i][j];
            }
            transform_sums(tile, column, done[j]);
        }
        const vector bias = load(biases + channel);
        UNROLL
        for (uint32_t y = 0; y < tile; y += each) {
            UNROLL
            for (uint32_t x = 0; x < tile; x += each) {
                if (y < rows && x < columns) {
                    const vector upper = pool ? largest(done[x][y], done[x + each - 1][y]) : done[x][y];
                    const vector lower = pool ? largest(done[x][y + each - 1], done[x + each - 1][y + each - 1]) : upper;
                    keep(out + y / each * c->out_row + x / each * c->out_column + channel,
                         finished(c, pool ? largest(upper, lower) : upper, bias));
                }
            }
        }
    }
}

INLINE void transform_outputs(const struct conv *c, const uint32_t tile, const bool pool, uint32_t first,
                              const number *sums, number *out)
{
    const struct winograd *w = c->winograd;
    const uint32_t each = pool ? 2 : 1;
    for (uint32_t i = 0; i < w->at_once; i++, sums += w->sum_row) {
        const uint32_t y = (first + i) / w->columns * tile, x = (first + i) % w->columns * tile;
        outputs_of_tile(c, tile, pool, sums, out + y / each * c->out_row + x / each * c->out_column, w->height - y,
                        w->width - x);
    }
}

/* Sums for a block of channels and some tiles: of products of `channels` values, which begin `row` after the tile
 * before's, and weights. */
typedef void products_function(const number *values, size_t row, const number *weights, uint32_t channels, number *sums,
                               size_t sum_row);

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

static void multiply(const struct conv *c, products_function *const functions[][MOST_ROWS + 1], const number *values,
                     number *sums)
{
    const struct winograd *w = c->winograd;
    const number *weights = (const number *)c->packed + w->sum_row;
    for (uint32_t plane = 0; plane < w->planes; plane++, values += w->value_plane, sums += w->sum_plane) {
        for (uint32_t first = 0, wide; first < w->vectors; first += wide) {
            wide = winograd_block(w->vectors - first, MOST_VECTORS);
            const uint32_t rows = rows_at_once(functions[wide], w->at_once);
            for (uint32_t i = 0; i < w->at_once; i += rows) {
                const uint32_t from = i + rows <= w->at_once ? i : w->at_once - rows;
                functions[wide][rows](values + (size_t)from * c->channels, c->channels, weights, c->channels,
                                      sums + (size_t)from * w->sum_row + first * LANES, w->sum_row);
            }
            weights += (size_t)wide * LANES * c->channels;
        }
    }
}

/* All passes; `tile` and `pool` are the conv's own, known to the compiler. */
INLINE void convolve(const struct conv *c, const uint32_t tile, const bool pool,
                     products_function *const functions[][MOST_ROWS + 1], const number *in, number *out)
{
    const struct winograd *w = c->winograd;
    number *values = w->scratch, *sums = (number *)((char *)w->scratch + w->sums_at);
    for (uint32_t i = 0; i < w->tiles; i += w->at_once) {
        const uint32_t first = i + w->at_once <= w->tiles ? i : w->tiles - w->at_once;
        transform_inputs(c, tile, first, in, values);
        multiply(c, functions, values, sums);
        transform_outputs(c, tile, pool, first, sums, out);
    }
}
