/* int8 with vpdpbusd, which takes four bytes and four weights at once, exactly: what the set for AVX-512 VNNI and the
 * one for AVX-VNNI share. A file that includes this has defined `vector`, LANES, INLINE, VNNI (the target) and TILINGS
 * (its shapes of tiles); it defines the functions on vectors below, and tile_vectors.
 *
 * Many windows: a tile of some windows x some vectors of output channels has all its sums in registers; a step takes four
 * values of each window to all the channels. Windows of few steps (of the image): all their weights stay in registers.
 * One window (linear): weights stream through once, [values / 4][channels][4]; where there are few channels, each has
 * several sums, which hides the instruction's delay. What a run lacks to whole steps has zero weights.
 */
#ifndef MNIST_BENCH_KERNELS_VNNI_Q8_H
#define MNIST_BENCH_KERNELS_VNNI_Q8_H

#include <string.h>

enum {
    STEP = 4,              /* values of a window that one step takes */
    VECTOR = LANES * STEP, /* bytes */
    POOLED = 4,            /* windows behind one output */
    MOST_WINDOWS = 8,      /* of a tile */
    MOST_SUMS = 24,        /* of a tile */
    FEW_STEPS = 3,         /* of a window: three rows of up to four values */
    FEW_VECTORS = 2,       /* of channels that are summed together there */
};

INLINE vector load(const char *from);
INLINE vector broadcast(const uint8_t *four);
INLINE vector multiply_add(vector sum, vector values, vector weights);
INLINE vector multiply_add_half(vector sum, vector values, vector weights);
INLINE vector multiply_add_from(vector sum, vector values, const char *weights);
INLINE vector add(vector a, vector b);
INLINE vector larger(vector a, vector b);

/* Requantizes `vectors` of sums and writes the first `count` channels of them, or all where there are more. */
INLINE void store_channels(const struct conv *c, uint8_t *out, const vector *sums, const char *multipliers,
                           uint32_t vectors, uint32_t count);

/* How many vectors of channels the tiles of the next block have where `vectors` are left. */
static uint32_t tile_vectors(const struct conv *c, uint32_t vectors);

/* How many vectors of a linear operator's channels are summed together where `vectors` are left. */
static uint32_t line_vectors(uint32_t vectors)
{
    return vectors >= 8 ? 8 : vectors >= 2 ? 2 : 1;
}

static bool has_few_steps(const struct conv *c)
{
    return !is_dot(c) && c->segments == FEW_STEPS && c->length <= STEP;
}

/* The vectors of channels in the next block of a layer that has `channels` left. */
static uint32_t next_vectors(const struct conv *c, uint32_t channels)
{
    const uint32_t vectors = vectors_of(channels, LANES);
    if (has_few_steps(c)) {
        return vectors < FEW_VECTORS ? vectors : FEW_VECTORS;
    }
    return is_dot(c) ? line_vectors(vectors) : tile_vectors(c, vectors);
}

/* ---- packing ---- */

/* A vector's biases and multipliers, and its weights. */
static size_t vector_bytes(const struct conv *c)
{
    return 2 * VECTOR + (size_t)c->segments * vectors_of(c->length, STEP) * VECTOR;
}

static size_t packed_bytes(const struct conv *c)
{
    return vectors_of(c->out_channels, LANES) * vector_bytes(c);
}

/* For each step four weights for each of the block's channels. */
static void pack_weights(const struct conv *c, const int8_t *weights, uint32_t from, uint32_t wide, int8_t *to)
{
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t k = 0; k < c->length; k += STEP) {
            for (uint32_t i = 0; i < wide * STEP; i++) {
                const uint32_t out = from + i / STEP, at = k + i % STEP;
                const bool there = out < c->out_channels && at < c->length;
                *to++ = there ? weights[weight_index(c, out, s * c->length + at)] : 0;
            }
        }
    }
}

/* Each block: biases, multipliers, weights. */
static void pack_blocks(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                        void *to)
{
    char *block = to;
    memset(to, 0, packed_bytes(c));
    for (uint32_t from = 0; from < c->out_channels;) {
        const uint32_t left = c->out_channels - from, vectors = next_vectors(c, left), wide = vectors * LANES;
        const uint32_t there = left < wide ? left : wide;
        memcpy(block, biases + from, there * sizeof *biases);
        memcpy(block + vectors * VECTOR, multipliers + from, there * sizeof *multipliers);
        pack_weights(c, weights, from, wide, (int8_t *)block + 2 * vectors * VECTOR);
        block += vectors * vector_bytes(c);
        from += wide;
    }
}

/* ---- many windows ---- */

