/* What both poolings share. */
#include "pool.h"

#include "window.h"

#define BAD(...) refuse(failure, ERROR_BAD_NETWORK, __VA_ARGS__)

bool decode_pool(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    (void)quantized;
    const struct pool_fields *fields = node->fields = take(body, sizeof *fields);
    if (fields == NULL) {
        return too_short(failure);
    }
    if (!pair_within(fields->kernel, 1, MAX_KERNEL) || !pair_within(fields->stride, 1, MAX_KERNEL)) {
        return BAD("A kernel or a stride of a pooling is not from 1 to %d.", MAX_KERNEL);
    }
    const struct pair kernel = fields->kernel;
    const struct sides padding = fields->padding;
    if (padding.top >= kernel.height || padding.bottom >= kernel.height || padding.left >= kernel.width ||
        padding.right >= kernel.width) {
        return BAD("The padding of a pooling is not less than its kernel.");
    }
    return true;
}

bool set_pool_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    const struct pool_fields *fields = node->fields;
    const struct shape before = input_of(network, node)->shape;
    if (!set_window_shape(before, fields->kernel, fields->stride, fields->padding, before.channels, shape, failure)) {
        return false;
    }
    node->work = VALUE_WORK * shape_values(*shape) * fields->kernel.height * fields->kernel.width;
    return true;
}

bool is_pool_of_two(const struct node *node)
{
    const struct pool_fields *fields = node->fields;
    const struct sides padding = fields->padding;
    return fields->kernel.height == 2 && fields->kernel.width == 2 && fields->stride.height == 2 &&
           fields->stride.width == 2 && (padding.top | padding.left | padding.bottom | padding.right) == 0;
}

struct pool_step *plan_pool(struct planning *planning, uint32_t index, struct step *step)
{
    const struct pool_fields *fields = planning->network->nodes[index].fields;
    struct pool_step *own = arena_take(&planning->arena, sizeof *own);
    step->out = new_tensor(planning, index + 1);
    step->own = own;
    if (own != NULL) {
        own->fields = *fields;
    }
    return own;
}
