/* Blocks of images. */
#include "block.h"

#include "operator.h"

static bool can_be_behind(const struct node *node, uint32_t index)
{
    if (node->input_count != 1 || node->inputs[0] != index) {
        return false;
    }
    return index == 0 ? node->operator == &operator_flatten
                      : node->operator == &operator_linear || node->operator->elementwise;
}

bool runs_in_blocks(const struct network *network, const struct kernels *kernels)
{
    const bool in_f32 = network->precision == PRECISION_FP32 && kernels->f32_blocks;
    if (!in_f32 && !(network->precision == PRECISION_INT8 && kernels->q8_blocks)) {
        return false;
    }
    for (uint32_t index = 0; index < network->logit_count; index++) {
        if (!can_be_behind(&network->nodes[index], index)) {
            return false;
        }
    }
    return true;
}

static void widen(struct shape *shape)
{
    *shape = (struct shape){(uint32_t)shape_values(*shape), 1, BLOCK_IMAGES, shape->flat};
}

void turn_into_block(struct network *network)
{
    widen(&network->image.shape);
    for (uint32_t index = 0; index < network->logit_count; index++) {
        widen(&network->nodes[index].output.shape);
    }
}
