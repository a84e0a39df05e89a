/* As much of Linux as the native runner asks for, in an emulated computer without one: the program is a boot module, its
 * standard input and output are the first serial port, its standard error and exit status the second.
 *
 * Registers: 16550 UART; system calls: the x86-64 table of Linux; start of a program: the System V ABI for x86-64.
 */
#include <elf.h>
#include <stdint.h>

#define SERIAL_1 0x3F8
#define SERIAL_2 0x2F8
#define LINE_STATUS 5 /* register: bit 0 a byte has arrived, bit 5 one can be sent, bit 6 all are sent */
#define SHUTDOWN 0x8900
#define HEAP_START ((uint64_t)64 << 20)
#define HEAP_END ((uint64_t)480 << 20)
#define STACK_WORDS ((uint64_t *)((uint64_t)48 << 20))

enum { CALL_READ, CALL_WRITE, CALL_POLL = 7, CALL_MMAP = 9, CALL_MUNMAP = 11, CALL_SIGACTION = 13, CALL_SIGMASK = 14 };
enum { CALL_READV = 19, CALL_WRITEV, CALL_EXIT = 60, CALL_ARCH_PRCTL = 158, CALL_SET_TID = 218, CALL_CLOCK = 228 };
enum { CALL_EXIT_GROUP = 231, SET_FS = 0x1002, NO_MEMORY = -12, UNKNOWN_CALL = -38 };

struct module {
    uint32_t start, end, words, zero;
};

struct boot { /* Multiboot 1 */
    uint32_t flags, lower, upper, device, words, modules, first_module;
};

struct piece {
    uint8_t *at;
    uint64_t size;
};

extern void enter(uint64_t entry, uint64_t *stack);

static uint64_t heap = HEAP_START;

static void out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void copy(void *to, const void *from, uint64_t size)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size)::"memory");
}

static void clear(void *to, uint64_t size)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(0) : "memory");
}

/* 8 bits, the highest speed; without the FIFO, whose overflow would lose what arrives. */
static void open_port(uint16_t port)
{
    out(port + 3, 0x80);
    out(port, 1);
    out(port + 1, 0);
    out(port + 3, 3);
    out(port + 2, 0);
}

static int64_t write_to(uint16_t port, const uint8_t *data, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++) {
        while (!(in(port + LINE_STATUS) & 0x20)) {
        }
        out(port, data[i]);
    }
    return (int64_t)size;
}

static int64_t read_input(uint8_t *data, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++) {
        while (!(in(SERIAL_1 + LINE_STATUS) & 1)) {
        }
        data[i] = in(SERIAL_1);
    }
    return (int64_t)size;
}

static void end(uint8_t status)
{
    write_to(SERIAL_2, &status, 1);
    while (!(in(SERIAL_1 + LINE_STATUS) & in(SERIAL_2 + LINE_STATUS) & 0x40)) {
    }
    for (const char *word = "Shutdown"; *word; word++) {
        out(SHUTDOWN, (uint8_t)*word);
    }
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

static int64_t take_memory(uint64_t size)
{
    const uint64_t at = heap;
    size = (size + 4095) & ~(uint64_t)4095;
    if (size > HEAP_END - heap) {
        return NO_MEMORY;
    }
    heap += size;
    clear((void *)at, size);
    return (int64_t)at;
}

static int64_t read_clock(uint64_t *seconds_and_ns)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    const uint64_t ns = low | (uint64_t)high << 32; /* of no computer: it only has to go on */
    seconds_and_ns[0] = ns / 1000000000;
    seconds_and_ns[1] = ns % 1000000000;
    return 0;
}

static int64_t each(uint64_t number, uint64_t file, const struct piece *pieces, uint64_t count);

/* A system call: its number and its first arguments. */
int64_t answer(uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
    switch (number) {
    case CALL_READ:
        return read_input((uint8_t *)b, c);
    case CALL_WRITE:
        return write_to(a == 1 ? SERIAL_1 : SERIAL_2, (const uint8_t *)b, c);
    case CALL_READV:
    case CALL_WRITEV:
        return each(number == CALL_READV ? CALL_READ : CALL_WRITE, a, (const struct piece *)b, c);
    case CALL_MMAP:
        return take_memory(b);
    case CALL_MUNMAP:
    case CALL_POLL:
    case CALL_SIGACTION:
    case CALL_SIGMASK:
        return 0;
    case CALL_SET_TID:
        return 1;
    case CALL_CLOCK:
        return read_clock((uint64_t *)b);
    case CALL_EXIT:
    case CALL_EXIT_GROUP:
        end((uint8_t)a);
        return 0;
    case CALL_ARCH_PRCTL:
        if (a == SET_FS) {
            __asm__ volatile("wrfsbase %0" ::"r"(b));
            return 0;
        }
        return UNKNOWN_CALL;
    default:
        return UNKNOWN_CALL;
    }
}

static int64_t each(uint64_t number, uint64_t file, const struct piece *pieces, uint64_t count)
{
    int64_t done = 0;
    for (uint64_t i = 0; i < count; i++) {
        done += answer(number, file, (uint64_t)pieces[i].at, pieces[i].size);
    }
    return done;
}

/* The words of a command line, split at spaces; returns how many. */
static uint64_t split(char *at, uint64_t *words)
{
    uint64_t count = 0;
    while (*at) {
        if (*at == ' ') {
            *at++ = 0;
            continue;
        }
        words[count++] = (uint64_t)at;
        while (*at && *at != ' ') {
            at++;
        }
    }
    return count;
}

static uint64_t load(const uint8_t *file, const Elf64_Ehdr *header)
{
    const Elf64_Phdr *part = (const Elf64_Phdr *)(file + header->e_phoff);
    uint64_t parts_at = 0;
    for (int i = 0; i < header->e_phnum; i++, part++) {
        if (part->p_type == PT_PHDR) {
            parts_at = part->p_vaddr;
        } else if (part->p_type == PT_LOAD) {
            clear((void *)part->p_vaddr, part->p_memsz);
            copy((void *)part->p_vaddr, file + part->p_offset, part->p_filesz);
        }
    }
    return parts_at;
}

void run(const struct boot *boot)
{
    const struct module *module = (const struct module *)(uint64_t)boot->first_module;
    const uint8_t *file = (const uint8_t *)(uint64_t)module->start;
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
    open_port(SERIAL_1);
    open_port(SERIAL_2);
    const uint64_t about[] = {AT_PHDR, load(file, header), AT_PHNUM, header->e_phnum, AT_PHENT, sizeof(Elf64_Phdr),
                              AT_PAGESZ, 4096, AT_RANDOM, (uint64_t)file, AT_NULL, 0};
    uint64_t *stack = STACK_WORDS; /* argc, argv, NULL, no environment, NULL, the auxiliary vector */
    stack[0] = split((char *)(uint64_t)module->words, stack + 1);
    copy(stack + stack[0] + 3, about, sizeof about);
    enter(header->e_entry, stack);
}
