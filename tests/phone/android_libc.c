/* Stands in for Android's C library in tests alone: what differs there from glibc, which does the rest.
 *
 * The shipped program for Android is started by glibc's loader under the name of Android's linker, and finds this under
 * the name of Android's C library. Whatever would go wrong with Android's own alone, this cannot tell.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIONIC_PROCESSORS 0x60

struct bionic_sigaction {
    int flags;
    void (*handler)(int);
    unsigned long mask;
    void (*restorer)(void);
};

int *__errno(void)
{
    return &errno;
}

_Noreturn void __libc_init(void *stack, void (*at_exit)(void), int (*main)(int, char **), const void *structors)
{
    long *words = stack;
    (void)at_exit;
    (void)structors;
    exit(main((int)*words, (char **)(words + 1)));
}

long sysconf(int name)
{
    long (*real)(int) = (long (*)(int))dlsym(RTLD_NEXT, "sysconf");
    return real(name == BIONIC_PROCESSORS ? _SC_NPROCESSORS_CONF : name);
}

int bionic_sigaction(int number, const struct bionic_sigaction *action, void *old) __asm__("sigaction");
int bionic_sigaction(int number, const struct bionic_sigaction *action, void *old)
{
    int (*real)(int, const struct sigaction *, void *) =
        (int (*)(int, const struct sigaction *, void *))dlsym(RTLD_NEXT, "sigaction");
    struct sigaction own;
    memset(&own, 0, sizeof own);
    own.sa_handler = action->handler;
    own.sa_flags = action->flags;
    return real(number, &own, old);
}
