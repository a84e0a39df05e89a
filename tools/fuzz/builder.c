/* Random sound networks, small ones: a graph of one to eight operators on images, then linear ones, added up. */
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

#define MOST_IMAGE_OPERATORS 8

/* A value, and whether anybody reads it. */
struct made {
    uint32_t channels, height, width;
    struct quantization quantization;
    bool is_read;
};

struct builder {
    struct dice *dice;
    struct pen pen;
    bool quantized;
    struct made values[4 * MOST_IMAGE_OPERATORS + 8];
    uint32_t count; /* of operators; the newest value's number, too */
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

static struct quantization own_quantization(struct builder *b, enum operator_kind kind, struct quantization read)
{
    switch (kind) {
    case OPERATOR_TANH:
        return (struct quantization){1.0f / 128.0f, 128};
    case OPERATOR_SIGMOID:
        return (struct quantization){1.0f / 256.0f, 0};
    case OPERATOR_ADD:
        return (struct quantization){read.scale * power(b->dice, -3, 3), (uint8_t)roll(b->dice, 256)};
    case OPERATOR_CONV2D:
    case OPERATOR_LINEAR:
    case OPERATOR_LEAKY_RELU:
    case OPERATOR_ELU:
    case OPERATOR_PRELU:
    case OPERATOR_CONCAT:
        return (struct quantization){power(b->dice, -14, 4), (uint8_t)roll(b->dice, 256)};
    default:
        return read;
    }
}

/* A record's start, of an operator whose output is as yet like the first value that it reads; returns where its length
 * stands. */
static size_t begin(struct builder *b, enum operator_kind kind, const uint32_t *reads, uint32_t read_count)
{
    struct made *made = &b->values[++b->count];
    *made = b->values[reads[0]];
    made->is_read = false;
    put_u32(&b->pen, kind);
    put_u32(&b->pen, 0);
    const size_t start = b->pen.used;
    put_u32(&b->pen, read_count);
    for (uint32_t i = 0; i < read_count; i++) {
        put_u32(&b->pen, reads[i]);
        b->values[reads[i]].is_read = true;
    }
    if (b->quantized) {
        made->quantization = own_quantization(b, kind, made->quantization);
        put_float(&b->pen, made->quantization.scale);
        put_u32(&b->pen, made->quantization.zero_point);
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
    return (size + padding - kernel) / stride + 1;
}

static void put_conv(struct builder *b, uint32_t read)
{
    struct dice *dice = b->dice;
    const struct made in = b->values[read];
    const uint32_t groups = roll(dice, 3) == 0 ? in.channels : 1;
    const struct pair kernel = {1 + roll(dice, least(in.height, 6)), 1 + roll(dice, least(in.width, 6))};
    const struct pair stride = {1 + roll(dice, 3), 1 + roll(dice, 3)};
    const struct sides padding = {roll(dice, 4), roll(dice, 4), roll(dice, 4), roll(dice, 4)};
    const uint32_t height = behind(in.height, kernel.height, stride.height, padding.top + padding.bottom);
    const uint32_t width = behind(in.width, kernel.width, stride.width, padding.left + padding.right);
    const uint32_t most = MOST_VALUES / (height * width), per_group = in.channels / groups;
    const uint32_t out = groups * (1 + roll(dice, least(most / groups + 1, 20)));
    const size_t start = begin(b, OPERATOR_CONV2D, &read, 1);
    put_u32(&b->pen, out);
    put_u32(&b->pen, per_group);
    put(&b->pen, &kernel, sizeof kernel);
    put(&b->pen, &stride, sizeof stride);
    put(&b->pen, &padding, sizeof padding);
    put_u32(&b->pen, groups);
    put_weights(b, out, per_group * kernel.height * kernel.width);
    end(b, start);
    struct made *made = &b->values[b->count];
    made->channels = out, made->height = height, made->width = width;
}

static void put_pool(struct builder *b, uint32_t read)
{
    struct dice *dice = b->dice;
    const struct made in = b->values[read];
    const struct pair kernel = {1 + roll(dice, least(in.height, 4)), 1 + roll(dice, least(in.width, 4))};
    const struct pair stride = {1 + roll(dice, 3), 1 + roll(dice, 3)};
    const struct sides padding = {roll(dice, kernel.height), roll(dice, kernel.width), roll(dice, kernel.height),
                                  roll(dice, kernel.width)};
    const size_t start = begin(b, roll(dice, 2) ? OPERATOR_MAX_POOL2D : OPERATOR_AVG_POOL2D, &read, 1);
    put(&b->pen, &kernel, sizeof kernel);
    put(&b->pen, &stride, sizeof stride);
    put(&b->pen, &padding, sizeof padding);
    end(b, start);
    struct made *made = &b->values[b->count];
    made->height = behind(in.height, kernel.height, stride.height, padding.top + padding.bottom);
    made->width = behind(in.width, kernel.width, stride.width, padding.left + padding.right);
}

/* To the same size, or twice along one axis or both. */
static void put_resize(struct builder *b, uint32_t read)
{
    const struct made in = b->values[read];
    const struct pair size = {in.height << roll(b->dice, 2), in.width << roll(b->dice, 2)};
    if (in.channels * size.height * size.width > MOST_VALUES) {
        return;
    }
    const size_t start = begin(b, OPERATOR_RESIZE_BILINEAR, &read, 1);
    put(&b->pen, &size, sizeof size);
    end(b, start);
    b->values[b->count].height = size.height;
    b->values[b->count].width = size.width;
}

static void put_plain(struct builder *b, enum operator_kind kind, uint32_t read)
{
    end(b, begin(b, kind, &read, 1));
}

static void put_linear(struct builder *b, uint32_t out, uint32_t read)
{
    const uint32_t features = b->values[read].channels;
    const size_t start = begin(b, OPERATOR_LINEAR, &read, 1);
    put_u32(&b->pen, out);
    put_u32(&b->pen, features);
    put_weights(b, out, features);
    end(b, start);
    b->values[b->count].channels = out;
}

static void put_activation(struct builder *b, uint32_t read)
{
    static const enum operator_kind kinds[] = {OPERATOR_RELU,  OPERATOR_RELU,       OPERATOR_TANH, OPERATOR_SIGMOID,
                                               OPERATOR_RELU6, OPERATOR_LEAKY_RELU, OPERATOR_ELU,  OPERATOR_PRELU};
    const enum operator_kind kind = kinds[roll(b->dice, sizeof kinds / sizeof *kinds)];
    const size_t start = begin(b, kind, &read, 1);
    const uint32_t slopes = kind == OPERATOR_PRELU ? b->values[read].channels : 0;
    if (kind == OPERATOR_LEAKY_RELU || kind == OPERATOR_ELU) {
        put_float(&b->pen, power(b->dice, -8, 3));
    } else if (kind == OPERATOR_PRELU) {
        put_u32(&b->pen, slopes);
    }
    for (uint32_t i = 0; i < slopes; i++) {
        put_float(&b->pen, power(b->dice, -8, 3) - 1.0f);
    }
    end(b, start);
}

/* `read` and another value of the same size: an add if they have as many channels too, otherwise a concat. */
static void put_join(struct builder *b, uint32_t read)
{
    const struct made in = b->values[read];
    uint32_t other = roll(b->dice, b->count + 1);
    while (b->values[other].height != in.height || b->values[other].width != in.width) {
        other = (other + 1) % (b->count + 1);
    }
    const uint32_t reads[] = {read, other}, channels = in.channels + b->values[other].channels;
    const bool can_add = b->values[other].channels == in.channels;
    if (can_add && roll(b->dice, 3) != 0) {
        end(b, begin(b, OPERATOR_ADD, reads, 2));
    } else if (channels * in.height * in.width <= MOST_VALUES) {
        end(b, begin(b, OPERATOR_CONCAT, reads, 2));
        b->values[b->count].channels = channels;
    }
}

/* Most often the newest value. */
static uint32_t pick_value(struct builder *b)
{
    return roll(b->dice, 3) != 0 ? b->count : roll(b->dice, b->count + 1);
}

static void put_image_operator(struct builder *b)
{
    const uint32_t read = pick_value(b);
    switch (roll(b->dice, 7)) {
    case 0:
        put_pool(b, read);
        break;
    case 3:
        put_resize(b, read);
        break;
    case 1:
        put_activation(b, read);
        break;
    case 2:
        put_join(b, read);
        break;
    default:
        put_conv(b, read);
    }
}

/* Ten logits of each image that nobody reads, added up; perhaps through a hidden layer. */
static void put_heads(struct builder *b)
{
    const uint32_t images = b->count;
    uint32_t sum = 0;
    for (uint32_t image = 0; image <= images; image++) {
        if (b->values[image].is_read) {
            continue;
        }
        put_plain(b, OPERATOR_FLATTEN, image);
        struct made *flat = &b->values[b->count];
        *flat = (struct made){flat->channels * flat->height * flat->width, 1, 1, flat->quantization, false};
        if (roll(b->dice, 3) == 0) {
            put_activation(b, b->count);
        }
        put_linear(b, CLASSES, b->count);
        if (sum != 0) {
            const uint32_t reads[] = {sum, b->count};
            end(b, begin(b, OPERATOR_ADD, reads, 2));
        }
        sum = b->count;
    }
}

size_t build_network(struct dice *dice, unsigned char *to, size_t room)
{
    static const unsigned char precisions[] = {PRECISION_FP32, PRECISION_INT8, PRECISION_INT8, PRECISION_FP16};
    const unsigned char precision = precisions[roll(dice, 4)];
    struct builder b = {.dice = dice, .pen = {to, 0, room, false}, .quantized = precision == PRECISION_INT8};
    b.values[0] = (struct made){1, IMAGE_SIDE, IMAGE_SIDE, INPUT_QUANTIZATION, false};
    const unsigned char start[8] = {NETWORK_MAGIC_BYTES, NETWORK_VERSION, 0, precision, CLASSES};
    put(&b.pen, start, sizeof start);
    put_u32(&b.pen, 0);
    for (uint32_t i = 1 + roll(dice, MOST_IMAGE_OPERATORS); i > 0; i--) {
        put_image_operator(&b);
    }
    put_heads(&b);
    if (roll(dice, 4) == 0) {
        put_plain(&b, OPERATOR_SOFTMAX, b.count);
    }
    if (b.pen.full) {
        return 0;
    }
    memcpy(to + sizeof start, &b.count, sizeof b.count);
    return b.pen.used;
}
