/* Layers without weights, in plain C; each function is a step's `run`. */
#ifndef MNIST_BENCH_LAYERS_H
#define MNIST_BENCH_LAYERS_H

#include "plan.h"

void f32_relu(const struct step *step);
void f32_tanh(const struct step *step);
void f32_sigmoid(const struct step *step);
void f32_max_pool(const struct step *step);
void f32_avg_pool(const struct step *step);

void q8_max_pool(const struct step *step);
void q8_avg_pool(const struct step *step);
void q8_lookup(const struct step *step); /* ReLU, tanh and sigmoid */

void flatten(const struct step *step); /* nothing: the values stay where they are */

/* The output byte for each input byte of an elementwise layer. */
void fill_table(enum layer_kind kind, struct quantization in, uint8_t table[256]);

/* What int8 average pooling multiplies sums of `size` bytes with. */
float avg_pool_multiplier(struct quantization in, uint32_t size);

#endif
