/* Which convolutions of a plan go Winograd's way. */
#include "winograd_plan.h"

#include <float.h>

/* F(4 x 4)'s transforms make numbers larger: inputs by up to 100, sums by up to 324. */
#define GROWTH (100.0 * 324.0)

/* A tile's outputs depend on all of its inputs, so that one infinite input would spoil its neighbours' outputs; and what
 * the transforms make of very large inputs would be infinite. */
static bool stays_finite(const struct planning *planning, uint32_t index)
{
    const uint32_t read = planning->network->nodes[index].inputs[0];
    return (planning->values[read].bound + planning->values[index + 1].bound) * GROWTH <= (double)FLT_MAX;
}

uint32_t choose_tile(struct planning *planning, const struct convolution *c, const struct conv *conv, uint32_t index)
{
    const bool strided = c->stride.height != 1 || c->stride.width != 1;
    const uint64_t cache = planning->cache_bytes, cached = planning->cached_bytes;
    const uint32_t lanes = c->kernels->f32_winograd;
    uint32_t tile = 0;
    if (planning->network->quantized || lanes == 0) {
        return 0;
    }
    if (c->weights->groups == 1 && !strided && stays_finite(planning, index)) {
        tile = winograd_best(conv, lanes, sizeof(float), cache > cached ? cache - cached : 0);
    }
    planning->cached_bytes += winograd_weight_bytes(conv, tile != 0 ? tile : 1, lanes, sizeof(float));
    return tile;
}

const struct winograd *plan_winograd(const struct convolution *c, const struct conv *conv, struct scratch *scratch,
                                     struct winograd *layout)
{
    const struct winograd_kind kind = {c->kernels->f32_winograd, sizeof(float), sizeof(float)};
    uint64_t bytes;
    *layout = winograd_layout(conv, c->tile, kind, &bytes);
    layout->scratch = scratch_for(scratch, bytes);
    return layout;
}
