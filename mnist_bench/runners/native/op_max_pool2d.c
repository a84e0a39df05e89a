/* max_pool2d: the largest value of each window, where it is not fused with a convolution. */
#include <string.h>

#include "pool.h"

static void f32_window(const struct step *step, struct window w, float *out)
{
    const size_t channels = step->in.shape.channels;
    memcpy(out, f32_row(&step->in, w.top) + w.left * channels, channels * sizeof *out);
    for (uint32_t y = w.top; y < w.bottom; y++) {
        for (uint32_t x = w.left; x < w.right; x++) {
            const float *in = f32_row(&step->in, y) + x * channels;
            for (size_t c = 0; c < channels; c++) {
                out[c] = out[c] < in[c] || in[c] != in[c] ? in[c] : out[c]; /* NaN wins, as in PyTorch */
            }
        }
    }
}

static void run_f32(const struct step *step)
{
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        for (uint32_t x = 0; x < step->out.shape.width; x++) {
            f32_window(step, window_at(step, y, x), f32_row(&step->out, y) + (size_t)x * step->out.shape.channels);
        }
    }
}

static void q8_window(const struct step *step, struct window w, uint8_t *out)
{
    const size_t channels = step->in.shape.channels;
    memset(out, 0, channels);
    for (uint32_t y = w.top; y < w.bottom; y++) {
        for (uint32_t x = w.left; x < w.right; x++) {
            const uint8_t *in = q8_row(&step->in, y) + x * channels;
            for (size_t c = 0; c < channels; c++) {
                out[c] = out[c] < in[c] ? in[c] : out[c];
            }
        }
    }
}

static void run_q8(const struct step *step)
{
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        for (uint32_t x = 0; x < step->out.shape.width; x++) {
            q8_window(step, window_at(step, y, x), q8_row(&step->out, y) + (size_t)x * step->out.shape.channels);
        }
    }
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    plan_pool(planning, index, step);
    step->run = planning->network->quantized ? run_q8 : run_f32;
}

const struct operator operator_max_pool2d = {.decode = decode_pool, .set_shape = set_pool_shape, .plan = plan};