INLINE void sum_tile(const struct conv *c, const uint8_t *const *windows, const char *block, uint32_t tile,
                     uint32_t wide, bool half, vector *result)
{
    vector sums[MOST_SUMS]; /* not `result`: what has an address would be stored in each step */
    const uint8_t *starts[MOST_WINDOWS];
    UNROLL
    for (uint32_t p = 0; p < tile; p++) {
        starts[p] = windows[p];
        __asm__ volatile("" : "+r"(starts[p])); /* or it would be loaded in each step */
        UNROLL
        for (uint32_t v = 0; v < wide; v++) {
            sums[p * wide + v] = load(block + v * VECTOR);
        }
    }
    const char *weights = block + 2 * wide * VECTOR;
    const uint32_t *segment = c->offsets, *const behind = segment + c->segments;
    do { /* there is one at least, and a value: asked in front, that would be twice the code */
        size_t at = *segment;
        const size_t end = at + c->length;
        do {
            vector row[MOST_SUMS];
            UNROLL
            for (uint32_t v = 0; v < wide; v++) {
                row[v] = load(weights + v * VECTOR);
            }
            UNROLL
            for (uint32_t p = 0; p < tile; p++) {
                const vector values = broadcast(starts[p] + at);
                UNROLL
                for (uint32_t v = 0; v < wide; v++) {
                    vector *sum = &sums[p * wide + v];
                    *sum = half && v + 1 == wide ? multiply_add_half(*sum, values, row[v])
                                                 : multiply_add(*sum, values, row[v]);
                }
            }
            at += STEP;
            weights += wide * VECTOR;
        } while (at < end);
    } while (++segment < behind);
    UNROLL
    for (uint32_t p = 0; p < tile; p++) {
        UNROLL
        for (uint32_t v = 0; v < wide; v++) {
            result[p * wide + v] = sums[p * wide + v];
        }
    }
}

/* Makes the largest of each four windows' sums the sums of one output. */
INLINE void pool_sums(vector *sums, uint32_t outputs, uint32_t wide)
{
    UNROLL
    for (uint32_t p = 0; p < outputs; p++) {
        UNROLL
        for (uint32_t v = 0; v < wide; v++) {
            const vector *four = sums + p * POOLED * wide + v;
            sums[p * wide + v] = larger(larger(four[0], four[wide]), larger(four[2 * wide], four[3 * wide]));
        }
    }
}

INLINE void conv_block(const struct conv *whole, const uint8_t *in, const char *block, uint8_t *out, uint32_t tile,
                       uint32_t wide, bool pool, bool half, uint32_t left)
{
    const struct conv own = *whole, *const c = &own; /* nothing that is written can lie in it */
    const uint32_t pixels = c->out_height * c->out_width, outputs = pool ? tile / POOLED : tile;
    struct walk walk = {whole, 0, 0};
    for (uint32_t done = 0; done < pixels; done += outputs) {
        const uint8_t *windows[MOST_WINDOWS];
        size_t from[MOST_WINDOWS], to[MOST_WINDOWS];
        vector sums[MOST_SUMS];
        next_tile(&walk, outputs, from, to);
        for (uint32_t p = 0; p < tile; p++) {
            windows[p] = in + from[p];
        }
        sum_tile(c, windows, block, tile, wide, half, sums);
        if (pool) {
            pool_sums(sums, outputs, wide);
        }
        UNROLL
        for (uint32_t p = 0; p < outputs; p++) {
            store_channels(c, out + to[p], sums + p * wide, block + wide * VECTOR, wide, left);
        }
    }
}

/* A shape of tile, and what computes a block of channels with it, of which `left` are still to be written. */
struct tiling {
    uint32_t windows, vectors;
    bool pool, half; /* half: the upper half of the last vector is no channel's */
    void (*run)(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t left);
};

/* What `run` is for these tiles, and the tiling. */
#define RUN(name, windows, vectors, pool, half)                                                                        \
    VNNI static void name(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t left)     \
    {                                                                                                                  \
        conv_block(c, in, block, out, windows, vectors, pool, half, left);                                             \
    }
#define ROW(name, windows, vectors, pool, half) {windows, vectors, pool, half, name},

TILINGS(RUN)

static const struct tiling tilings[] = {TILINGS(ROW)};

/* The work of a block with these tiles, those included that are beyond the last window: in half vectors. */
static uint32_t tiling_work(const struct conv *c, const struct tiling *tiling)
{
    const uint32_t windows = c->out_height * c->out_width * (c->pool ? POOLED : 1);
    return vectors_of(windows, tiling->windows) * tiling->windows * (2 * tiling->vectors - tiling->half);
}

/* The tiling with the least work for a block of `vectors`; `left` channels are still to be written. */
static const struct tiling *best_tiling(const struct conv *c, uint32_t vectors, uint32_t left)
{
    const struct tiling *best = NULL;
    for (const struct tiling *one = tilings; one < tilings + sizeof tilings / sizeof *tilings; one++) {
        const bool fits = one->vectors == vectors && one->pool == c->pool &&
                          (!one->half || left <= vectors * LANES - LANES / 2);
        if (fits && (best == NULL || tiling_work(c, one) < tiling_work(c, best))) {
            best = one;
        }
    }
    return best;
}

/* ---- windows of few steps ---- */

