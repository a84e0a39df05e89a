/* avg_pool2d: the mean of each window; padding counts as zeros. */
#include <float.h>
#include <string.h>

#include "pool.h"

/* Channels that are added up together: so few that compilers keep their sums in registers. What lies behind the last
 * channel is added up, too (it can be read: KERNEL_SLACK), and not written. */
#define TOGETHER 16

static void f32_channels(const struct step *step, struct window w, size_t first, float size, float *out)
{
    const size_t channels = step->in.shape.channels, left = channels - first;
    float sums[TOGETHER] = {0};
    for (uint32_t y = w.top; y < w.bottom; y++) {
        for (uint32_t x = w.left; x < w.right; x++) {
            const float *in = f32_row(&step->in, y) + x * channels + first;
            for (int c = 0; c < TOGETHER; c++) {
                sums[c] += in[c];
            }
        }
    }
    for (size_t c = 0; c < TOGETHER && c < left; c++) {
        out[first + c] = sums[c] / size;
    }
}

/* Of the sums, where they could overflow. */
static double bound(const struct node *node, double largest, double sum)
{
    const struct pool_fields *fields = node->fields;
    const double sums = largest * fields->kernel.height * fields->kernel.width;
    (void)sum;
    return sums <= (double)FLT_MAX ? largest : sums;
}

static void run_f32(const struct step *step)
{
    const struct pool_step *own = step->own;
    const size_t channels = step->out.shape.channels;
    const float size = (float)(own->fields.kernel.height * own->fields.kernel.width);
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        for (uint32_t x = 0; x < step->out.shape.width; x++) {
            for (size_t first = 0; first < channels; first += TOGETHER) {
                f32_channels(step, window_at(step, y, x), first, size, f32_row(&step->out, y) + x * channels);
            }
        }
    }
}

#define CHANNELS_AT_ONCE 32

/* QNNPACK subtracts the zero point from the sum, scales, rounds to nearest even and adds the zero point again. Padding
 * holds zero points, whose share is nothing. */
static void q8_channels(const struct step *step, struct window w, size_t first, size_t count, uint8_t *out)
{
    const size_t channels = step->in.shape.channels;
    const int zero_point = step->in.quantization.zero_point;
    const float multiplier = ((const struct pool_step *)step->own)->multiplier;
    int sums[CHANNELS_AT_ONCE];
    for (size_t c = 0; c < count; c++) {
        sums[c] = -zero_point * (int)((w.bottom - w.top) * (w.right - w.left));
    }
    for (uint32_t y = w.top; y < w.bottom; y++) {
        for (uint32_t x = w.left; x < w.right; x++) {
            const uint8_t *in = q8_row(&step->in, y) + x * channels + first;
            for (size_t c = 0; c < count; c++) {
                sums[c] += in[c];
            }
        }
    }
    for (size_t c = 0; c < count; c++) {
        const float scaled = (float)sums[c] * multiplier; /* at most 255 */
        out[first + c] = (uint8_t)((int)(scaled + 0x1.8p23f - 0x1.8p23f) + zero_point);
    }
}

static void run_q8(const struct step *step)
{
    const size_t channels = step->out.shape.channels;
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        for (uint32_t x = 0; x < step->out.shape.width; x++) {
            const struct window w = window_at(step, y, x);
            uint8_t *out = q8_row(&step->out, y) + x * channels;
            for (size_t first = 0; first < channels; first += CHANNELS_AT_ONCE) {
                const size_t left = channels - first;
                q8_channels(step, w, first, left < CHANNELS_AT_ONCE ? left : CHANNELS_AT_ONCE, out);
            }
        }
    }
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    struct pool_step *own = plan_pool(planning, index, step);
    step->run = planning->network->quantized ? run_q8 : run_f32;
    if (own != NULL) {
        const float scale = step->in.quantization.scale;
        own->multiplier = scale / (scale * (float)(own->fields.kernel.height * own->fields.kernel.width));
    }
}

const struct operator operator_avg_pool2d = {
    .decode = decode_pool, .set_shape = set_pool_shape, .bound = bound, .plan = plan};
