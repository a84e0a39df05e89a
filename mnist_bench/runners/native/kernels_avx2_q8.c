/* int8 with AVX2.
 *
 * Products of a byte and a weight in pairs: vpmaddwd on 16 bits, which is exact (vpmaddubsw would saturate). Many
 * windows: the rows a strip of the output needs are widened to 16 bits on the stack, then a tile of windows x channels
 * has all its sums in registers, and a step takes a pair of values of each window to all the channels. One window
 * (linear), or rows too long for that: sums run along the window, weights are widened on their way.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) AVX2

enum {
    LANES = 8,
    DOTS = 8,
    TILE_SUMS = 12, /* at most: of 16 registers */
    PAIR = 2,      /* values of a window that one step of a tile takes */
    RUN = 16,      /* and one step of a dot product */
    STRIP = 16384, /* widened values: two L1 caches' worth at most, one typically */
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

static bool uses_dots(const struct conv *c)
{
    return is_dot(c) || span(c, 1) > STRIP;
}

/* ---- packing ---- */

/* Each block: biases, multipliers (both for whole vectors), weights. */
size_t avx2_q8_packed_bytes(const struct conv *c)
{
    const size_t blocks = c->out_channels / DOTS + DOTS;
    if (uses_dots(c)) {
        return blocks * DOTS * 8 + (size_t)c->out_channels * c->segments * vectors_of(c->length, RUN) * RUN;
    }
    return (size_t)vectors_of(c->out_channels, LANES) * LANES *
           (8 + (size_t)c->segments * vectors_of(c->length, PAIR) * PAIR * sizeof(int16_t));
}

/* Biases and multipliers of `wide` channels, then nothing up to `whole`. */
static char *pack_ends(const int32_t *biases, const float *multipliers, uint32_t wide, uint32_t whole, char *to)
{
    memset(to, 0, whole * (sizeof *biases + sizeof *multipliers));
    memcpy(to, biases, wide * sizeof *biases);
    to += whole * sizeof *biases;
    memcpy(to, multipliers, wide * sizeof *multipliers);
    return to + whole * sizeof *multipliers;
}

/* For each pair of values of the window a pair of weights for each of the block's channels. */
static char *pack_tile(const struct conv *c, const int8_t *weights, uint32_t from, uint32_t whole, char *to)
{
    int16_t *next = (int16_t *)(void *)to;
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t k = 0; k < c->length; k += PAIR) {
            for (uint32_t i = 0; i < whole * PAIR; i++) {
                const uint32_t out = from + i / PAIR, at = k + i % PAIR;
                const bool there = out < c->out_channels && at < c->length;
                *next++ = there ? weights[weight_index(c, out, s * c->length + at)] : 0;
            }
        }
    }
    return (char *)next;
}

/* For each step along the window a vector of weights for each of the block's channels. */
static char *pack_dot(const struct conv *c, const int8_t *weights, uint32_t from, uint32_t wide, char *to)
{
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t k = 0; k < c->length; k += RUN) {
            for (uint32_t i = 0; i < wide * RUN; i++) {
                const uint32_t at = k + i % RUN;
                *to++ = at < c->length ? weights[weight_index(c, from + i / RUN, s * c->length + at)] : 0;
            }
        }
    }
    return to;
}

void avx2_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers, void *to)
{
    char *next = to;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide) {
        const uint32_t left = c->out_channels - from;
        if (uses_dots(c)) {
            wide = dot_block(left);
            next = pack_ends(biases + from, multipliers + from, wide, DOTS, next);
            next = pack_dot(c, weights, from, wide, next);
        } else {
            wide = tile_vectors(left) * LANES;
            next = pack_ends(biases + from, multipliers + from, left < wide ? left : wide, wide, next);
            next = pack_tile(c, weights, from, wide, next);
        }
    }
}

/* ---- requantization ---- */

INLINE void store(const struct conv *c, uint8_t *out, __m256i sums, const float *multipliers, uint32_t count)
{
    const __m256i scaled = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(multipliers)));
    __m128i bytes = _mm_packs_epi32(_mm256_castsi256_si128(scaled), _mm256_extracti128_si256(scaled, 1));
    bytes = _mm_adds_epi16(bytes, _mm_set1_epi16(c->zero_point));
    bytes = _mm_max_epu8(_mm_packus_epi16(bytes, bytes), _mm_set1_epi8((char)c->low_byte));
    if (count >= LANES) {
        _mm_storel_epi64((__m128i *)(void *)out, bytes);
        return;
    }
    uint64_t left = (uint64_t)_mm_cvtsi128_si64(bytes);
    for (uint32_t i = 0; i < count; i++, left >>= 8) {
        out[i] = (uint8_t)left;
    }
}

