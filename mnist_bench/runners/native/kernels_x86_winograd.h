/* Winograd's way in fp32 on x86: the loop over a plane's channels. Included behind winograd_kernels.h. */

/* A value to all lanes; and its products with the weights added. */
INLINE vector broadcast(const number *from);
INLINE vector multiply_add(vector sum, vector value, vector weights);

INLINE void add_channels(const struct product *product, const uint32_t rows, const uint32_t vectors,
                         const number **tiles, vector *sums)
{
    const number *weights = product->weights;
    UNROLL
    for (uint32_t p = 0; p < rows; p++) {
        __asm__("" : "+r"(tiles[p])); /* or each would be computed anew */
    }
    for (size_t k = 0; k < product->channels; k++, weights += vectors * LANES) {
        vector factors[MOST_VECTORS];
        UNROLL
        for (uint32_t v = 0; v < vectors; v++) {
            factors[v] = load(weights + v * LANES);
        }
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            const vector value = broadcast(tiles[p] + k);
            UNROLL
            for (uint32_t v = 0; v < vectors; v++) {
                sums[p * vectors + v] = multiply_add(sums[p * vectors + v], value, factors[v]);
            }
        }
    }
}
