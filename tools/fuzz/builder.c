/* Random sound networks, small ones: one to five layers on images, a flatten, one or two linear layers. */
#include <stdbool.h>
#include <string.h>

#include "harness.h"
#include "network.h"

#define MOST_VALUES 4000

struct pen {
    unsigned char *to;
    size_t used, room;
    bool full;
};

struct builder {
    struct dice *dice;
    struct pen pen;
    bool quantized;
    struct quantization quantization;
    uint32_t channels, height, width, count;
};

static void put(struct pen *pen, const void *bytes, size_t size)
{
    pen->full |= size > pen->room - pen->used;
    if (!pen->full) {
        memcpy(pen->to + pen->used, bytes, size);
        pen->used += size;
    }
}

static void put_u32(struct pen *pen, uint32_t value)
{
    put(pen, &value, sizeof value);
}

static void put_float(struct pen *pen, float value)
{
    put(pen, &value, sizeof value);
}

static float power(struct dice *dice, int low, int high)
{
    float value = 1.0f;
    const int exponent = low + (int)roll(dice, (uint32_t)(high - low + 1));
    for (int i = 0; i < (exponent < 0 ? -exponent : exponent); i++) {
        value = exponent < 0 ? value * 0.5f : value * 2.0f;
    }
    return value * (1.0f + (float)roll(dice, 100) / 128.0f);
}

/* A record's start; returns where its length stands. */
static size_t begin(struct builder *b, enum layer_kind kind)
{
    b->count++;
    put_u32(&b->pen, kind);
    put_u32(&b->pen, 0);
    const size_t start = b->pen.used;
    if (b->quantized) {
        if (kind == LAYER_CONV2D || kind == LAYER_LINEAR) {
            b->quantization = (struct quantization){power(b->dice, -14, 4), (uint8_t)roll(b->dice, 256)};
        } else if (kind == LAYER_TANH) {
            b->quantization = (struct quantization){1.0f / 128.0f, 128};
        } else if (kind == LAYER_SIGMOID) {
            b->quantization = (struct quantization){1.0f / 256.0f, 0};
        }
        put_float(&b->pen, b->quantization.scale);
        put_u32(&b->pen, b->quantization.zero_point);
    }
    return start;
}

static void end(struct builder *b, size_t start)
{
    const uint32_t size = (uint32_t)(b->pen.used - start);
    if (!b->pen.full) {
        memcpy(b->pen.to + start - sizeof size, &size, sizeof size);
    }
}

static void put_weights(struct builder *b, uint32_t out, uint32_t each)
{
    for (uint32_t i = 0; i < out; i++) {
        put_float(&b->pen, (float)(int)(roll(b->dice, 200) - 100) / 128.0f);
    }
    for (uint32_t i = 0; i < out && b->quantized; i++) {
        put_float(&b->pen, power(b->dice, -10, 2));
    }
    const uint32_t count = out * each;
    for (uint32_t i = 0; i < count && !b->pen.full; i++) {
        const int8_t value = (int8_t)((int)roll(b->dice, 255) - 127);
        if (b->quantized) {
            put(&b->pen, &value, sizeof value);
        } else {
            put_float(&b->pen, (float)value / 128.0f);
        }
    }
    if (b->quantized) {
        put(&b->pen, "\0\0\0", (4 - count % 4) % 4);
    }
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t behind(uint32_t size, uint32_t kernel, uint32_t stride, uint32_t padding)
{
    return (size + 2 * padding - kernel) / stride + 1;
}

static void put_conv(struct builder *b)
{
    struct dice *dice = b->dice;
    const uint32_t groups = roll(dice, 3) == 0 ? b->channels : 1;
    const uint32_t kernel_height = 1 + roll(dice, least(b->height, 6)), kernel_width = 1 + roll(dice, least(b->width, 6));
    const uint32_t stride_height = 1 + roll(dice, 3), stride_width = 1 + roll(dice, 3);
    const uint32_t padding_height = roll(dice, 4), padding_width = roll(dice, 4);
    const uint32_t height = behind(b->height, kernel_height, stride_height, padding_height);
    const uint32_t width = behind(b->width, kernel_width, stride_width, padding_width);
    const uint32_t most = MOST_VALUES / (height * width), per_group = b->channels / groups;
    const uint32_t out = groups * (1 + roll(dice, least(most / groups + 1, 20)));
    const size_t start = begin(b, LAYER_CONV2D);
    const uint32_t sizes[] = {out,          per_group,      kernel_height, kernel_width, stride_height,
                              stride_width, padding_height, padding_width, groups};
    put(&b->pen, sizes, sizeof sizes);
    put_weights(b, out, per_group * kernel_height * kernel_width);
    end(b, start);
    b->channels = out;
    b->height = height;
    b->width = width;
}

static void put_pool(struct builder *b)
{
    const uint32_t kernel_height = 1 + roll(b->dice, least(b->height, 4)), kernel_width = 1 + roll(b->dice, least(b->width, 4));
    const uint32_t sizes[] = {kernel_height,
                              kernel_width,
                              1 + roll(b->dice, 3),
                              1 + roll(b->dice, 3),
                              roll(b->dice, kernel_height / 2 + 1),
                              roll(b->dice, kernel_width / 2 + 1)};
    const size_t start = begin(b, roll(b->dice, 2) ? LAYER_MAX_POOL2D : LAYER_AVG_POOL2D);
    put(&b->pen, sizes, sizeof sizes);
    end(b, start);
    b->height = behind(b->height, sizes[0], sizes[2], sizes[4]);
    b->width = behind(b->width, sizes[1], sizes[3], sizes[5]);
}

static void put_plain(struct builder *b, enum layer_kind kind)
{
    end(b, begin(b, kind));
}

static void put_linear(struct builder *b, uint32_t out)
{
    const uint32_t features = b->channels * b->height * b->width;
    const size_t start = begin(b, LAYER_LINEAR);
    put_u32(&b->pen, out);
    put_u32(&b->pen, features);
    put_weights(b, out, features);
    end(b, start);
    b->channels = out;
    b->height = b->width = 1;
}

static void put_activation(struct builder *b)
{
    put_plain(b, roll(b->dice, 2) ? LAYER_RELU : LAYER_RELU + roll(b->dice, 3));
}

size_t build_network(struct dice *dice, unsigned char *to, size_t room)
{
    struct builder b = {dice, {to, 0, room, false}, roll(dice, 2) != 0, input_quantization, 1, IMAGE_SIDE, IMAGE_SIDE, 0};
    const unsigned char start[8] = {NETWORK_MAGIC_BYTES, NETWORK_VERSION, 0, b.quantized, 0};
    put(&b.pen, start, sizeof start);
    put_u32(&b.pen, 0);
    for (uint32_t i = 1 + roll(dice, 5); i > 0; i--) {
        switch (roll(dice, 4)) {
        case 0:
            put_pool(&b);
            break;
        case 1:
            put_activation(&b);
            break;
        default:
            put_conv(&b);
        }
    }
    put_plain(&b, LAYER_FLATTEN);
    if (roll(dice, 2)) {
        put_linear(&b, 1 + roll(dice, 20));
        put_activation(&b);
    }
    put_linear(&b, CLASSES);
    if (roll(dice, 4) == 0) {
        put_plain(&b, LAYER_SOFTMAX);
    }
    if (b.pen.full) {
        return 0;
    }
    memcpy(to + sizeof start, &b.count, sizeof b.count);
    return b.pen.used;
}
