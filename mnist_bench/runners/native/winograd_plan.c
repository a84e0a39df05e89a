/* Which convolutions of a plan go Winograd's way. */
#include "winograd_plan.h"

#include <float.h>
#include <math.h>

#include "half.h"
#include "weights.h"
#include "winograd_q8.h"

/* F(4 x 4)'s transforms make numbers larger: inputs by up to 100, sums by up to 324. */
#define GROWTH (100.0 * 324.0)

/* F(2 x 2)'s make weights larger by up to 2.25. */
#define WEIGHT_GROWTH 2.25f
#define LARGEST_HALF 65504.0f
#define F16_CHANNELS 256

/* A tile's outputs depend on all of its inputs, so that one infinite input would spoil its neighbours' outputs; and
 * what the transforms make of very large inputs would be infinite. */
static bool stays_finite(const struct planning *planning, uint32_t index)
{
    const uint32_t read = planning->network->nodes[index].inputs[0];
    return (planning->values[read].bound + planning->values[index + 1].bound) * GROWTH <= (double)FLT_MAX;
}

/* fp16: what its numbers can become is hardly ever known to be in its range, but the transformed weights are; and with
 * fewer than so many channels, sums need no float32. */
static bool fits_f16(const struct weights *weights)
{
    const uint64_t count = weights->out * channel_weights(weights);
    const float *numbers = weights->numbers;
    float largest = 0.0f;
    for (uint64_t i = 0; i < count; i++) {
        largest = fmaxf(largest, fabsf(numbers[i]));
    }
    return largest * WEIGHT_GROWTH <= LARGEST_HALF && weights->in_per_group <= F16_CHANNELS;
}

/* int8: a vector of bytes becomes two of sums; and sums must be within what their multiples can be told from. */
static bool fits_integers(const struct convolution *c, const struct conv *conv)
{
    const uint64_t size = channel_weights(c->weights);
    const int8_t *weights = c->weights->numbers;
    if (conv->channels < 2 * c->kernels->q8_winograd) {
        return false;
    }
    for (uint32_t out = 0; out < c->weights->out; out++, weights += size) {
        if (largest_sum(weights, size) >= WINOGRAD_Q8_LIMIT) {
            return false;
        }
    }
    return true;
}

static struct winograd_kind kind_of(const struct convolution *c, bool quantized)
{
    struct winograd_kind kind = {
        .lanes = c->kernels->f32_winograd, .value_bytes = sizeof(float), .sum_bytes = sizeof(float), .most_tile = 4,
        .direct_quarters = 5, .most_scratch = 320 * 1024};
    if (quantized) {
        kind = (struct winograd_kind){
            .lanes = c->kernels->q8_winograd, .value_bytes = sizeof(int16_t), .sum_bytes = sizeof(int32_t),
            .most_tile = 4, .direct_quarters = 4, .most_scratch = 96 * 1024};
    } else if (c->f16 != NULL) {
        kind.lanes = c->f16->winograd;
        kind.value_bytes = kind.sum_bytes = sizeof(half);
        kind.most_tile = 2;
    }
    return kind;
}

/* Whether Winograd's way computes what the direct one does, but for rounding. */
static bool is_safe(const struct planning *planning, const struct convolution *c, const struct conv *conv,
                    uint32_t index)
{
    if (planning->network->quantized) {
        return fits_integers(c, conv);
    }
    return c->f16 != NULL ? fits_f16(c->weights) : stays_finite(planning, index);
}

uint32_t choose_tile(struct planning *planning, const struct convolution *c, const struct conv *conv, uint32_t index)
{
    const bool strided = c->stride.height != 1 || c->stride.width != 1;
    const uint64_t cache = planning->cache_bytes, cached = planning->cached_bytes;
    const uint64_t room = cache > cached ? cache - cached : 0;
    const struct winograd_kind kind = kind_of(c, planning->network->quantized);
    uint32_t tile = 0;
    if (kind.lanes == 0) {
        return 0;
    }
    if (c->weights->groups == 1 && !strided) {
        tile = winograd_best(conv, kind, room);
    }
    if (tile != 0 && !is_safe(planning, c, conv, index)) { /* last: it may look at all weights */
        tile = 0;
    }
    planning->cached_bytes += winograd_weight_bytes(conv, tile != 0 ? tile : 1, kind.lanes, kind.value_bytes);
    return tile;
}

const struct winograd *plan_winograd(const struct convolution *c, bool quantized, const struct conv *conv,
                                     struct scratch *scratch, struct winograd *layout)
{
    uint64_t bytes;
    *layout = winograd_layout(conv, c->tile, kind_of(c, quantized), &bytes);
    layout->scratch = scratch_for(scratch, bytes);
    return layout;
}
