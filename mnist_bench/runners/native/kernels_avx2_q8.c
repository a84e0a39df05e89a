/* int8 with AVX2.
 *
 * Products of a byte and a weight in pairs: vpmaddwd on 16 bits, which is exact (vpmaddubsw would saturate). The rows
 * that a strip of the output needs are widened to 16 bits on the stack, then a tile of windows x channels has all its
 * sums in registers, and a step takes a pair of values of each window to all the channels. One window (linear), or rows
 * too long for that, are another file's.
 */
#include "kernels_x86.h"
#include "winograd_q8.h"

#if defined(__x86_64__)

#include "kernels_avx2_q8.h"

#include <string.h>

enum {
    TILE_SUMS = 12, /* at most: of 16 registers */
    PAIR = 2,       /* values of a window that one step takes */
    STRIP = 16384,  /* widened values */
};

/* What a strip of `rows` rows of the output reads, from its first value. */
static size_t span(const struct conv *c, uint32_t rows)
{
    const size_t step = c->pool ? 2 : 1;
    return (rows * step - 1) * c->in_row + (c->out_width * step - 1) * c->in_column + c->offsets[c->segments - 1] +
           c->length;
}

static uint32_t tile_vectors(uint32_t channels)
{
    return channels > LANES ? 2 : 1;
}

static bool uses_lines(const struct conv *c)
{
    return is_dot(c) || span(c, 1) > STRIP;
}

/* Each block: biases, multipliers, weights. */
static size_t vector_bytes(const struct conv *c)
{
    return LANES * (8 + (size_t)c->segments * vectors_of(c->length, PAIR) * PAIR * sizeof(int16_t));
}

size_t avx2_q8_packed_bytes(const struct conv *c)
{
    if (c->winograd != NULL) {
        return winograd_q8_packed_bytes(c);
    }
    return uses_lines(c) ? avx2_q8_line_packed_bytes(c) : vectors_of(c->out_channels, LANES) * vector_bytes(c);
}

/* For each pair of values of the window a pair of weights for each of the block's channels. */
static void pack_tile(const struct conv *c, const int8_t *weights, uint32_t from, uint32_t wide, int16_t *to)
{
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t k = 0; k < c->length; k += PAIR) {
            for (uint32_t i = 0; i < wide * PAIR; i++) {
                const uint32_t out = from + i / PAIR, at = k + i % PAIR;
                const bool there = out < c->out_channels && at < c->length;
                *to++ = there ? weights[weight_index(c, out, s * c->length + at)] : 0;
            }
        }
    }
}

void avx2_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers, void *to)
{
    if (c->winograd != NULL) {
        avx2_q8_winograd_pack(c, weights, biases, multipliers, to);
        return;
    }
    if (uses_lines(c)) {
        avx2_q8_line_pack(c, weights, biases, multipliers, to);
        return;
    }
    char *block = to;
    memset(to, 0, avx2_q8_packed_bytes(c));
    for (uint32_t from = 0; from < c->out_channels;) {
        const uint32_t left = c->out_channels - from, vectors = tile_vectors(left), wide = vectors * LANES;
        const uint32_t there = left < wide ? left : wide;
        memcpy(block, biases + from, there * sizeof *biases);
        memcpy(block + wide * sizeof *biases, multipliers + from, there * sizeof *multipliers);
        pack_tile(c, weights, from, wide, (int16_t *)(void *)(block + wide * 8));
        block += vectors * vector_bytes(c);
        from += wide;
    }
}

/* A pair of values to all lanes, and pair * weights added. As assembly because the order matters: LLVM's scheduler loads
 * pairs early and then has no register for a sum. */
INLINE __m256i broadcast(const uint16_t *from)
{
    __m256i pair;
    __asm__ volatile("vpbroadcastd %1, %0" : "=x"(pair) : "m"(*(const uint16_t(*)[PAIR])from));
    return pair;
}

INLINE __m256i multiply_add(__m256i sum, __m256i pair, __m256i weights)
{
    __m256i products;
    __asm__ volatile("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0" : "+x"(sum), "=&x"(products) : "x"(pair), "x"(weights));
    return sum;
}

