/* The weights of a conv2d or a linear. */
#include "weights.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

#define BAD(...) refuse(failure, ERROR_BAD_NETWORK, __VA_ARGS__)

/* The axes, looked at one by one before anything is counted with them. */
static bool check_axes(const struct weights *weights, struct failure *failure)
{
    const uint32_t axes[] = {weights->out, weights->in_per_group, weights->kernel.height, weights->kernel.width};
    uint64_t count = 1;
    for (int i = 0; i < 4; i++) {
        count = axes[i] <= MAX_PARAMETERS ? count * axes[i] : 0;
        if (count < 1 || count > MAX_PARAMETERS) {
            return BAD("Weights of the shape (%u, %u, %u, %u) are none, or more than %d.", axes[0], axes[1], axes[2],
                       axes[3], MAX_PARAMETERS);
        }
    }
    return true;
}

static bool check_integers(const struct weights *weights, struct failure *failure)
{
    const uint64_t size = channel_weights(weights);
    const int8_t *numbers = weights->numbers;
    for (uint32_t out = 0; out < weights->out; out++, numbers += size) {
        int largest = 0;
        for (uint64_t i = 0; i < size; i++) {
            const int number = abs(numbers[i]);
            largest = largest < number ? number : largest;
        }
        if (largest > LARGEST_WEIGHT) {
            return BAD("Quantized weights must lie within +-%d.", LARGEST_WEIGHT);
        }
        if (!(weights->scales[out] >= FLT_MIN && weights->scales[out] <= FLT_MAX)) {
            return BAD("The weight scales must be positive float32 numbers.");
        }
        if (!((float)largest * weights->scales[out] <= FLT_MAX)) {
            return BAD("The weights hold numbers that are not finite.");
        }
    }
    return true;
}

static bool take_integers(struct reader *body, uint64_t count, struct weights *weights, struct failure *failure)
{
    static const char zeros[4] = {0};
    const uint64_t padding = -count % 4;
    weights->scales = take(body, weights->out * sizeof *weights->scales);
    weights->numbers = weights->scales != NULL ? take(body, count) : NULL;
    const void *filling = weights->numbers != NULL ? take(body, padding) : NULL;
    if (filling == NULL) {
        return too_short(failure);
    }
    if (memcmp(filling, zeros, (size_t)padding) != 0) {
        return BAD("The bytes that fill up an operator's weights are not zero.");
    }
    return check_integers(weights, failure);
}

bool decode_weights(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    struct weights *weights = &node->weights;
    if (!check_axes(weights, failure)) {
        return false;
    }
    const uint64_t count = weights->out * channel_weights(weights);
    weights->biases = take(body, weights->out * sizeof *weights->biases);
    if (weights->biases == NULL) {
        return too_short(failure);
    }
    if (!all_finite(weights->biases, weights->out)) {
        return BAD("The biases hold numbers that are not finite.");
    }
    node->parameters = count + weights->out;
    node->parameter_bytes = quantized ? count + 8 * (uint64_t)weights->out : 4 * node->parameters;
    if (quantized) {
        return take_integers(body, count, weights, failure);
    }
    weights->numbers = take(body, count * sizeof(float));
    if (weights->numbers == NULL) {
        return too_short(failure);
    }
    return all_finite(weights->numbers, count) || BAD("The weights hold numbers that are not finite.");
}

int64_t largest_sum(const int8_t *weights, uint64_t count)
{
    int64_t sizes = 0;
    for (uint64_t i = 0; i < count; i++) {
        sizes += abs(weights[i]);
    }
    return 255 * sizes;
}

bool check_sums(const struct network *network, const struct node *node, struct quantization own,
                struct failure *failure)
{
    (void)own;
    const struct weights *weights = &node->weights;
    const uint64_t size = channel_weights(weights);
    const double scale = (double)input_of(network, node)->quantization.scale;
    const int8_t *numbers = weights->numbers;
    for (uint32_t out = 0; out < weights->out; out++, numbers += size) {
        const double bias = fabs((double)weights->biases[out]) / (scale * (double)weights->scales[out]);
        if (!(bias + (double)largest_sum(numbers, size) < 0x1p31)) {
            return BAD("An operator has a bias or weights that are too large for int8 arithmetic.");
        }
    }
    return true;
}

/* The double of what exact sums can be: whatever way they are computed, Winograd's included, their rounding errors are
 * smaller than the sums of the products' sizes. */
double bound_sums(const struct node *node, double largest, double sum)
{
    const struct weights *weights = &node->weights;
    const uint64_t size = channel_weights(weights);
    const float *numbers = weights->numbers;
    double bound = 0.0;
    (void)sum;
    for (uint32_t out = 0; out < weights->out; out++, numbers += size) {
        double sizes = 0.0;
        for (uint64_t i = 0; i < size; i++) {
            sizes += fabs((double)numbers[i]);
        }
        bound = fmax(bound, 2.0 * (fabs((double)weights->biases[out]) + sizes * largest));
    }
    return bound;
}