INLINE void few_block(const struct conv *whole, const uint8_t *in, const char *block, uint8_t *out, bool pool,
                      uint32_t left)
{
    const struct conv own = *whole, *const c = &own;
    const size_t each = pool ? 2 : 1;
    const size_t corners[POOLED] = {0, c->in_column, c->in_row, c->in_row + c->in_column};
    const size_t rows[FEW_STEPS] = {c->offsets[0], c->offsets[1], c->offsets[2]};
    vector weights[FEW_STEPS][FEW_VECTORS], biases[FEW_VECTORS];
    for (uint32_t v = 0; v < FEW_VECTORS; v++) {
        biases[v] = load(block + v * VECTOR);
    }
    for (uint32_t i = 0; i < FEW_STEPS * FEW_VECTORS; i++) {
        weights[i / FEW_VECTORS][i % FEW_VECTORS] = load(block + (2 * FEW_VECTORS + i) * VECTOR);
    }
    for (uint32_t y = 0; y < c->out_height; y++) {
        const uint8_t *pixel = in + y * each * c->in_row;
        uint8_t *to = out + y * c->out_row;
        for (uint32_t x = 0; x < c->out_width; x++, pixel += each * c->in_column, to += c->out_column) {
            vector largest[FEW_VECTORS];
            for (uint32_t corner = 0; corner < (pool ? POOLED : 1); corner++) {
                vector sums[FEW_VECTORS];
                for (uint32_t v = 0; v < FEW_VECTORS; v++) {
                    sums[v] = biases[v];
                }
                for (uint32_t s = 0; s < FEW_STEPS; s++) {
                    const vector values = broadcast(pixel + corners[corner] + rows[s]);
                    for (uint32_t v = 0; v < FEW_VECTORS; v++) {
                        sums[v] = multiply_add(sums[v], values, weights[s][v]);
                    }
                }
                for (uint32_t v = 0; v < FEW_VECTORS; v++) {
                    largest[v] = corner == 0 ? sums[v] : larger(largest[v], sums[v]);
                }
            }
            store_channels(c, to, largest, block + FEW_VECTORS * VECTOR, FEW_VECTORS, left);
        }
    }
}

/* Two vectors of channels; one alone goes the way of many windows. */
VNNI static void few_channels(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t left)
{
    if (c->pool) {
        few_block(c, in, block, out, true, left);
    } else {
        few_block(c, in, block, out, false, left);
    }
}

/* ---- one window ---- */

/* `sets` sums for each channel. */
INLINE void line_block(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t wide,
                       uint32_t sets, uint32_t left)
{
    const char *weights = block + 2 * wide * VECTOR;
    vector sums[MOST_SUMS];
    UNROLL
    for (uint32_t v = 0; v < wide; v++) {
        sums[v] = load(block + v * VECTOR);
        UNROLL
        for (uint32_t i = 1; i < sets; i++) {
            sums[i * wide + v] = (vector){0};
        }
    }
    for (uint32_t s = 0; s < c->segments; s++) {
        const uint8_t *values = in + c->offsets[s];
        uint32_t steps = vectors_of(c->length, STEP);
        for (; steps >= sets; steps -= sets, values += sets * STEP, weights += sets * wide * VECTOR) {
            UNROLL
            for (uint32_t i = 0; i < sets; i++) {
                const vector four = broadcast(values + i * STEP);
                UNROLL
                for (uint32_t v = 0; v < wide; v++) {
                    const uint32_t at = i * wide + v;
                    sums[at] = multiply_add_from(sums[at], four, weights + at * VECTOR);
                }
            }
        }
        for (; steps > 0; steps--, values += STEP, weights += wide * VECTOR) {
            const vector four = broadcast(values);
            UNROLL
            for (uint32_t v = 0; v < wide; v++) {
                sums[v] = multiply_add_from(sums[v], four, weights + v * VECTOR);
            }
        }
    }
    UNROLL
    for (uint32_t i = 1; i < sets; i++) {
        UNROLL
        for (uint32_t v = 0; v < wide; v++) {
            sums[v] = add(sums[v], sums[i * wide + v]);
        }
    }
    store_channels(c, out, sums, block + wide * VECTOR, wide, left);
}

VNNI static void line_channels(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out,
                               uint32_t wide, uint32_t left)
{
    if (wide == 8) {
        line_block(c, in, block, out, 8, 1, left);
    } else if (wide == 2) {
        line_block(c, in, block, out, 2, 4, left);
    } else {
        line_block(c, in, block, out, 1, 8, left);
    }
}

/* ---- a layer ---- */

INLINE void conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    const char *block = c->packed;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide * LANES) {
        const uint32_t left = c->out_channels - from;
        wide = next_vectors(c, left);
        if (is_dot(c)) {
            line_channels(c, in, block, out + from, wide, left);
        } else if (has_few_steps(c) && wide == FEW_VECTORS) {
            few_channels(c, in, block, out + from, left);
        } else {
            best_tiling(c, wide, left)->run(c, in, block, out + from, left);
        }
        block += wide * vector_bytes(c);
    }
}

#endif
