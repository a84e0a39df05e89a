/* resize_bilinear: an image in another size, by linear interpolation between pixels' centres. */
#include <math.h>

#include "operator.h"
#include "tensor.h"
#include "window.h"

/* Between which two inputs along an axis an output lies, and how far behind the first. */
struct place {
    uint32_t first, second;
    float behind;
};

struct resize_step {
    const struct place *rows, *columns;
};

static bool decode(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    (void)quantized;
    const struct pair *size = node->fields = take(body, sizeof *size);
    if (size == NULL) {
        return too_short(failure);
    }
    return pair_within(*size, 1, MAX_RESIZED) ||
           refuse(failure, ERROR_BAD_NETWORK, "A size of a resize is not from 1 to %d.", MAX_RESIZED);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Whether every output lies at a whole number of 1 / (2 x FINEST_STEP) pixels: float32 then rounds nothing. */
static bool is_exact(uint32_t before, uint32_t after)
{
    const uint32_t steps = after / common_divisor(before, after);
    return (steps & (steps - 1)) == 0 && steps <= FINEST_STEP;
}

static bool set_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    const struct pair size = *(const struct pair *)node->fields;
    const struct shape before = input_of(network, node)->shape;
    if (before.flat) {
        return refuse(failure, ERROR_BAD_NETWORK, "A resize needs an image, but follows a flatten.");
    }
    if (!is_exact(before.height, size.height) || !is_exact(before.width, size.width)) {
        return refuse(failure, ERROR_BAD_NETWORK, "A resize from %u x %u to %u x %u is not computed alike everywhere.",
                      before.height, before.width, size.height, size.width);
    }
    *shape = (struct shape){before.channels, size.height, size.width, false};
    return true;
}

static const struct place *plan_axis(struct planning *planning, uint32_t before, uint32_t after)
{
    struct place *places = arena_take(&planning->arena, after * sizeof *places);
    for (uint32_t i = 0; places != NULL && i < after; i++) {
        const float centre = ((float)i + 0.5f) * ((float)before / (float)after) - 0.5f;
        const float at = centre < 0.0f ? 0.0f : centre;
        const uint32_t first = (uint32_t)at;
        places[i] = (struct place){first, first + 1 < before ? first + 1 : first, at - (float)first};
    }
    return places;
}

static float between(float first, float second, float behind)
{
    return first * (1.0f - behind) + second * behind;
}

static void run_f32(const struct step *step)
{
    const struct resize_step *own = step->own;
    const size_t channels = step->in.shape.channels;
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        const struct place row = own->rows[y];
        const float *above = f32_row(&step->in, row.first), *below = f32_row(&step->in, row.second);
        float *out = f32_row(&step->out, y);
        for (uint32_t x = 0; x < step->out.shape.width; x++, out += channels) {
            const struct place column = own->columns[x];
            const size_t left = column.first * channels, right = column.second * channels;
            for (size_t c = 0; c < channels; c++) {
                out[c] = between(between(above[left + c], above[right + c], column.behind),
                                 between(below[left + c], below[right + c], column.behind), row.behind);
            }
        }
    }
}

static void run_q8(const struct step *step)
{
    const struct resize_step *own = step->own;
    const size_t channels = step->in.shape.channels;
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        const struct place row = own->rows[y];
        const uint8_t *above = q8_row(&step->in, row.first), *below = q8_row(&step->in, row.second);
        uint8_t *out = q8_row(&step->out, y);
        for (uint32_t x = 0; x < step->out.shape.width; x++, out += channels) {
            const struct place column = own->columns[x];
            const size_t left = column.first * channels, right = column.second * channels;
            for (size_t c = 0; c < channels; c++) {
                out[c] = (uint8_t)rintf(between(between(above[left + c], above[right + c], column.behind),
                                                between(below[left + c], below[right + c], column.behind),
                                                row.behind));
            }
        }
    }
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const struct pair size = *(const struct pair *)planning->network->nodes[index].fields;
    struct resize_step *own = arena_take(&planning->arena, sizeof *own);
    const struct place *rows = plan_axis(planning, step->in.shape.height, size.height);
    const struct place *columns = plan_axis(planning, step->in.shape.width, size.width);
    step->out = new_tensor(planning, index + 1);
    step->own = own;
    step->run = planning->network->quantized ? run_q8 : run_f32;
    if (own != NULL) {
        *own = (struct resize_step){rows, columns};
    }
}

const struct operator operator_resize_bilinear = {.decode = decode, .set_shape = set_shape, .plan = plan};