/* One tile: `tile` windows x `wide` vectors of channels. */
INLINE void sum_tile(const struct conv *c, const uint16_t *const *windows, const char *block, uint32_t tile,
                     uint32_t wide, __m256i *result)
{
    __m256i sums[TILE_SUMS]; /* not `result`: what has an address would be stored in each step */
    const __m256i *weights = (const __m256i *)(const void *)block;
    for (uint32_t i = 0; i < tile * wide; i++) {
        sums[i] = _mm256_loadu_si256(weights + i % wide);
    }
    weights += 2 * wide;
    for (uint32_t s = 0; s < c->segments; s++) {
        const size_t end = (size_t)c->offsets[s] + c->length;
        for (size_t at = c->offsets[s]; at < end; at += PAIR, weights += wide) {
            __m256i row[2];
            for (uint32_t v = 0; v < wide; v++) {
                row[v] = _mm256_load_si256(weights + v);
            }
            for (uint32_t p = 0; p < tile; p++) {
                const __m256i pair = broadcast(windows[p] + at);
                for (uint32_t v = 0; v < wide; v++) {
                    sums[p * wide + v] = multiply_add(sums[p * wide + v], pair, row[v]);
                }
            }
        }
    }
    for (uint32_t i = 0; i < tile * wide; i++) {
        result[i] = sums[i];
    }
}

/* A block of channels for all windows of a strip; `count` channels of its last vector are written. */
INLINE void conv_block(const struct conv *c, const uint16_t *in, const char *block, uint8_t *out, uint32_t tile,
                       uint32_t wide, uint32_t count)
{
    const float *multipliers = (const float *)(const void *)block + wide * LANES;
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done += tile) {
        const uint16_t *windows[8];
        size_t to[8], from;
        __m256i sums[TILE_SUMS];
        for (uint32_t p = 0; p < tile; p++) {
            next_window(&walk, &from, &to[p]);
            windows[p] = in + from;
        }
        sum_tile(c, windows, block, tile, wide, sums);
        for (uint32_t p = 0; p < tile; p++) {
            for (uint32_t v = 0; v < wide; v++) {
                store(c, out + to[p] + v * LANES, sums[p * wide + v], multipliers + v * LANES,
                      v + 1 < wide ? LANES : count);
            }
        }
    }
}

/* The same with pooling: a tile is the four windows behind one output. */
INLINE void pool_block(const struct conv *c, const uint16_t *in, const char *block, uint8_t *out, uint32_t wide,
                       uint32_t count)
{
    const float *multipliers = (const float *)(const void *)block + wide * LANES;
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done++) {
        size_t from[4], to;
        __m256i sums[TILE_SUMS];
        next_pool(&walk, from, &to);
        const uint16_t *windows[4] = {in + from[0], in + from[1], in + from[2], in + from[3]};
        sum_tile(c, windows, block, 4, wide, sums);
        for (uint32_t v = 0; v < wide; v++) {
            const __m256i upper = _mm256_max_epi32(sums[v], sums[wide + v]);
            const __m256i lower = _mm256_max_epi32(sums[2 * wide + v], sums[3 * wide + v]);
            store(c, out + to + v * LANES, _mm256_max_epi32(upper, lower), multipliers + v * LANES,
                  v + 1 < wide ? LANES : count);
        }
    }
}

AVX2 static void conv_channels(const struct conv *c, const uint16_t *in, const char *block, uint8_t *out,
                               uint32_t wide, uint32_t count)
{
    if (c->pool && wide == 1) {
        pool_block(c, in, block, out, 1, count);
    } else if (c->pool) {
        pool_block(c, in, block, out, 2, count);
    } else if (wide == 1) {
        conv_block(c, in, block, out, 8, 1, count);
    } else {
        conv_block(c, in, block, out, 6, 2, count);
    }
}

AVX2 static void widen(const uint8_t *in, size_t count, uint16_t *to)
{
    for (size_t i = 0; i < count; i += 16) {
        _mm256_store_si256((__m256i *)(void *)(to + i),
                           _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(in + i))));
    }
}

AVX2 static void conv_strips(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    _Alignas(32) uint16_t values[STRIP + 16];
    struct conv strip = *c;
    for (strip.out_height = c->out_height; span(c, strip.out_height) > STRIP;) {
        strip.out_height = (strip.out_height + 1) / 2;
    }
    for (uint32_t y = 0; y < c->out_height; y += strip.out_height) {
        strip.out_height = y + strip.out_height > c->out_height ? c->out_height - y : strip.out_height;
        widen(in + (c->pool ? 2 : 1) * y * c->in_row, span(c, strip.out_height) + 1, values);
        const char *block = c->packed;
        for (uint32_t from = 0, wide; from < c->out_channels; from += wide * LANES) {
            wide = tile_vectors(c->out_channels - from);
            conv_channels(&strip, values, block, out + y * c->out_row + from, wide,
                          c->out_channels - from - (wide - 1) * LANES);
            block += wide * vector_bytes(c);
        }
    }
}

AVX2 void avx2_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    if (c->winograd != NULL) {
        avx2_q8_winograd_conv(c, in, out);
        return;
    }
    if (uses_lines(c)) {
        avx2_q8_line_conv(c, in, out);
    } else {
        conv_strips(c, in, out);
    }
}
#endif
