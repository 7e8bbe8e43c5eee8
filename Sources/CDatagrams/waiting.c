#define _GNU_SOURCE
#include "CDatagrams.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// MARK: Clocks

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t parley_clock_monotonic(void) { return read_clock(CLOCK_MONOTONIC); }
int64_t parley_clock_thread(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

int64_t parley_clock_offset(void) {
    // A thread that is put aside between two of the readings would be off by as long: the closest of a few tries counts.
    int64_t offset = 0, closest = INT64_MAX;
    for (int tries = 0; tries < 8 && closest > 10000; tries++) {
        int64_t before = read_clock(CLOCK_MONOTONIC), real = read_clock(CLOCK_REALTIME);
        int64_t span = read_clock(CLOCK_MONOTONIC) - before;
        if (span >= closest) continue;
        closest = span;
        offset = real - (before + span / 2);
    }
    return offset;
}

// MARK: Events

int parley_event_open(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

void parley_event_signal(int descriptor) {
    uint64_t one = 1;
    while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {}
}

void parley_event_clear(int descriptor) {
    uint64_t count;
    while (read(descriptor, &count, sizeof count) < 0 && errno == EINTR) {}
}

// MARK: Waiting

static int watch(parley_poller *poller, int operation, int descriptor, uint32_t events, uint32_t mark) {
    if (descriptor < 0) return 0;
    struct epoll_event event = {.events = events, .data.u32 = mark};
    return epoll_ctl(poller->epoll, operation, descriptor, &event);
}

int parley_poller_open(parley_poller *poller, int event, int socket) {
    *poller = (parley_poller){.epoll = epoll_create1(EPOLL_CLOEXEC), .event = event, .socket = socket};
    if (poller->epoll < 0) return -errno;
    if (watch(poller, EPOLL_CTL_ADD, event, EPOLLIN, PARLEY_WOKEN_BY_EVENT)
        || watch(poller, EPOLL_CTL_ADD, socket, 0, PARLEY_WOKEN_BY_SOCKET)) {
        int error = errno;
        parley_poller_close(poller);
        return -error;
    }
    return 0;
}

void parley_poller_close(parley_poller *poller) {
    if (poller->epoll >= 0) close(poller->epoll);
    poller->epoll = -1;
}

int parley_poller_wait(parley_poller *poller, int64_t deadline, int hears_socket) {
    if (hears_socket != poller->hears_socket) {
        watch(poller, EPOLL_CTL_MOD, poller->socket, hears_socket ? EPOLLIN : 0, PARLEY_WOKEN_BY_SOCKET);
        poller->hears_socket = hears_socket;
    }
    struct epoll_event events[2];
    int count;
    do {
        int64_t rest = deadline == INT64_MAX ? 0 : deadline - parley_clock_monotonic();
        struct timespec time = {0};
        if (rest > 0) time = (struct timespec){rest / 1000000000, rest % 1000000000};
        count = epoll_pwait2(poller->epoll, events, 2, deadline == INT64_MAX ? NULL : &time, NULL);
    } while (count < 0 && errno == EINTR);
    int reasons = 0;
    for (int i = 0; i < count; i++) reasons |= (int)events[i].data.u32;
    return reasons;
}

// MARK: Threads

typedef struct {
    parley_thread *thread;
    parley_thread_options options;
    void (*body)(void *);
    void *context;
    sem_t is_ready;
} launch;

static void set_up(parley_thread *thread, parley_thread_options options) {
    pthread_setname_np(pthread_self(), options.name);
    prctl(PR_SET_TIMERSLACK, 1UL);
    if (options.processor >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        if (options.processor < CPU_SETSIZE) CPU_SET(options.processor, &set);
        thread->processor_error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    }
    if (options.realtime_priority > 0) {
        struct sched_param parameters = {.sched_priority = options.realtime_priority};
        thread->realtime_error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
    }
    // On Linux niceness is the thread's own.
    if (options.niceness && setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), options.niceness))
        thread->niceness_error = errno;
}

static void *enter(void *argument) {
    launch *start = argument;
    void (*body)(void *) = start->body;
    void *context = start->context;
    set_up(start->thread, start->options);
    sem_post(&start->is_ready);  // `start` is gone from here on.
    body(context);
    return NULL;
}

int parley_thread_start(parley_thread *thread, parley_thread_options options, void (*body)(void *), void *context) {
    *thread = (parley_thread){0};
    launch start = {.thread = thread, .options = options, .body = body, .context = context};
    sem_init(&start.is_ready, 0, 0);
    pthread_t handle;
    int error = pthread_create(&handle, NULL, enter, &start);
    if (!error) {
        while (sem_wait(&start.is_ready) && errno == EINTR) {}
        thread->handle = (uint64_t)handle;
    }
    sem_destroy(&start.is_ready);
    return -error;
}

void parley_thread_join(parley_thread *thread) { pthread_join((pthread_t)thread->handle, NULL); }

int parley_processor_count(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return count > 0 ? count : 1;
}
