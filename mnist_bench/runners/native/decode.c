/* A network from its encoding: every length is looked at before it is used, nothing is copied. */
#include "decode.h"

#include <string.h>

#include "check.h"

#define BAD(...) refuse(failure, ERROR_BAD_NETWORK, __VA_ARGS__)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Numbers are read as they travel: this needs a little-endian processor."
#endif

struct reader {
    const unsigned char *at;
    size_t left;
};

static const void *take(struct reader *reader, uint64_t size)
{
    if (size > reader->left) {
        return NULL;
    }
    const void *here = reader->at;
    reader->at += size;
    reader->left -= (size_t)size;
    return here;
}

static bool take_numbers(struct reader *reader, uint32_t count, uint32_t *numbers)
{
    const void *here = take(reader, (uint64_t)count * sizeof *numbers);
    if (here != NULL) {
        memcpy(numbers, here, count * sizeof *numbers);
    }
    return here != NULL;
}

static bool too_short(struct failure *failure)
{
    return BAD("A layer's record is shorter than its sizes say.");
}

/* The axes of weights, looked at before anything is counted with them. */
static bool sound_axes(const struct layer *layer, struct failure *failure)
{
    const uint32_t axes[] = {layer->out, layer->in_per_group, layer->kernel.height, layer->kernel.width};
    uint64_t count = 1;
    for (int i = 0; i < 4; i++) {
        if (axes[i] < 1 || axes[i] > MAX_CHANNELS) {
            return BAD("Weights of the shape (%u, %u, %u, %u) are outside of what this program runs.", axes[0], axes[1],
                       axes[2], axes[3]);
        }
        count *= axes[i]; /* at most 2 ** 56 */
    }
    if (count > MAX_PARAMETERS) {
        return BAD("A layer has %llu weights; the limit is %d.", (unsigned long long)count, MAX_PARAMETERS);
    }
    return true;
}

static bool decode_weights(struct reader *body, struct layer *layer, bool quantized, struct failure *failure)
{
    static const char zeros[4] = {0};
    if (!sound_axes(layer, failure)) {
        return false;
    }
    const uint64_t weights = layer->out * channel_weights(layer), biases = (uint64_t)layer->out * sizeof(float);
    const uint64_t padding = -weights % 4;
    layer->biases = take(body, biases);
    if (layer->biases == NULL) {
        return too_short(failure);
    }
    if (!quantized) {
        layer->weights = take(body, weights * sizeof(float));
        return layer->weights != NULL || too_short(failure);
    }
    layer->scales = take(body, biases);
    layer->weights = take(body, weights);
    const void *filling = layer->weights != NULL ? take(body, padding) : NULL;
    if (layer->scales == NULL || filling == NULL) {
        return too_short(failure);
    }
    if (memcmp(filling, zeros, (size_t)padding) != 0) {
        return BAD("The bytes that fill up a layer's weights are not zero.");
    }
    return true;
}

static bool decode_conv2d(struct reader *body, struct layer *layer, bool quantized, struct failure *failure)
{
    uint32_t sizes[9];
    if (!take_numbers(body, 9, sizes)) {
        return too_short(failure);
    }
    layer->out = sizes[0], layer->in_per_group = sizes[1], layer->groups = sizes[8];
    layer->kernel = (struct pair){sizes[2], sizes[3]};
    layer->stride = (struct pair){sizes[4], sizes[5]};
    layer->padding = (struct pair){sizes[6], sizes[7]};
    return decode_weights(body, layer, quantized, failure);
}

static bool decode_linear(struct reader *body, struct layer *layer, bool quantized, struct failure *failure)
{
    uint32_t sizes[2];
    if (!take_numbers(body, 2, sizes)) {
        return too_short(failure);
    }
    layer->out = sizes[0], layer->in_per_group = sizes[1], layer->groups = 1;
    layer->kernel = layer->stride = (struct pair){1, 1};
    return decode_weights(body, layer, quantized, failure);
}

static bool decode_pool(struct reader *body, struct layer *layer, struct failure *failure)
{
    uint32_t sizes[6];
    if (!take_numbers(body, 6, sizes)) {
        return too_short(failure);
    }
    layer->kernel = (struct pair){sizes[0], sizes[1]};
    layer->stride = (struct pair){sizes[2], sizes[3]};
    layer->padding = (struct pair){sizes[4], sizes[5]};
    return true;
}

static bool decode_kind(struct reader *body, uint32_t kind, struct layer *layer, bool quantized,
                        struct failure *failure)
{
    layer->kind = (enum layer_kind)kind;
    switch (kind) {
    case LAYER_CONV2D:
        return decode_conv2d(body, layer, quantized, failure);
    case LAYER_LINEAR:
        return decode_linear(body, layer, quantized, failure);
    case LAYER_MAX_POOL2D:
    case LAYER_AVG_POOL2D:
        return decode_pool(body, layer, failure);
    case LAYER_RELU:
    case LAYER_TANH:
    case LAYER_SIGMOID:
    case LAYER_FLATTEN:
    case LAYER_SOFTMAX:
        return true;
    default:
        return BAD("A layer is of the kind %u, which this version does not know.", kind);
    }
}

static bool decode_quantization(struct reader *body, struct quantization *quantization, struct failure *failure)
{
    uint32_t numbers[2];
    if (!take_numbers(body, 2, numbers)) {
        return too_short(failure);
    }
    memcpy(&quantization->scale, &numbers[0], sizeof quantization->scale);
    if (numbers[1] > 255) {
        return BAD("The zero point %u is not from 0 to 255.", numbers[1]);
    }
    quantization->zero_point = (uint8_t)numbers[1];
    return true;
}

static bool decode_record(struct reader *data, struct layer *layer, bool quantized, struct failure *failure)
{
    uint32_t record[2]; /* kind, bytes in the body */
    if (!take_numbers(data, 2, record)) {
        return BAD("A network's encoding ends before its last layer.");
    }
    struct reader body = {take(data, record[1]), record[1]};
    if (body.at == NULL) {
        return BAD("A network's encoding ends in the middle of a layer.");
    }
    memset(layer, 0, sizeof *layer);
    if (quantized && !decode_quantization(&body, &layer->quantization, failure)) {
        return false;
    }
    if (!decode_kind(&body, record[0], layer, quantized, failure)) {
        return false;
    }
    if (body.left != 0) {
        return BAD("A layer's record is longer than its sizes say.");
    }
    return check_layer(layer, quantized, failure);
}

bool decode_network(const void *bytes, size_t size, struct network *network, struct failure *failure)
{
    struct reader data = {bytes, size};
    uint32_t header[3]; /* magic; version, precision, zero; number of layers */
    if (!take_numbers(&data, 3, header)) {
        return BAD("A network's encoding is shorter than its header.");
    }
    const uint32_t precision = header[1] >> 16;
    if (memcmp(bytes, NETWORK_MAGIC, 4) != 0 || (header[1] & 0xFFFF) != NETWORK_VERSION || precision > PRECISION_INT8) {
        return BAD("This is not the encoding of a network, or one of another version.");
    }
    if (header[2] < 1 || header[2] > MAX_LAYERS) {
        return BAD("A network must have 1 to %d layers, not %u.", MAX_LAYERS, header[2]);
    }
    network->quantized = precision == PRECISION_INT8;
    network->count = header[2];
    for (uint32_t i = 0; i < network->count; i++) {
        if (!decode_record(&data, &network->layers[i], network->quantized, failure)) {
            return false;
        }
    }
    if (data.left != 0) {
        return BAD("Something follows a network's last layer.");
    }
    return check_network(network, failure);
}
