/* prelu: x where it is positive, otherwise the channel's slope times x. */
#include <math.h>

#include "bytes.h"
#include "elementwise.h"
#include "numbers.h"
#include "operator.h"

struct fields {
    uint32_t channels;
    float slopes[];
};

/* What a step needs: for each number of a pixel, as they lie, its slope or, int8, its table. */
struct prelu_step {
    size_t rows, pixels, count; /* pixels of a row, numbers of a pixel; flat: all numbers are one pixel */
    float *slopes;            /* fp32 */
    uint8_t (*tables)[256];   /* int8 */
};

static bool decode(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    (void)quantized;
    const struct fields *fields = node->fields = take(body, sizeof *fields);
    if (fields == NULL || take(body, (uint64_t)fields->channels * sizeof *fields->slopes) == NULL) {
        return too_short(failure);
    }
    node->parameters = fields->channels;
    node->parameter_bytes = 4 * node->parameters;
    return all_finite(fields->slopes, fields->channels) ||
           refuse(failure, ERROR_BAD_NETWORK, "The slopes of a prelu hold numbers that are not finite.");
}

static bool set_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    (void)network;
    const struct fields *fields = node->fields;
    return shape->channels == fields->channels ||
           refuse(failure, ERROR_BAD_NETWORK, "A prelu for %u channels is given %u.", fields->channels,
                  shape->channels);
}

static double bound(const struct node *node, double largest, double sum)
{
    const struct fields *fields = node->fields;
    float steepest = 1.0f; /* of doubles, GCC 12 for arm64 fails at this loop */
    for (uint32_t i = 0; i < fields->channels; i++) {
        steepest = fmaxf(steepest, fabsf(fields->slopes[i]));
    }
    (void)sum;
    return largest * (double)steepest;
}

static inline float leaky(float x, float slope)
{
    return x > 0.0f ? x : x * slope;
}

static void run_f32(const struct step *step)
{
    const struct prelu_step *own = step->own;
    start_f32(step);
    for (uint32_t y = 0; y < own->rows; y++) {
        float *restrict pixel = f32_row(&step->out, y);
        for (size_t x = 0; x < own->pixels; x++, pixel += own->count) {
            for (size_t i = 0; i < own->count; i++) {
                pixel[i] = leaky(pixel[i], own->slopes[i]);
            }
        }
    }
}

static void run_q8(const struct step *step)
{
    const struct prelu_step *own = step->own;
    start_q8(step);
    for (uint32_t y = 0; y < own->rows; y++) {
        uint8_t *pixel = q8_row(&step->out, y);
        for (size_t x = 0; x < own->pixels; x++, pixel += own->count) {
            for (size_t i = 0; i < own->count; i++) {
                pixel[i] = own->tables[i][pixel[i]];
            }
        }
    }
}

static uint8_t look_up(const struct step *step, int byte, float slope)
{
    return byte_of_number(step->out.quantization, leaky(number_of_byte(step->in.quantization, byte), slope));
}

/* Behind a flatten that moved nothing, the numbers of an image lie channel by channel in each pixel. */
static uint32_t place_of_slope(struct shape shape, uint32_t at)
{
    const uint32_t channel = at % shape.channels, pixel = at / shape.channels;
    return channel * shape.height * shape.width + pixel;
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const struct fields *fields = planning->network->nodes[index].fields;
    const bool quantized = planning->network->quantized;
    const struct shape shape = step->in.shape;
    struct prelu_step own = {shape.flat ? 1 : shape.height, shape.flat ? 1 : shape.width, fields->channels, NULL, NULL};
    struct prelu_step *kept = arena_take(&planning->arena, sizeof *kept);
    const size_t size = quantized ? sizeof *own.tables : sizeof *own.slopes;
    void *each = arena_take(&planning->arena, (uint64_t)own.count * size);
    plan_output(planning, index, step);
    step->own = kept;
    step->run = quantized ? run_q8 : run_f32;
    if (kept == NULL) {
        return;
    }
    own.slopes = each;
    own.tables = each;
    *kept = own;
    for (uint32_t i = 0; i < own.count; i++) {
        const float slope = fields->slopes[shape.flat ? place_of_slope(shape, i) : i];
        if (quantized) {
            fill_table(step, look_up, slope, own.tables[i]);
        } else {
            own.slopes[i] = slope;
        }
    }
}

const struct operator operator_prelu = {
    .elementwise = true,
    .has_own_quantization = true,
    .decode = decode,
    .set_shape = set_shape,
    .bound = bound,
    .plan = plan,
};
