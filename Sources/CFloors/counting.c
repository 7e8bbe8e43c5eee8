#define _GNU_SOURCE
#include "CFloors.h"
#include <linux/perf_event.h>
#include <openssl/crypto.h>
#include <opus.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int parley_instructions_open(void) {
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.size = sizeof attributes;
    attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

uint64_t parley_instructions_read(int counter) {
    uint64_t value = 0;
    return read(counter, &value, sizeof value) == sizeof value ? value : 0;
}

void parley_instructions_close(int counter) {
    if (counter >= 0) close(counter);
}

__attribute__((noinline)) void parley_counted_region(void (*work)(void *), void *context) {
    work(context);
    // Not the last thing it does: else it would be a jump, and the profiler would see no return.
    __asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void parley_counted_end(void) { __asm__ volatile("" ::: "memory"); }

const char *parley_library(int index) {
    switch (index) {
        case 0: return opus_get_version_string();
        case 1: return OpenSSL_version(OPENSSL_VERSION);
        default: return NULL;
    }
}
