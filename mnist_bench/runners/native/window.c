/* Windows that move over an image. */
#include "window.h"

#define BAD(...) refuse(failure, ERROR_BAD_NETWORK, __VA_ARGS__)

/* Along one axis: floor((padded - kernel) / stride) + 1; 0 where no window fits. */
static uint32_t window_count(uint32_t padded, uint32_t kernel, uint32_t stride)
{
    return padded < kernel ? 0 : (padded - kernel) / stride + 1;
}

bool set_window_shape(struct shape before, struct pair kernel, struct pair stride, struct sides padding,
                      uint32_t channels, struct shape *shape, struct failure *failure)
{
    if (before.flat) {
        return BAD("A convolution or pooling needs an image (channels, height, width), but follows a flatten.");
    }
    *shape = (struct shape){
        channels, window_count(before.height + padding.top + padding.bottom, kernel.height, stride.height),
        window_count(before.width + padding.left + padding.right, kernel.width, stride.width), false};
    return (shape->height != 0 && shape->width != 0) ||
           BAD("A window of %u x %u does not fit into %u x %u values.", kernel.height, kernel.width, before.height,
               before.width);
}
