// Floors: the same work as a stage's in bare C against the same library, and what else a benchmark needs of C. A floor
// checks nothing and keeps nothing that the work does not need: it is the limit, not an alternative.
#pragma once
#include <stddef.h>
#include <stdint.h>

// MARK: Recorded speech

/// The sample meeting's talkers as Ogg Opus files, compiled in. `index` from 0; NULL behind the last.
const uint8_t *_Nullable parley_speech(int index, size_t *_Nonnull length);

// MARK: Opus

typedef struct parley_floor_decoder parley_floor_decoder;
typedef struct parley_floor_encoder parley_floor_encoder;

typedef struct {
    int rate, channels, bitrate, complexity;
    /// `OPUS_APPLICATION_…`: 2049 audio, 2048 voip, 2051 low delay.
    int application;
    /// 0 variable, 1 constrained, 2 constant.
    int rate_control;
    /// `OPUS_AUTO` (-1000), 3001 voice, 3002 music.
    int signal;
    int uses_dtx, uses_fec, expected_loss;
} parley_floor_encoding;

parley_floor_decoder *_Nullable parley_floor_decoder_new(int rate, int channels);
void parley_floor_decoder_free(parley_floor_decoder *_Nullable decoder);
/// Samples per channel, or a negative error.
int parley_floor_decode(parley_floor_decoder *_Nonnull decoder, const uint8_t *_Nonnull packet, int length,
                        float *_Nonnull samples, int room);

parley_floor_encoder *_Nullable parley_floor_encoder_new(parley_floor_encoding encoding);
void parley_floor_encoder_free(parley_floor_encoder *_Nullable encoder);
/// Bytes, or a negative error.
int parley_floor_encode(parley_floor_encoder *_Nonnull encoder, const float *_Nonnull samples, int count,
                        uint8_t *_Nonnull packet, int room);

// MARK: Sealing and opening

typedef struct parley_floor_cipher parley_floor_cipher;

/// `keys` contexts of AES-GCM, each with a key of its own, by OpenSSL's EVP.
parley_floor_cipher *_Nullable parley_floor_gcm_new(int keys, int key_bytes, int encrypts,
                                                    const uint8_t *_Nonnull secrets, int stride);
/// `keys` contexts of AES in counter mode with HMAC-SHA1, by OpenSSL's EVP and SHA-1: an AES key of 16 bytes each, and
/// behind it, up to `stride`, the key of the HMAC. For both sealing and opening.
parley_floor_cipher *_Nullable parley_floor_cm_new(int keys, int tag_bytes, const uint8_t *_Nonnull secrets, int stride);
void parley_floor_cipher_free(parley_floor_cipher *_Nullable cipher);
/// Seals the same packet (header of 12 bytes, `length` bytes in all, room for a tag behind it) with each key in turn.
/// Returns how many succeeded.
int parley_floor_seal_all(parley_floor_cipher *_Nonnull cipher, uint8_t *_Nonnull packet, int length, uint32_t number);
/// Seals for each key a packet of its own, `stride` apart.
int parley_floor_seal_each(parley_floor_cipher *_Nonnull cipher, uint8_t *_Nonnull packets, int stride, int length,
                           uint32_t number);
/// Opens one key's packet of `length` bytes, tag included, in place. Returns 1 if the tag was right.
int parley_floor_open(parley_floor_cipher *_Nonnull cipher, int key, uint8_t *_Nonnull packet, int length,
                      uint32_t number);

// MARK: Samples

/// One pass over a frame: read, multiply, write.
void parley_floor_pass(float *_Nonnull samples, int count, float gain);
/// target = the sum of `sources` but the one numbered `left_out` (-1: none); blocked over registers.
void parley_floor_sum(const float *_Nonnull const *_Nonnull sources, int sources_count, int left_out,
                      float *_Nonnull target, int count);
/// target += source
void parley_floor_accumulate(const float *_Nonnull source, float *_Nonnull target, int count);
/// The sum of squares, with as many accumulators as help.
float parley_floor_energy(const float *_Nonnull samples, int count);
float parley_floor_peak(const float *_Nonnull samples, int count);
/// A biquad of second order in double precision.
void parley_floor_biquad(float *_Nonnull samples, int count, const double coefficients[_Nonnull 5],
                         double memory[_Nonnull 2]);

// MARK: Packets

/// Twelve bytes of header and a copy of the payload.
int parley_floor_packetize(const uint8_t *_Nonnull payload, int length, uint16_t number, uint32_t timestamp, uint32_t ssrc,
                           uint8_t *_Nonnull packet);
/// Reads the fields of a header of 12 bytes; returns their sum, so that nothing is left out.
uint32_t parley_floor_parse(const uint8_t *_Nonnull packet, int length);
/// Whether a packet is DTX or shorter than any speech, by its first bytes alone.
int parley_floor_judge(const uint8_t *_Nonnull payload, int length);

typedef struct parley_floor_ring parley_floor_ring;
/// A ring of 16 packets for each sender: what a jitter buffer is without jitter.
parley_floor_ring *_Nullable parley_floor_ring_new(int senders);
void parley_floor_ring_free(parley_floor_ring *_Nullable ring);
void parley_floor_ring_put(parley_floor_ring *_Nonnull ring, int sender, uint16_t number, const uint8_t *_Nonnull payload,
                           int length);
/// The length of the packet of that number, 0 if there is none.
int parley_floor_ring_take(parley_floor_ring *_Nonnull ring, int sender, uint16_t number);

// MARK: Datagrams

typedef struct parley_floor_sockets parley_floor_sockets;
/// A socket on the loopback interface and `peers` others, on free ports. NULL if the system allows no more.
parley_floor_sockets *_Nullable parley_floor_sockets_new(int peers);
void parley_floor_sockets_free(parley_floor_sockets *_Nullable sockets);
/// Sends a packet of `length` bytes, `stride` apart, to each peer: sendmmsg, 64 at a time. Returns how many went.
int parley_floor_send_all(parley_floor_sockets *_Nonnull sockets, const uint8_t *_Nonnull packets, int stride,
                          const int *_Nonnull lengths);
typedef struct {
    int32_t start, length;
} parley_floor_place;
/// Sends each peer a packet of its own, from its place in `bytes`: sendmmsg, 64 at a time. Returns how many went.
int parley_floor_send_each(parley_floor_sockets *_Nonnull sockets, const uint8_t *_Nonnull bytes,
                           const parley_floor_place *_Nonnull places, int count);
/// Takes away what the peers were sent. Returns how many packets there were.
int parley_floor_drain(parley_floor_sockets *_Nonnull sockets);
/// Each peer sends the socket one packet.
int parley_floor_peer_send(parley_floor_sockets *_Nonnull sockets, int peer, const uint8_t *_Nonnull packet, int length);
/// Receives what is there, at most `most`: recvmmsg, 64 at a time, into `packets`, `stride` apart.
int parley_floor_receive(parley_floor_sockets *_Nonnull sockets, uint8_t *_Nonnull packets, int stride,
                         int *_Nonnull lengths, int most);

// MARK: Counting

/// A counter of this thread's instructions in user space; -1 if the kernel gives none.
int parley_instructions_open(void);
uint64_t parley_instructions_read(int counter);
void parley_instructions_close(int counter);
/// Calls `work(context)`, under a name that a profiler can be told to count within.
void parley_counted_region(void (*_Nonnull work)(void *_Nullable), void *_Nullable context);
/// Does nothing, under a name at which a profiler can be told to write down what it counted.
void parley_counted_end(void);

/// Name and version of libopus and libcrypto: `index` 0, 1; NULL behind.
const char *_Nullable parley_library(int index);
