/* Convolutions in plain C: for processors without kernels of their own, and the twin that all others are tested with.
 *
 * Output channels are computed in blocks of eight. Packed, a block is its biases (int8: and its multipliers), then for
 * each value of the window eight weights; what is missing of the last block is zero.
 */
#include <string.h>

#include "depthwise.h"
#include "requantize.h"

#define BLOCK 8

struct f32_block {
    float bias[BLOCK];
    float weights[][BLOCK];
};

struct q8_block {
    int32_t bias[BLOCK];
    float multiplier[BLOCK];
    int8_t weights[][BLOCK];
};

static size_t window_values(const struct conv *c)
{
    return (size_t)c->segments * c->length;
}

static uint32_t block_count(const struct conv *c)
{
    return c->out_channels / BLOCK + (c->out_channels % BLOCK != 0);
}

static uint32_t channels_from(const struct conv *c, uint32_t first)
{
    const uint32_t left = c->out_channels - first;
    return left < BLOCK ? left : BLOCK;
}

static size_t f32_block_bytes(const struct conv *c)
{
    return sizeof(struct f32_block) + window_values(c) * BLOCK * sizeof(float);
}

static size_t q8_block_bytes(const struct conv *c)
{
    return sizeof(struct q8_block) + window_values(c) * BLOCK;
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
    const size_t values = window_values(c);
    memset(to, 0, f32_packed_bytes(c));
    for (uint32_t out = 0; out < c->out_channels; out++) {
        struct f32_block *block = (void *)((char *)to + out / BLOCK * f32_block_bytes(c));
        block->bias[out % BLOCK] = biases[out];
        for (uint32_t at = 0; at < values; at++) {
            block->weights[at][out % BLOCK] = weights[weight_index(c, out, at)];
        }
    }
}

static void q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                    void *to)
{
    const size_t values = window_values(c);
    memset(to, 0, q8_packed_bytes(c));
    for (uint32_t out = 0; out < c->out_channels; out++) {
        struct q8_block *block = (void *)((char *)to + out / BLOCK * q8_block_bytes(c));
        block->bias[out % BLOCK] = biases[out];
        block->multiplier[out % BLOCK] = multipliers[out];
        for (uint32_t at = 0; at < values; at++) {
            block->weights[at][out % BLOCK] = weights[weight_index(c, out, at)];
        }
    }
}

/* One window, eight channels. */
static void f32_window(const struct conv *c, const struct f32_block *block, const float *in, float result[BLOCK])
{
    float sums[BLOCK];
    const float(*weights)[BLOCK] = block->weights;
    memcpy(sums, block->bias, sizeof sums);
    for (uint32_t s = 0; s < c->segments; s++) {
        const float *run = in + c->offsets[s];
        for (uint32_t at = 0; at < c->length; at++, weights++) {
            for (int j = 0; j < BLOCK; j++) {
                sums[j] += run[at] * (*weights)[j];
            }
        }
    }
    for (int j = 0; j < BLOCK; j++) {
        result[j] = sums[j] < c->low ? c->low : sums[j]; /* NaN stays NaN */
    }
}

static void f32_pixel(const struct conv *c, const struct f32_block *block, const float *in, float result[BLOCK])
{
    f32_window(c, block, in, result);
    for (unsigned other = 1; c->pool && other < 4; other++) {
        float values[BLOCK];
        f32_window(c, block, in + (other & 1) * c->in_column + (other >> 1) * c->in_row, values);
        for (int j = 0; j < BLOCK; j++) {
            result[j] = result[j] < values[j] || values[j] != values[j] ? values[j] : result[j];
        }
    }
}

static void f32_conv(const struct conv *c, const float *in, float *out)
{
    const size_t step = c->pool ? 2 : 1;
    for (uint32_t first = 0; first < c->out_channels; first += BLOCK) {
        const struct f32_block *block = (const void *)((const char *)c->packed + first / BLOCK * f32_block_bytes(c));
        const size_t bytes = channels_from(c, first) * sizeof(float);
        for (uint32_t y = 0; y < c->out_height; y++) {
            for (uint32_t x = 0; x < c->out_width; x++) {
                float result[BLOCK];
                f32_pixel(c, block, in + step * (y * c->in_row + x * c->in_column), result);
                memcpy(out + y * c->out_row + x * c->out_column + first, result, bytes);
            }
        }
    }
}

static void q8_window(const struct conv *c, const struct q8_block *block, const uint8_t *in, uint8_t result[BLOCK])
{
    uint32_t sums[BLOCK]; /* of 32 bits, whatever passes through: the last sum fits */
    const int8_t(*weights)[BLOCK] = block->weights;
    memcpy(sums, block->bias, sizeof sums);
    for (uint32_t s = 0; s < c->segments; s++) {
        const uint8_t *run = in + c->offsets[s];
        for (uint32_t at = 0; at < c->length; at++, weights++) {
            for (int j = 0; j < BLOCK; j++) {
                sums[j] += (uint32_t)(run[at] * (*weights)[j]);
            }
        }
    }
    for (int j = 0; j < BLOCK; j++) {
        result[j] = requantized((int32_t)sums[j], block->multiplier[j], c);
    }
}

static void q8_pixel(const struct conv *c, const struct q8_block *block, const uint8_t *in, uint8_t result[BLOCK])
{
    q8_window(c, block, in, result);
    for (unsigned other = 1; c->pool && other < 4; other++) {
        uint8_t values[BLOCK];
        q8_window(c, block, in + (other & 1) * c->in_column + (other >> 1) * c->in_row, values);
        for (int j = 0; j < BLOCK; j++) {
            result[j] = result[j] < values[j] ? values[j] : result[j];
        }
    }
}

static void q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    const size_t step = c->pool ? 2 : 1;
    for (uint32_t first = 0; first < c->out_channels; first += BLOCK) {
        const struct q8_block *block = (const void *)((const char *)c->packed + first / BLOCK * q8_block_bytes(c));
        const size_t bytes = channels_from(c, first);
        for (uint32_t y = 0; y < c->out_height; y++) {
            for (uint32_t x = 0; x < c->out_width; x++) {
                uint8_t result[BLOCK];
                q8_pixel(c, block, in + step * (y * c->in_row + x * c->in_column), result);
                memcpy(out + y * c->out_row + x * c->out_column + first, result, bytes);
            }
        }
    }
}

const struct kernels *kernels_portable(void)
{
    static const struct kernels portable = {
        .name = "portable",
        .f32_pools = true,
        .q8_pools = true,
        .depthwise = &portable_depthwise,
        .f32_packed_bytes = f32_packed_bytes,
        .f32_pack = f32_pack,
        .f32_conv = f32_conv,
        .q8_packed_bytes = q8_packed_bytes,
        .q8_pack = q8_pack,
        .q8_conv = q8_conv,
    };
    return &portable;
}
