/* Depthwise convolutions in C that compilers turn into vectors: channels lie side by side, so that each pixel of a window
 * is multiplied with its weights for 16 channels at a time.
 *
 * Packed, a block of 16 channels is its biases (int8: and its multipliers), then 16 weights for each pixel of the window.
 * What is missing of the last block is computed from whatever is behind the pixel, and not written.
 */
#include "depthwise.h"

#include <string.h>

#include "requantize.h"

#define BLOCK 16

struct f32_block {
    float bias[BLOCK];
    float weights[][BLOCK];
};

struct q8_block {
    int32_t bias[BLOCK];
    float multiplier[BLOCK];
    int16_t weights[][BLOCK];
};

static size_t block_count(const struct conv *c)
{
    return ((size_t)c->out_channels + BLOCK - 1) / BLOCK;
}

static size_t f32_block_bytes(const struct conv *c)
{
    return sizeof(struct f32_block) + (size_t)c->segments * BLOCK * sizeof(float);
}

static size_t q8_block_bytes(const struct conv *c)
{
    return sizeof(struct q8_block) + (size_t)c->segments * BLOCK * sizeof(int16_t);
}

static size_t f32_packed_bytes(const struct conv *c)
{
    return block_count(c) * f32_block_bytes(c);
}

static size_t q8_packed_bytes(const struct conv *c)
{
    return block_count(c) * q8_block_bytes(c);
}

static void f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    memset(to, 0, f32_packed_bytes(c));
    for (uint32_t out = 0; out < c->out_channels; out++) {
        struct f32_block *block = (void *)((char *)to + out / BLOCK * f32_block_bytes(c));
        block->bias[out % BLOCK] = biases[out];
        for (uint32_t pixel = 0; pixel < c->segments; pixel++) {
            block->weights[pixel][out % BLOCK] = weights[(size_t)out * c->segments + pixel];
        }
    }
}

static void q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                    void *to)
{
    memset(to, 0, q8_packed_bytes(c));
    for (uint32_t out = 0; out < c->out_channels; out++) {
        struct q8_block *block = (void *)((char *)to + out / BLOCK * q8_block_bytes(c));
        block->bias[out % BLOCK] = biases[out];
        block->multiplier[out % BLOCK] = multipliers[out];
        for (uint32_t pixel = 0; pixel < c->segments; pixel++) {
            block->weights[pixel][out % BLOCK] = weights[(size_t)out * c->segments + pixel];
        }
    }
}

static void f32_window(const struct conv *c, const struct f32_block *block, const float *in, float result[BLOCK])
{
    float sums[BLOCK];
    memcpy(sums, block->bias, sizeof sums);
    for (uint32_t pixel = 0; pixel < c->segments; pixel++) {
        const float *values = in + c->offsets[pixel], *weights = block->weights[pixel];
        for (int j = 0; j < BLOCK; j++) {
            sums[j] += values[j] * weights[j];
        }
    }
    for (int j = 0; j < BLOCK; j++) {
        result[j] = sums[j] < c->low ? c->low : sums[j]; /* NaN stays NaN */
    }
}

static void q8_window(const struct conv *c, const struct q8_block *block, const uint8_t *in, uint8_t result[BLOCK])
{
    uint32_t sums[BLOCK]; /* of 32 bits, whatever passes through */
    memcpy(sums, block->bias, sizeof sums);
    for (uint32_t pixel = 0; pixel < c->segments; pixel++) {
        const uint8_t *values = in + c->offsets[pixel];
        const int16_t *weights = block->weights[pixel];
        for (int j = 0; j < BLOCK; j++) {
            const int16_t product = (int16_t)(values[j] * weights[j]); /* 255 x 127 fits */
            sums[j] += (uint32_t)product;
        }
    }
    for (int j = 0; j < BLOCK; j++) {
        result[j] = requantized((int32_t)sums[j], block->multiplier[j], c);
    }
}

static size_t channels_from(const struct conv *c, size_t first)
{
    return c->out_channels - first < BLOCK ? c->out_channels - first : BLOCK;
}

static void f32_conv(const struct conv *c, const float *in, float *out)
{
    for (size_t first = 0; first < c->out_channels; first += BLOCK) {
        const struct f32_block *block = (const void *)((const char *)c->packed + first / BLOCK * f32_block_bytes(c));
        const size_t bytes = channels_from(c, first) * sizeof(float);
        for (uint32_t y = 0; y < c->out_height; y++) {
            for (uint32_t x = 0; x < c->out_width; x++) {
                float result[BLOCK];
                f32_window(c, block, in + y * c->in_row + x * c->in_column + first, result);
                memcpy(out + y * c->out_row + x * c->out_column + first, result, bytes);
            }
        }
    }
}

static void q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    for (size_t first = 0; first < c->out_channels; first += BLOCK) {
        const struct q8_block *block = (const void *)((const char *)c->packed + first / BLOCK * q8_block_bytes(c));
        const size_t bytes = channels_from(c, first);
        for (uint32_t y = 0; y < c->out_height; y++) {
            for (uint32_t x = 0; x < c->out_width; x++) {
                uint8_t result[BLOCK];
                q8_window(c, block, in + y * c->in_row + x * c->in_column + first, result);
                memcpy(out + y * c->out_row + x * c->out_column + first, result, bytes);
            }
        }
    }
}

const struct kernels portable_depthwise = {
    .name = "portable",
    .f32_packed_bytes = f32_packed_bytes,
    .f32_pack = f32_pack,
    .f32_conv = f32_conv,
    .q8_packed_bytes = q8_packed_bytes,
    .q8_pack = q8_pack,
    .q8_conv = q8_conv,
};
