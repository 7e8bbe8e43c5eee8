// Many datagrams a system call, timers and threads: what Swift's C library leaves out. Everything that a call needs is
// allocated once; nothing here decides anything. What can fail returns the negative error number.
#pragma once
#include <stddef.h>
#include <stdint.h>

// MARK: Clocks, in nanoseconds

int64_t parley_clock_monotonic(void);
/// CLOCK_REALTIME minus CLOCK_MONOTONIC at this moment.
int64_t parley_clock_offset(void);
/// Processor time of the calling thread.
int64_t parley_clock_thread(void);

// MARK: Sockets

/// An IP address as IPv6 (IPv4 is mapped) and a port, all as numbers.
typedef struct {
    uint64_t high, low;
    uint16_t port;
} parley_endpoint;

typedef enum { PARLEY_IPV4 = 4, PARLEY_IPV6 = 6 } parley_family;

/// A socket that does not block, bound, with arrival times. `takes_both`: an IPv6 socket takes IPv4 too.
int parley_socket_open(int family, parley_endpoint local, int takes_both);
void parley_socket_close(int descriptor);
int parley_socket_local(int descriptor, parley_endpoint *_Nonnull local);
/// Asks for a buffer of so many bytes and returns what it has become. `sends`: the one for sending.
int parley_socket_set_buffer(int descriptor, int sends, int bytes);
/// Marks what is sent: the byte of DSCP and ECN, for both IP versions. Returns what the socket says of it.
int parley_socket_set_traffic_class(int descriptor, int family, int value);

// MARK: Receiving

typedef struct {
    /// CLOCK_REALTIME when the kernel took it in; 0 if it did not say.
    int64_t time;
    parley_endpoint source;
    int32_t length;
    /// Was longer than its buffer.
    int32_t is_truncated;
} parley_arrival;

typedef struct {
    int capacity, stride;
    /// Datagrams that the kernel threw away since the socket was opened, because its buffer was full.
    uint32_t overflows;
    /// `stride` bytes for each.
    uint8_t *_Nonnull bytes;
    parley_arrival *_Nonnull arrivals;
    void *_Nonnull messages, *_Nonnull parts, *_Nonnull names, *_Nonnull controls;
} parley_receiver;

parley_receiver *_Nullable parley_receiver_new(int capacity, int stride);
void parley_receiver_free(parley_receiver *_Nullable receiver);
/// Takes what is there, at most `capacity`; 0 if nothing is.
int parley_receiver_receive(parley_receiver *_Nonnull receiver, int descriptor);

// MARK: Sending

typedef struct {
    int capacity, family;
    void *_Nonnull messages, *_Nonnull parts, *_Nonnull names;
} parley_sender;

parley_sender *_Nullable parley_sender_new(int capacity, int family);
void parley_sender_free(parley_sender *_Nullable sender);
/// Puts a datagram in a place. Returns 0 if a socket of this family cannot send there.
int parley_sender_put(parley_sender *_Nonnull sender, int place, const uint8_t *_Nonnull bytes, int length,
                      parley_endpoint destination);
/// Sends from a place on. Returns how many went, or the error of the first.
int parley_sender_send(parley_sender *_Nonnull sender, int descriptor, int first, int count);

// MARK: Waiting

/// An eventfd.
int parley_event_open(void);
void parley_event_signal(int descriptor);
void parley_event_clear(int descriptor);

typedef enum { PARLEY_WOKEN_BY_EVENT = 1, PARLEY_WOKEN_BY_SOCKET = 2 } parley_wake;

/// An epoll descriptor with an eventfd, and a socket that can be left out for a while.
typedef struct {
    int epoll, event, socket, hears_socket;
} parley_poller;

/// `event` and `socket` may be -1; they stay the caller's.
int parley_poller_open(parley_poller *_Nonnull poller, int event, int socket);
void parley_poller_close(parley_poller *_Nonnull poller);
/// Waits until a time of CLOCK_MONOTONIC (0: not at all; INT64_MAX: for ever), the event, or the socket if `hears_socket`.
/// Returns what there was of `parley_wake`: 0 if it was the time.
int parley_poller_wait(parley_poller *_Nonnull poller, int64_t deadline, int hears_socket);

// MARK: Threads

typedef struct {
    /// At most 15 bytes.
    const char *_Nonnull name;
    /// The only processor it may run on; -1 for any.
    int processor;
    /// SCHED_FIFO with this priority; 0 for the ordinary scheduler.
    int realtime_priority;
    int niceness;
} parley_thread_options;

typedef struct {
    uint64_t handle;
    /// Error numbers of what was asked for and not allowed; 0 if it went well.
    int processor_error, realtime_error, niceness_error;
} parley_thread;

/// Runs `body` on a new thread, whose timers have no slack, and returns once its options are set.
int parley_thread_start(parley_thread *_Nonnull thread, parley_thread_options options,
                        void (*_Nonnull body)(void *_Nonnull), void *_Nonnull context);
void parley_thread_join(parley_thread *_Nonnull thread);
int parley_processor_count(void);
