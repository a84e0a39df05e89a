/* What an arm64 processor can execute, as its operating system tells. */
#include "arm.h"

#if defined(__aarch64__)

/* Which of Linux's words of features has a feature's bit. */
enum word { FIRST, SECOND };

#if defined(__linux__)
#include <sys/auxv.h>

static bool has(enum word word, unsigned bit, const char *name)
{
    (void)name;
    return (getauxval(word == FIRST ? AT_HWCAP : AT_HWCAP2) & 1UL << bit) != 0;
}
#elif defined(__APPLE__)
#include <sys/sysctl.h>

static bool has(enum word word, unsigned bit, const char *name)
{
    int value = 0;
    size_t size = sizeof value;
    (void)word;
    (void)bit;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value == 1;
}
#else
static bool has(enum word word, unsigned bit, const char *name)
{
    (void)word;
    (void)bit;
    (void)name;
    return false;
}
#endif

bool arm_has_fp16(void)
{
    return has(FIRST, 10, "hw.optional.arm.FEAT_FP16"); /* HWCAP_ASIMDHP */
}

bool arm_has_dotprod(void)
{
    return has(FIRST, 20, "hw.optional.arm.FEAT_DotProd"); /* HWCAP_ASIMDDP */
}

bool arm_has_i8mm(void)
{
    return has(SECOND, 13, "hw.optional.arm.FEAT_I8MM"); /* HWCAP2_I8MM */
}

#endif
