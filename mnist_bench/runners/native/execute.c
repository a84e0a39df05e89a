/* Running a plan. */
#include "execute.h"

#include <string.h>

/* 0 to 255 as 0 to 1. Not a quotient, which would be the last bit nearer to PyTorch: phones' cores divide slowly. */
static void pixels_to_f32(const uint8_t *pixels, size_t count, float *values)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)pixels[i] * (1.0f / 255.0f);
    }
}

void execute_input(const struct plan *plan, const uint8_t *pixels)
{
    const struct tensor *in = &plan->input;
    const size_t length = in->row == IMAGE_SIDE ? IMAGE_PIXELS : IMAGE_SIDE; /* without a border, rows touch */
    for (size_t at = in->origin, done = 0; done < IMAGE_PIXELS; done += length, at += in->row) {
        if (plan->quantized) {
            memcpy((uint8_t *)in->buffer + at, pixels + done, length);
        } else {
            pixels_to_f32(pixels + done, length, (float *)in->buffer + at);
        }
    }
}

void execute_output(const struct plan *plan, const struct tensor *tensor, void *values)
{
    unsigned char *to = values;
    const struct shape shape = tensor->shape;
    const float scale = tensor->quantization.scale;
    const int zero_point = tensor->quantization.zero_point;
    for (uint32_t channel = 0; channel < shape.channels; channel++) {
        for (uint32_t y = 0; y < shape.height; y++) {
            size_t at = tensor->origin + y * tensor->row + channel;
            for (uint32_t x = 0; x < shape.width; x++, at += shape.channels) {
                const float value = plan->quantized
                                        ? (float)(((const uint8_t *)tensor->buffer)[at] - zero_point) * scale
                                        : ((const float *)tensor->buffer)[at];
                memcpy(to, &value, sizeof value);
                to += sizeof value;
            }
        }
    }
}

void execute(const struct plan *plan, const uint8_t *pixels, float *logits)
{
    execute_input(plan, pixels);
    for (uint32_t i = 0; i < plan->count; i++) {
        plan->steps[i].run(&plan->steps[i]);
    }
    execute_output(plan, &plan->steps[plan->count - 1].out, logits);
}
