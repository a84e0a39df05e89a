/* How pixels become a file's input, and its output logits. */
#include "exchange.h"

#include <math.h>
#include <string.h>

#define LEAST_PROBABILITY 1e-30f
#define LEAST_ZERO_POINT (-128)
#define MOST_ZERO_POINT 255
#define UNSUPPORTED(...) refuse(failure, ERROR_UNSUPPORTED, __VA_ARGS__)

static uint32_t side_of(const struct exchange *exchange)
{
    return exchange->request.placement == PLACEMENT_AS_THEY_ARE ? IMAGE_SIDE : LARGE_SIDE;
}

size_t tensor_bytes(const struct tensor *tensor)
{
    size_t bytes = tensor->element == ELEMENT_FLOAT ? sizeof(float) : 1;
    for (size_t axis = 0; axis < tensor->axes; axis++) {
        bytes *= (size_t)tensor->shape[axis];
    }
    return bytes;
}

/* Putting pixels */

static float number_of(const struct exchange *exchange, float pixel)
{
    return pixel * exchange->request.scale + exchange->request.offset;
}

static unsigned char byte_of(const struct exchange *exchange, float pixel)
{
    const struct tensor *input = &exchange->input;
    const int least = input->element == ELEMENT_INT8 ? -128 : 0;
    float number = rintf(number_of(exchange, pixel));
    if (input->is_quantized) {
        number = rintf(number_of(exchange, pixel) / input->scale) + (float)input->zero_point;
    }
    const int byte = number > (float)least ? number < (float)(least + 255) ? (int)number : least + 255 : least;
    return (unsigned char)byte;
}

static void put_floats(const struct exchange *exchange, const unsigned char *pixels, void *input)
{
    const float scale = exchange->request.scale, offset = exchange->request.offset;
    float *numbers = input;
    for (size_t i = 0; i < IMAGE_PIXELS; i++) {
        numbers[i] = (float)pixels[i] * scale + offset;
    }
}

static void put_flipped(const struct exchange *exchange, const unsigned char *pixels, void *input)
{
    unsigned char *bytes = input;
    const unsigned char flip = exchange->flip;
    for (size_t i = 0; i < IMAGE_PIXELS; i++) {
        bytes[i] = pixels[i] ^ flip;
    }
}

static void put_bytes(const struct exchange *exchange, const unsigned char *pixels, void *input)
{
    unsigned char *bytes = input;
    for (size_t i = 0; i < IMAGE_PIXELS; i++) {
        bytes[i] = exchange->bytes[pixels[i]];
    }
}

/* The pixel at (y, x) of an enlarged image: linear between the four nearest, whose centres lie at half pixels
 * (mnist_bench/network/operators/resizing.py). */
static float enlarged_pixel(const unsigned char *pixels, uint32_t y, uint32_t x)
{
    const uint32_t places[2] = {y, x};
    uint32_t first[2], second[2];
    float behind[2];
    for (int axis = 0; axis < 2; axis++) {
        const float centre = ((float)places[axis] + 0.5f) * ((float)IMAGE_SIDE / (float)LARGE_SIDE) - 0.5f;
        const float at = centre < 0.0f ? 0.0f : centre;
        first[axis] = (uint32_t)at;
        second[axis] = first[axis] + 1 < IMAGE_SIDE ? first[axis] + 1 : first[axis];
        behind[axis] = at - (float)first[axis];
    }
    const unsigned char *above = pixels + first[0] * IMAGE_SIDE, *below = pixels + second[0] * IMAGE_SIDE;
    const float over = (float)above[first[1]] * (1.0f - behind[1]) + (float)above[second[1]] * behind[1];
    const float under = (float)below[first[1]] * (1.0f - behind[1]) + (float)below[second[1]] * behind[1];
    return over * (1.0f - behind[0]) + under * behind[0];
}

static float placed_pixel(const struct exchange *exchange, const unsigned char *pixels, uint32_t y, uint32_t x)
{
    const uint32_t border = (LARGE_SIDE - IMAGE_SIDE) / 2;
    switch (exchange->request.placement) {
    case PLACEMENT_CENTRED: /* below the border, the difference wraps round and is large */
        return y - border < IMAGE_SIDE && x - border < IMAGE_SIDE
                   ? (float)pixels[(y - border) * IMAGE_SIDE + (x - border)]
                   : 0.0f;
    case PLACEMENT_ENLARGED:
        return enlarged_pixel(pixels, y, x);
    default:
        return (float)pixels[y * IMAGE_SIDE + x];
    }
}

