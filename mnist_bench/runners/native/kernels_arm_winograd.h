/* Winograd's way in floating point on arm64: the loop over a plane's channels. Included behind winograd_kernels.h. */

/* Adds `count` (1 to LANES) values of each tile, times their weights. */
INLINE void add_some(const uint32_t rows, const uint32_t vectors, vector *sums, const vector *values,
                     const number *weights, const int count);

INLINE void add_channels(const struct product *product, const uint32_t rows, const uint32_t vectors,
                         const number **tiles, vector *sums)
{
    const number *weights = product->weights;
    uint32_t channels = product->channels;
    vector values[MOST_ROWS];
    for (; channels >= LANES; channels -= LANES) {
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            values[p] = load(tiles[p]);
            tiles[p] += LANES;
            KEEP_POINTER(tiles[p]);
        }
        add_some(rows, vectors, sums, values, weights, LANES);
        weights += LANES * vectors * LANES;
        KEEP_POINTER(weights);
    }
    for (; channels > 0; channels--, weights += vectors * LANES) {
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            values[p] = every(*tiles[p]++);
        }
        add_some(rows, vectors, sums, values, weights, 1);
    }
}
