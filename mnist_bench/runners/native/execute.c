/* Running a plan. */
#include "execute.h"

#include <string.h>

#include "block.h"
#include "tensor.h"

/* 0 to 255 as 0 to 1. Not a quotient, which would be the last bit nearer to PyTorch: phones' cores divide slowly. */
static void pixels_to_f32(const uint8_t *pixels, size_t count, float *values)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)pixels[i] * (1.0f / 255.0f);
    }
}

static void pixels_to_f16(const uint8_t *pixels, size_t count, half *values)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = half_of_float((float)pixels[i] * (1.0f / 255.0f));
    }
}

void execute_input(const struct plan *plan, const uint8_t *pixels)
{
    const struct tensor *in = &plan->input;
    const size_t values = (size_t)shape_values(in->shape), row = row_values(in);
    const size_t length = in->row == row ? values : row; /* without a border, rows touch */
    for (size_t at = in->origin, done = 0; done < values; done += length, at += in->row) {
        if (plan->precision == PRECISION_INT8) {
            memcpy((uint8_t *)in->buffer + at, pixels + done, length);
        } else if (plan->precision == PRECISION_FP16) {
            pixels_to_f16(pixels + done, length, (half *)in->buffer + at);
        } else if (plan->kernels->f32_pixels != NULL) {
            plan->kernels->f32_pixels(pixels + done, length, (float *)in->buffer + at);
        } else {
            pixels_to_f32(pixels + done, length, (float *)in->buffer + at);
        }
    }
}

static float value_at(const struct plan *plan, const struct tensor *tensor, size_t at)
{
    switch (plan->precision) {
    case PRECISION_INT8:
        return (float)(((const uint8_t *)tensor->buffer)[at] - tensor->quantization.zero_point) *
               tensor->quantization.scale;
    case PRECISION_FP16:
        return float_of_half(((const half *)tensor->buffer)[at]);
    default:
        return ((const float *)tensor->buffer)[at];
    }
}

void execute_output(const struct plan *plan, const struct tensor *tensor, void *values)
{
    unsigned char *to = values;
    const struct shape shape = tensor->shape;
    for (uint32_t channel = 0; channel < shape.channels; channel++) {
        for (uint32_t y = 0; y < shape.height; y++) {
            size_t at = tensor->origin + y * tensor->row + channel;
            for (uint32_t x = 0; x < shape.width; x++, at += shape.channels) {
                const float value = value_at(plan, tensor, at);
                memcpy(to, &value, sizeof value);
                to += sizeof value;
            }
        }
    }
}

static const struct tensor *run_steps(const struct plan *plan, const uint8_t *pixels)
{
    execute_input(plan, pixels);
    for (uint32_t i = 0; i < plan->count; i++) {
        plan->steps[i].run(&plan->steps[i]);
    }
    return &plan->steps[plan->count - 1].out;
}

void execute(const struct plan *plan, const uint8_t *pixels, float *logits)
{
    execute_output(plan, run_steps(plan, pixels), logits);
}

void execute_block(const struct plan *plan, const uint8_t *pixels, float *logits)
{
    struct tensor image = *run_steps(plan, pixels);
    image.shape.width = 1;
    for (uint32_t i = 0; i < BLOCK_IMAGES; i++, image.origin += CLASSES) {
        execute_output(plan, &image, logits + i * CLASSES);
    }
}
