// Sends a server's media port what nobody asked for, from many addresses of the loopback network.
// cc -O2 flood.c -o flood; flood PORT SECONDS PACKETS_A_SECOND SSRC…: noise, RTP of strangers, RTP forged in the name of
// those SSRCs, packets that were really sent (seen on the loopback interface; only root may look), questions for the own
// address with known and unknown SSRCs, RTCP. Prints how many were sent, and of which.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 32, BATCH = 32, LONGEST = 200, KINDS = 7, SEEN = 512 };

static const char *const names[KINDS] = {"noise", "strangers", "forged", "replayed", "known questions",
                                         "unknown questions", "rtcp"};
static uint8_t seen[SEEN][LONGEST];
static int seen_length[SEEN], seen_count;
static uint32_t ssrcs[256];
static int ssrc_count;
static uint64_t state = 88172645463325252u;

static uint32_t noise(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void put(uint8_t *bytes, uint32_t value) {
    value = htonl(value);
    memcpy(bytes, &value, 4);
}

// Takes note of packets that go to the port; each is seen twice, going out and coming in.
static void look(int tap, uint16_t port) {
    uint8_t frame[2048];
    for (int i = 0; i < 64; i++) {
        ssize_t length = recv(tap, frame, sizeof frame, MSG_DONTWAIT);
        if (length < 0) return;
        int header = 14 + (frame[14] & 15) * 4, payload = header + 8;
        if (length <= payload + 12 || length - payload > LONGEST || frame[23] != IPPROTO_UDP) continue;
        if ((frame[header + 2] << 8 | frame[header + 3]) != port || frame[payload] >> 6 != 2) continue;
        int slot = seen_count++ % SEEN;
        seen_length[slot] = (int)(length - payload);
        memcpy(seen[slot], frame + payload, seen_length[slot]);
    }
}

static int make(uint8_t *bytes, int kind) {
    uint32_t known = ssrc_count ? ssrcs[noise() % ssrc_count] : noise();
    int length = 60 + noise() % 100;
    for (int i = 0; i < length; i += 4) put(bytes + i, noise());
    switch (kind) {
    case 0: return 1 + noise() % length;
    case 3: {
        int count = seen_count < SEEN ? seen_count : SEEN, slot = count ? noise() % count : 0;
        if (!count) return 1;
        memcpy(bytes, seen[slot], seen_length[slot]);
        return seen_length[slot];
    }
    case 4:
    case 5:
        memset(bytes, 0, 74);
        bytes[1] = 1;
        bytes[3] = 70;
        put(bytes + 4, kind == 4 ? known : noise());
        return 74;
    case 6:
        put(bytes, 0x81cb0001);
        put(bytes + 4, known);
        return 12;
    default:
        bytes[0] = 0x80;
        bytes[1] = 120;
        if (kind == 2) put(bytes + 8, known);
        return length;
    }
}

int main(int count, char **arguments) {
    if (count < 4) return 64;
    uint16_t port = (uint16_t)atoi(arguments[1]);
    double seconds = atof(arguments[2]), rate = atof(arguments[3]);
    for (int i = 4; i < count && ssrc_count < 256; i++) ssrcs[ssrc_count++] = (uint32_t)strtoul(arguments[i], NULL, 10);
    int sockets[SOCKETS], tap = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)), small = 4096;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < SOCKETS; i++) {
        struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000100 + i)};
        sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
        setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        if (bind(sockets[i], (void *)&from, sizeof from) || connect(sockets[i], (void *)&to, sizeof to)) {
            perror("a socket");
            return 71;
        }
    }
    // What is replayed was seen before the flood begins: later the flood would see itself.
    for (double end = now() + 0.5; tap >= 0 && now() < end; usleep(1000)) look(tap, port);
    if (tap >= 0) close(tap);
    uint8_t bytes[BATCH][LONGEST];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH] = {0};
    long sent = 0, of[KINDS] = {0}, made = 0;
    double begin = now(), time;
    while ((time = now() - begin) < seconds) {
        if (sent > time * rate) {
            usleep(500);
            continue;
        }
        for (int i = 0; i < BATCH; i++) {
            int kind = (int)(made++ % KINDS);
            if (kind == 3 && !seen_count) kind = 2;
            parts[i] = (struct iovec){bytes[i], make(bytes[i], kind)};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
            of[kind]++;
        }
        int went = sendmmsg(sockets[noise() % SOCKETS], messages, BATCH, 0);
        if (went > 0) sent += went;
    }
    printf("%ld", sent);
    for (int i = 0; i < KINDS; i++) printf("%s%s %ld", i ? ", " : ": ", names[i], of[i]);
    printf("\n");
    return 0;
}
