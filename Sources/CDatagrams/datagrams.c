#define _GNU_SOURCE
#include "CDatagrams.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// MARK: Addresses

static const uint64_t mapped = 0xFFFF00000000;

static int is_mapped(parley_endpoint endpoint) {
    return endpoint.high == 0 && (endpoint.low & 0xFFFFFFFF00000000) == mapped;
}

// The length of the address; 0 if the family has none for it.
static socklen_t write_address(int family, parley_endpoint endpoint, struct sockaddr_in6 *storage) {
    if (family == PARLEY_IPV4) {
        if (!is_mapped(endpoint)) return 0;
        struct sockaddr_in *address = (struct sockaddr_in *)storage;
        *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(endpoint.port)};
        address->sin_addr.s_addr = htonl((uint32_t)endpoint.low);
        return sizeof *address;
    }
    *storage = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(endpoint.port)};
    uint64_t halves[2] = {htobe64(endpoint.high), htobe64(endpoint.low)};
    memcpy(&storage->sin6_addr, halves, sizeof halves);
    return sizeof *storage;
}

static parley_endpoint read_address(const struct sockaddr_in6 *storage) {
    if (storage->sin6_family == AF_INET) {
        const struct sockaddr_in *address = (const struct sockaddr_in *)storage;
        return (parley_endpoint){0, mapped | ntohl(address->sin_addr.s_addr), ntohs(address->sin_port)};
    }
    uint64_t halves[2];
    memcpy(halves, &storage->sin6_addr, sizeof halves);
    return (parley_endpoint){be64toh(halves[0]), be64toh(halves[1]), ntohs(storage->sin6_port)};
}

// MARK: Sockets

int parley_socket_open(int family, parley_endpoint local, int takes_both) {
    int is_ipv6 = family == PARLEY_IPV6, on = 1, only = !takes_both;
    int descriptor = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    struct sockaddr_in6 address;
    socklen_t length = write_address(family, local, &address);
    if ((is_ipv6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only))
        || setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on)
        || setsockopt(descriptor, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on)
        || bind(descriptor, (struct sockaddr *)&address, length)) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

void parley_socket_close(int descriptor) { close(descriptor); }

int parley_socket_local(int descriptor, parley_endpoint *local) {
    struct sockaddr_in6 address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length)) return -errno;
    *local = read_address(&address);
    return 0;
}

int parley_socket_set_buffer(int descriptor, int sends, int bytes) {
    int option = sends ? SO_SNDBUF : SO_RCVBUF, forced = sends ? SO_SNDBUFFORCE : SO_RCVBUFFORCE, has = 0;
    socklen_t length = sizeof has;
    if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes))
        setsockopt(descriptor, SOL_SOCKET, option, &bytes, sizeof bytes);
    if (getsockopt(descriptor, SOL_SOCKET, option, &has, &length)) return -errno;
    return has / 2;  // The kernel doubles it for its own book-keeping, and says so: socket(7).
}

int parley_socket_set_traffic_class(int descriptor, int family, int value) {
    int has = 0;
    socklen_t length = sizeof has;
    setsockopt(descriptor, IPPROTO_IP, IP_TOS, &value, sizeof value);
    if (getsockopt(descriptor, IPPROTO_IP, IP_TOS, &has, &length)) return -errno;
    if (family == PARLEY_IPV4 || has != value) return has;
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
    if (getsockopt(descriptor, IPPROTO_IPV6, IPV6_TCLASS, &has, &length)) return -errno;
    return has;
}

// MARK: Receiving

enum { CONTROL = CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(uint32_t)) };

typedef struct {
    _Alignas(struct cmsghdr) uint8_t bytes[CONTROL];
} control;