/* ---- many windows ---- */

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
            block += wide * LANES * (8 + (size_t)c->segments * vectors_of(c->length, PAIR) * PAIR * sizeof(int16_t));
        }
    }
}

/* ---- one window ---- */

/* The sums of eight vectors, in their order. */
INLINE __m256i add_up(const __m256i *v)
{
    const __m256i low = _mm256_hadd_epi32(_mm256_hadd_epi32(v[0], v[1]), _mm256_hadd_epi32(v[2], v[3]));
    const __m256i high = _mm256_hadd_epi32(_mm256_hadd_epi32(v[4], v[5]), _mm256_hadd_epi32(v[6], v[7]));
    return _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31));
}

INLINE __m256i add_products(__m256i sum, const uint8_t *values, const char *weights)
{
    const __m256i left = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)values));
    const __m256i right = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)weights));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(left, right));
}

/* `wide` outputs (8, 4, 2 or 1) of one window, each with 8 / wide sums, which hides the adders' delay. */
INLINE __m256i dot(const struct conv *c, const uint8_t *in, const char *block, uint32_t wide)
{
    const uint32_t steps = DOTS / wide;
    const char *weights = block + DOTS * 8;
    __m256i sums[DOTS];
    uint32_t totals[DOTS];
    for (uint32_t i = 0; i < DOTS; i++) {
        sums[i] = _mm256_setzero_si256();
    }
    for (uint32_t s = 0; s < c->segments; s++) {
        const uint8_t *values = in + c->offsets[s];
        uint32_t left = vectors_of(c->length, RUN);
        for (; left >= steps; left -= steps, values += steps * RUN, weights += DOTS * RUN) {
            for (uint32_t i = 0; i < DOTS; i++) {
                sums[i] = add_products(sums[i], values + i / wide * RUN, weights + i * RUN);
            }
        }
        for (; left > 0; left--, values += RUN, weights += wide * RUN) {
            for (uint32_t i = 0; i < wide; i++) {
                sums[i] = add_products(sums[i], values, weights + i * RUN);
            }
        }
    }
    _mm256_storeu_si256((__m256i *)(void *)totals, add_up(sums));
    for (uint32_t i = wide; i < DOTS; i++) {
        totals[i % wide] += totals[i];
    }
    return _mm256_add_epi32(_mm256_loadu_si256((const __m256i *)(const void *)totals),
                            _mm256_loadu_si256((const __m256i *)(const void *)block));
}

INLINE void dot_block_all(const struct conv *c, const uint8_t *in, const char *block, uint8_t *out, uint32_t wide)
{
    const float *multipliers = (const float *)(const void *)block + DOTS;
    const uint32_t pixels = c->out_height * c->out_width;
    struct walk walk = {c, 0, 0};
    for (uint32_t done = 0; done < pixels; done++) {
        size_t from[4], to;
        if (c->pool) {
            next_pool(&walk, from, &to);
        } else {
            next_window(&walk, &from[0], &to);
        }
        __m256i sums = dot(c, in + from[0], block, wide);
        for (uint32_t i = 1; c->pool && i < 4; i++) {
            sums = _mm256_max_epi32(sums, dot(c, in + from[i], block, wide));
        }
        store(c, out + to, sums, multipliers, wide);
    }
}

AVX2 void avx2_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    if (!uses_dots(c)) {
        conv_strips(c, in, out);
        return;
    }
    const char *block = c->packed;
    for (uint32_t from = 0, wide; from < c->out_channels; from += wide) {
        wide = dot_block(c->out_channels - from);
        if (wide == 8) {
            dot_block_all(c, in, block, out + from, 8);
        } else if (wide == 4) {
            dot_block_all(c, in, block, out + from, 4);
        } else if (wide == 2) {
            dot_block_all(c, in, block, out + from, 2);
        } else {
            dot_block_all(c, in, block, out + from, 1);
        }
        block += DOTS * 8 + (size_t)wide * c->segments * vectors_of(c->length, RUN) * RUN;
    }
}
#endif
