/* Runs inputs of the fuzzer where there is no address sanitizer: on arm64 under QEMU, with every set of kernels.
 *
 * Each allocation, and each piece of a network's (ARENA_GUARDED_BY_PAGES), ends where a page begins that nobody may
 * touch. What is run next is told first, so that the last word names the input that ends this program.
 */
#ifdef ARENA_GUARDED_BY_PAGES /* libFuzzer brings a main of its own */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arena.h"
#include "harness.h"

void *guarded_malloc(size_t size);
void *guarded_calloc(size_t count, size_t size);
void *guarded_realloc(void *memory, size_t size);
void guarded_free(void *memory);

#define MOST_ALLOCATION (64u << 20) /* as for the address sanitizer: the runner meets a malloc that fails */

struct allocation {
    unsigned char *pages;
    size_t length;
};

/* Its end lies at the page's; which pages are its own is told in front of it. */
static void *allocate(size_t size)
{
    if (size > MOST_ALLOCATION) {
        return NULL;
    }
    const size_t asked = (size + 15) / 16 * 16, used = sizeof(struct allocation) + asked;
    const size_t length = (used + ARENA_PAGE - 1) / ARENA_PAGE * ARENA_PAGE;
    unsigned char *pages = mmap(NULL, length + ARENA_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        return NULL;
    }
    mprotect(pages + length, ARENA_PAGE, PROT_NONE);
    const struct allocation allocation = {pages, length + ARENA_PAGE};
    unsigned char *here = pages + length - asked;
    memcpy(here - sizeof allocation, &allocation, sizeof allocation);
    return here;
}

/* The other files are compiled with these names in the place of C's. */
void guarded_free(void *memory)
{
    if (memory != NULL) {
        struct allocation allocation;
        memcpy(&allocation, (unsigned char *)memory - sizeof allocation, sizeof allocation);
        munmap(allocation.pages, allocation.length);
    }
}

void *guarded_malloc(size_t size)
{
    return allocate(size);
}

void *guarded_calloc(size_t count, size_t size)
{
    return allocate(count * size);
}

void *guarded_realloc(void *memory, size_t size)
{
    void *larger = allocate(size);
    if (larger != NULL && memory != NULL) {
        struct allocation old;
        memcpy(&old, (unsigned char *)memory - sizeof old, sizeof old);
        const size_t had = (size_t)(old.pages + old.length - ARENA_PAGE - (unsigned char *)memory);
        memcpy(larger, memory, had < size ? had : size);
        guarded_free(memory);
    }
    return larger;
}

int main(int count, char **words)
{
    static unsigned char input[1 << 20];
    LLVMFuzzerInitialize(&count, &words);
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(words[i], "rb");
        if (file == NULL) {
            perror(words[i]);
            return 1;
        }
        const size_t size = fread(input, 1, sizeof input, file);
        fclose(file);
        if (size == 0) {
            continue;
        }
        const unsigned char first = input[0];
        for (size_t set = 0; set < set_count; set++) {
            const size_t choice = first - first % set_count + set;
            input[0] = (unsigned char)(choice > UINT8_MAX ? choice - set_count : choice);
            printf("%s %s\n", sets[set], words[i]);
            fflush(stdout);
            LLVMFuzzerTestOneInput(input, size);
        }
    }
    puts("end");
    return 0;
}
#endif