parley_receiver *parley_receiver_new(int capacity, int stride) {
    parley_receiver *receiver = calloc(1, sizeof *receiver);
    if (!receiver) return NULL;
    struct mmsghdr *messages = calloc(capacity, sizeof *messages);
    struct iovec *parts = calloc(capacity, sizeof *parts);
    struct sockaddr_in6 *names = calloc(capacity, sizeof *names);
    control *controls = calloc(capacity, sizeof *controls);
    *receiver = (parley_receiver){
        .capacity = capacity, .stride = stride, .bytes = aligned_alloc(64, (size_t)capacity * stride),
        .arrivals = calloc(capacity, sizeof(parley_arrival)), .messages = messages, .parts = parts, .names = names,
        .controls = controls};
    if (!messages || !parts || !names || !controls || !receiver->bytes || !receiver->arrivals) {
        parley_receiver_free(receiver);
        return NULL;
    }
    for (int i = 0; i < capacity; i++) {
        parts[i] = (struct iovec){receiver->bytes + (size_t)i * stride, (size_t)stride};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &names[i], .msg_namelen = sizeof names[i], .msg_iov = &parts[i], .msg_iovlen = 1,
            .msg_control = &controls[i], .msg_controllen = CONTROL};
    }
    return receiver;
}

void parley_receiver_free(parley_receiver *receiver) {
    if (!receiver) return;
    free(receiver->messages);
    free(receiver->parts);
    free(receiver->names);
    free(receiver->controls);
    free(receiver->bytes);
    free(receiver->arrivals);
    free(receiver);
}

static void read_control(struct msghdr *header, parley_arrival *arrival, uint32_t *overflows) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET) continue;
        if (part->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            arrival->time = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
        } else if (part->cmsg_type == SO_RXQ_OVFL) {
            memcpy(overflows, CMSG_DATA(part), sizeof *overflows);
        }
    }
}

int parley_receiver_receive(parley_receiver *receiver, int descriptor) {
    struct mmsghdr *messages = receiver->messages;
    const struct sockaddr_in6 *names = receiver->names;
    int came;
    do came = recvmmsg(descriptor, messages, receiver->capacity, MSG_DONTWAIT, NULL);
    while (came < 0 && errno == EINTR);
    if (came < 0) return errno == EAGAIN ? 0 : -errno;
    for (int i = 0; i < came; i++) {
        struct msghdr *header = &messages[i].msg_hdr;
        receiver->arrivals[i] = (parley_arrival){
            .source = read_address(&names[i]), .length = (int32_t)messages[i].msg_len,
            .is_truncated = (header->msg_flags & MSG_TRUNC) != 0};
        read_control(header, &receiver->arrivals[i], &receiver->overflows);
        // The kernel has written how much it used of these.
        header->msg_namelen = sizeof names[i];
        header->msg_controllen = CONTROL;
    }
    return came;
}

// MARK: Sending

parley_sender *parley_sender_new(int capacity, int family) {
    parley_sender *sender = calloc(1, sizeof *sender);
    if (!sender) return NULL;
    struct mmsghdr *messages = calloc(capacity, sizeof *messages);
    struct iovec *parts = calloc(capacity, sizeof *parts);
    struct sockaddr_in6 *names = calloc(capacity, sizeof *names);
    *sender = (parley_sender){
        .capacity = capacity, .family = family, .messages = messages, .parts = parts, .names = names};
    if (!messages || !parts || !names) {
        parley_sender_free(sender);
        return NULL;
    }
    for (int i = 0; i < capacity; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_name = &names[i], .msg_iov = &parts[i], .msg_iovlen = 1};
    return sender;
}

void parley_sender_free(parley_sender *sender) {
    if (!sender) return;
    free(sender->messages);
    free(sender->parts);
    free(sender->names);
    free(sender);
}

int parley_sender_put(parley_sender *sender, int place, const uint8_t *bytes, int length, parley_endpoint destination) {
    struct sockaddr_in6 *name = (struct sockaddr_in6 *)sender->names + place;
    socklen_t name_length = write_address(sender->family, destination, name);
    if (!name_length) return 0;
    ((struct iovec *)sender->parts)[place] = (struct iovec){(void *)bytes, (size_t)length};
    ((struct mmsghdr *)sender->messages)[place].msg_hdr.msg_namelen = name_length;
    return 1;
}

int parley_sender_send(parley_sender *sender, int descriptor, int first, int count) {
    int went;
    do went = sendmmsg(descriptor, (struct mmsghdr *)sender->messages + first, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (went < 0 && errno == EINTR);
    return went < 0 ? -errno : went;
}
