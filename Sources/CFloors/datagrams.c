#define _GNU_SOURCE
#include "CFloors.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, BUFFER = 4 << 20 };

struct parley_floor_sockets {
    int socket, peers;
    int *peer;
    struct sockaddr_in address, *peer_address;
};

static int open_socket(struct sockaddr_in *address, int buffer) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    if (buffer) {
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    }
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof *address;
    if (bind(descriptor, (struct sockaddr *)address, length) || getsockname(descriptor, (struct sockaddr *)address, &length)) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

parley_floor_sockets *parley_floor_sockets_new(int peers) {
    parley_floor_sockets *sockets = calloc(1, sizeof *sockets);
    sockets->peer = calloc(peers, sizeof *sockets->peer);
    sockets->peer_address = calloc(peers, sizeof *sockets->peer_address);
    sockets->socket = open_socket(&sockets->address, BUFFER);
    for (; sockets->socket >= 0 && sockets->peers < peers; sockets->peers++) {
        sockets->peer[sockets->peers] = open_socket(&sockets->peer_address[sockets->peers], 0);
        if (sockets->peer[sockets->peers] < 0) break;
    }
    if (sockets->peers == peers) return sockets;
    parley_floor_sockets_free(sockets);
    return NULL;
}

void parley_floor_sockets_free(parley_floor_sockets *sockets) {
    if (!sockets) return;
    if (sockets->socket >= 0) close(sockets->socket);
    for (int i = 0; i < sockets->peers; i++) close(sockets->peer[i]);
    free(sockets->peer);
    free(sockets->peer_address);
    free(sockets);
}

// A packet to each of `total` peers: from its place, or `stride` apart.
static int send_all(parley_floor_sockets *sockets, const uint8_t *bytes, const parley_floor_place *places, int stride,
                    const int *lengths, int total) {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    int sent = 0;
    while (sent < total) {
        int count = total - sent < BATCH ? total - sent : BATCH;
        for (int i = 0; i < count; i++) {
            int peer = sent + i;
            const uint8_t *packet = bytes + (places ? (size_t)places[peer].start : (size_t)peer * stride);
            parts[i] = (struct iovec){(void *)packet, (size_t)(places ? places[peer].length : lengths[peer])};
            messages[i].msg_hdr = (struct msghdr){
                .msg_name = &sockets->peer_address[peer], .msg_namelen = sizeof sockets->peer_address[peer],
                .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        int went = sendmmsg(sockets->socket, messages, count, 0);
        if (went <= 0) break;
        sent += went;
    }
    return sent;
}

int parley_floor_send_all(parley_floor_sockets *sockets, const uint8_t *packets, int stride, const int *lengths) {
    return send_all(sockets, packets, NULL, stride, lengths, sockets->peers);
}

int parley_floor_send_each(parley_floor_sockets *sockets, const uint8_t *bytes, const parley_floor_place *places, int count) {
    return send_all(sockets, bytes, places, 0, NULL, count);
}

int parley_floor_drain(parley_floor_sockets *sockets) {
    uint8_t bytes[2048];
    int taken = 0;
    for (int i = 0; i < sockets->peers; i++)
        while (recv(sockets->peer[i], bytes, sizeof bytes, MSG_DONTWAIT) > 0) taken++;
    return taken;
}

int parley_floor_peer_send(parley_floor_sockets *sockets, int peer, const uint8_t *packet, int length) {
    return sendto(sockets->peer[peer], packet, length, 0, (struct sockaddr *)&sockets->address,
                  sizeof sockets->address) == length;
}

int parley_floor_receive(parley_floor_sockets *sockets, uint8_t *packets, int stride, int *lengths, int most) {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in from[BATCH];
    int taken = 0;
    while (taken < most) {
        int count = most - taken < BATCH ? most - taken : BATCH;
        for (int i = 0; i < count; i++) {
            parts[i] = (struct iovec){packets + (size_t)(taken + i) * stride, (size_t)stride};
            messages[i].msg_hdr = (struct msghdr){
                .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        int came = recvmmsg(sockets->socket, messages, count, MSG_DONTWAIT, NULL);
        if (came <= 0) break;
        for (int i = 0; i < came; i++) lengths[taken + i] = (int)messages[i].msg_len;
        taken += came;
        if (came < count) break;
    }
    return taken;
}
