/* fp16, which arm64 processors compute in since about 2017 (Cortex-A55 and A75, Apple A11). */
#include "kernels_fp16.h"

#if defined(HAS_FP16_KERNELS)

#if defined(__linux__)
#include <sys/auxv.h>

static bool processor_has_it(void)
{
    return (getauxval(AT_HWCAP) & 1UL << 10) != 0; /* HWCAP_ASIMDHP */
}
#elif defined(__APPLE__)
#include <sys/sysctl.h>

static bool processor_has_it(void)
{
    int has = 0;
    size_t size = sizeof has;
    return sysctlbyname("hw.optional.arm.FEAT_FP16", &has, &size, NULL, 0) == 0 && has == 1;
}
#else
static bool processor_has_it(void)
{
    return false;
}
#endif

const struct f16_kernels *kernels_fp16(void)
{
    static const struct f16_kernels fp16 = {
        .packed_bytes = fp16_direct_packed_bytes,
        .pack = fp16_direct_pack,
        .conv = fp16_direct_conv,
        .peak = fp16_peak,
    };
    return processor_has_it() ? &fp16 : NULL;
}

#else

const struct f16_kernels *kernels_fp16(void)
{
    return NULL;
}

#endif