/* Any placement, number of channels and order of axes. */
static void put_any(const struct exchange *exchange, const unsigned char *pixels, void *input)
{
    const uint32_t side = side_of(exchange), area = side * side, channels = exchange->request.channels;
    const bool channels_last = exchange->request.order == ORDER_NHWC;
    for (uint32_t place = 0; place < area; place++) {
        const float pixel = placed_pixel(exchange, pixels, place / side, place % side);
        for (uint32_t channel = 0; channel < channels; channel++) {
            const size_t at = channels_last ? (size_t)place * channels + channel : (size_t)channel * area + place;
            if (exchange->input.element == ELEMENT_FLOAT) {
                ((float *)input)[at] = number_of(exchange, pixel);
            } else {
                ((unsigned char *)input)[at] = byte_of(exchange, pixel);
            }
        }
    }
}

static void choose_put(struct exchange *exchange)
{
    bool is_flip = true;
    for (int pixel = 0; pixel < 256; pixel++) {
        exchange->bytes[pixel] = byte_of(exchange, (float)pixel);
        is_flip = is_flip && exchange->bytes[pixel] == (pixel ^ exchange->bytes[0]);
    }
    exchange->flip = exchange->bytes[0];
    if (exchange->request.placement != PLACEMENT_AS_THEY_ARE || exchange->request.channels != 1) {
        exchange->put = put_any;
    } else if (exchange->input.element == ELEMENT_FLOAT) {
        exchange->put = put_floats;
    } else {
        exchange->put = is_flip ? put_flipped : put_bytes;
    }
}

/* Checking */

/* Whether a tensor has the shape `wanted`, or in another shape as many values; what is free becomes as wanted. */
static bool fit_shape(struct tensor *tensor, const int64_t *wanted, size_t axes)
{
    int64_t values = 1, wanted_values = 1;
    for (size_t axis = 0; axis < axes; axis++) {
        wanted_values *= wanted[axis];
    }
    for (size_t axis = 0; axis < tensor->axes; axis++) {
        if (tensor->shape[axis] < 1) {
            tensor->shape[axis] = tensor->axes == axes ? wanted[axis] : 1;
        }
        if (tensor->axes == axes && tensor->shape[axis] != wanted[axis]) {
            return false;
        }
        values = tensor->shape[axis] <= wanted_values ? values * tensor->shape[axis] : 0;
        if (values > wanted_values) {
            return false;
        }
    }
    return values == wanted_values;
}

static bool check_tensor(struct tensor *tensor, const char *name, struct failure *failure)
{
    if (tensor->element == ELEMENT_OTHER) {
        return UNSUPPORTED("The file's %s holds other numbers than float32, int8 and uint8.", name);
    }
    if (tensor->is_quantized && !(tensor->scale > 0.0f && isfinite(tensor->scale))) {
        return UNSUPPORTED("The file's %s has a scale that is not a positive number.", name);
    }
    if (tensor->is_quantized && (tensor->zero_point < LEAST_ZERO_POINT || tensor->zero_point > MOST_ZERO_POINT)) {
        return UNSUPPORTED("The file's %s has a zero point that is no byte.", name);
    }
    return tensor->axes <= MOST_AXES || UNSUPPORTED("The file's %s has more than %d axes.", name, MOST_AXES);
}

bool settle(struct exchange *exchange, struct failure *failure)
{
    struct tensor *input = &exchange->input, *output = &exchange->output;
    const int64_t side = side_of(exchange), channels = exchange->request.channels;
    const int64_t first[] = {1, channels, side, side}, last[] = {1, side, side, channels}, logits[] = {1, CLASSES};
    if (!check_tensor(input, "input", failure) || !check_tensor(output, "output", failure)) {
        return false;
    }
    if (input->element == ELEMENT_INT8 && !input->is_quantized) {
        return UNSUPPORTED("The file's input holds signed bytes, and the file does not say what they stand for.");
    }
    if (output->element != ELEMENT_FLOAT && !output->is_quantized) {
        return UNSUPPORTED("The file's output holds bytes, and the file does not say what they stand for.");
    }
    if (!fit_shape(input, exchange->request.order == ORDER_NHWC ? last : first, 4)) {
        return UNSUPPORTED("The file's input is not an image of %d x %d pixels with %d channels in the order given.",
                           (int)side, (int)side, (int)channels);
    }
    if (!fit_shape(output, logits, 2)) {
        return UNSUPPORTED("The file's output does not have %d values.", CLASSES);
    }
    choose_put(exchange);
    return true;
}

/* Taking logits */

void take_logits(const struct exchange *exchange, const void *output, float *logits)
{
    const struct tensor *tensor = &exchange->output;
    for (size_t i = 0; i < CLASSES; i++) {
        if (tensor->element == ELEMENT_FLOAT) {
            logits[i] = ((const float *)output)[i];
        } else {
            const int byte = tensor->element == ELEMENT_INT8 ? ((const signed char *)output)[i]
                                                             : ((const unsigned char *)output)[i];
            logits[i] = (float)(byte - (int)tensor->zero_point) * tensor->scale;
        }
        if (exchange->request.output == OUTPUT_PROBABILITIES) {
            logits[i] = logf(logits[i] > LEAST_PROBABILITY ? logits[i] : LEAST_PROBABILITY);
        }
    }
}
