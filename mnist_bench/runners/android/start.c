/* Where a program begins on Android: its stack and `main` are handed to the C library, which ends with main's status. */
#include <stddef.h>

int main(int count, char **words);

/* bionic/libc/bionic/libc_init_common.h; arrays of functions, which this program has none of, may be NULL. */
struct structors {
    void *before, *init, *fini;
};
_Noreturn void __libc_init(void *stack, void (*at_exit)(void), int (*main)(int, char **), const struct structors *own);

__attribute__((used)) _Noreturn void begin_with(void *stack)
{
    static const struct structors none;
    __libc_init(stack, NULL, main, &none);
}

__attribute__((naked)) _Noreturn void _start(void)
{
#if defined(__aarch64__)
    __asm__("mov x29, #0\n mov x30, #0\n mov x0, sp\n b begin_with");
#elif defined(__x86_64__)
    __asm__("xorl %ebp, %ebp\n movq %rsp, %rdi\n andq $-16, %rsp\n call begin_with");
#else
#error "Engines' libraries for Android are for 64-bit systems."
#endif
}
