/* The binary publish protocol: what travels over the publish socket. For C and C++ programs.
 * Publishers on other hosts use HTTP, which has a place for their token.
 *
 * The publish socket is a UNIX stream socket that speaks two protocols; the first byte tells
 * which. 0xC5 starts the binary protocol described here, anything else is HTTP. All numbers are
 * little endian. Every field of every header below is naturally aligned, so on a little-endian
 * machine the structs are the wire format.
 *
 * 1. The publisher sends a hello of 8 bytes: C5 'R' 'C' 'P', version (1 or 2), three zero bytes.
 *    It need not wait for the answer before it sends events.
 * 2. The server answers a hello of 16 bytes: the same 8, then two u32: the largest data of an event
 *    in bytes, and how many bytes of unanswered frames it reads ahead before it makes the publisher
 *    wait (advice: a larger window gains nothing). When it does not speak the publisher's version,
 *    its hello has the highest that it does speak, and the connection ends after it.
 * 3. The publisher sends frames, each
 *
 *      u32 length           bytes after this field: 12 + type_length + channel_length + data
 *      u8  kind             1: publish
 *      u8  type_length      0: the default event type, "message"
 *      u16 channel_length   1 to 255
 *      u64 request          any number in the first frame, then one more in each frame
 *      channel, event type, data: bytes, no terminator
 *
 *    In version 2 a frame may also have an idempotency key:
 *
 *      u32 length           bytes after this field: 12 + type_length + channel_length + key_length
 *                           + data
 *      u8  kind             2: publish once
 *      u8  type_length
 *      u8  channel_length   1 to 255
 *      u8  key_length       1 to 128
 *      u64 request
 *      channel, event type, key (visible ASCII), data
 *
 *    When an event was published on that channel under that key within the server's
 *    idempotency-window, the ack has that event's id, and nothing is published; if it was another
 *    event, by its type or data, this one is nacked.
 *
 *    Frames may be sent one after the other without waiting for answers (pipelining).
 * 4. The server answers every request exactly once and in the order of the requests:
 *
 *      ack, for `count` requests in a row: first_request, first_request + 1, ...
 *        u32 length         12 + 16 * count
 *        u8  kind           0x81
 *        u8  zero
 *        u16 count          1 to 4096
 *        u64 first_request
 *        count times: u64 milliseconds, u64 number; the event's id is "<milliseconds>-<number>"
 *      nack, for one request that was refused and changed nothing; the connection goes on:
 *        u32 length         12 + text_length
 *        u8  kind           0x82
 *        u8  code           one of RINGCAST_PUBLISH_NACK_*
 *        u16 text_length    up to 1024
 *        u64 request
 *        text               a sentence, UTF-8
 *      error, the last frame before the server closes the connection, because the bytes that came
 *      are no protocol; laid out as a nack:
 *        kind 0x83, code one of RINGCAST_PUBLISH_ERROR_*, request: the last one read, or 0
 *
 * An ack means: ordered, stored, and handed to every shard that has subscribers on the channel.
 * An acknowledged event is neither lost, duplicated nor reordered while the server lives. Events
 * of one connection get their ids in the order of the requests.
 *
 * When a connection breaks, requests without an answer may or may not have been published. A
 * publisher that sends them again loses none, and may publish some of them twice unless they have
 * keys. The server remembers keys in memory: a restart forgets them.
 *
 * Limits. Data larger than the server's limit is nacked, and the connection survives, as long as
 * the frame's length is at most RINGCAST_PUBLISH_MAX_LENGTH. A larger length, a length too small
 * for what the frame says it holds, an unknown kind and a request out of sequence are errors. A
 * frame must be complete within the server's frame deadline (10 seconds). A publisher that does
 * not read its answers is made to wait, then closed.
 */
#ifndef RINGCAST_PUBLISH_H_
#define RINGCAST_PUBLISH_H_

#ifdef __cplusplus
#include <cstdint>
#else
#include <stdint.h>
#endif

#define RINGCAST_PUBLISH_MAGIC "\xC5RCP"
#define RINGCAST_PUBLISH_MAGIC_SIZE 4
#define RINGCAST_PUBLISH_VERSION 1
#define RINGCAST_PUBLISH_VERSION_KEYS 2 /* with frames of kind RINGCAST_PUBLISH_KIND_ONCE */

/* Bytes. */
#define RINGCAST_PUBLISH_CLIENT_HELLO_SIZE 8
#define RINGCAST_PUBLISH_SERVER_HELLO_SIZE 16
#define RINGCAST_PUBLISH_HEADER_SIZE 16        /* of every frame, its length field included */
#define RINGCAST_PUBLISH_MIN_LENGTH 12         /* the least value of a length field */
#define RINGCAST_PUBLISH_MAX_LENGTH 0x01000400 /* 16 MiB of data, 1 KiB for all the rest */
#define RINGCAST_PUBLISH_MAX_TEXT 1024         /* of a nack or an error */
#define RINGCAST_PUBLISH_MAX_ACKS 4096         /* requests in one ack frame */
#define RINGCAST_PUBLISH_MAX_KEY 128           /* of an idempotency key */

/* Kinds of frames. */
#define RINGCAST_PUBLISH_KIND_PUBLISH 0x01
#define RINGCAST_PUBLISH_KIND_ONCE 0x02
#define RINGCAST_PUBLISH_KIND_ACK 0x81
#define RINGCAST_PUBLISH_KIND_NACK 0x82
#define RINGCAST_PUBLISH_KIND_ERROR 0x83

/* Codes of a nack. All but UNAVAILABLE and UNKNOWN_CHANNEL say that sending the same again would be
 * refused again. */
#define RINGCAST_PUBLISH_NACK_CHANNEL 1     /* the channel name is not valid */
#define RINGCAST_PUBLISH_NACK_TYPE 2        /* the event type is not valid */
#define RINGCAST_PUBLISH_NACK_DATA 3        /* the data is not UTF-8 */
#define RINGCAST_PUBLISH_NACK_TOO_LARGE 4   /* the data is larger than the server's limit */
#define RINGCAST_PUBLISH_NACK_UNAVAILABLE 5 /* a limit of the server is reached, or it stops */
/* A rule of the server says that the channel must be created before it is used (over HTTP: PUT
 * /channels/{channel}), and it was not, or it has ended since. */
#define RINGCAST_PUBLISH_NACK_UNKNOWN_CHANNEL 6
#define RINGCAST_PUBLISH_NACK_KEY 7 /* the key is not valid, or names another event */

/* Codes of an error. */
#define RINGCAST_PUBLISH_ERROR_LENGTH 1   /* a length that no frame can have */
#define RINGCAST_PUBLISH_ERROR_KIND 2     /* a kind that a publisher does not send */
#define RINGCAST_PUBLISH_ERROR_SEQUENCE 3 /* a request that is not the last one plus one */
#define RINGCAST_PUBLISH_ERROR_DEADLINE 4 /* a frame that was not complete in time */
#define RINGCAST_PUBLISH_ERROR_BUSY 5     /* the server has no room for this connection */

struct ringcast_publish_client_hello {
  uint8_t magic[4];
  uint8_t version;
  uint8_t zero[3];
};

struct ringcast_publish_server_hello {
  uint8_t magic[4];
  uint8_t version;
  uint8_t zero[3];
  uint32_t max_data;
  uint32_t read_ahead;
};

struct ringcast_publish_frame {
  uint32_t length;
  uint8_t kind;
  uint8_t type_length;
  uint16_t channel_length;
  uint64_t request;
};

/* Of kind RINGCAST_PUBLISH_KIND_ONCE. */
struct ringcast_publish_once_frame {
  uint32_t length;
  uint8_t kind;
  uint8_t type_length;
  uint8_t channel_length;
  uint8_t key_length;
  uint64_t request;
};

/* An ack is followed by `count` times ringcast_publish_id; a nack or an error by `count` bytes. */
struct ringcast_publish_answer {
  uint32_t length;
  uint8_t kind;
  uint8_t code;
  uint16_t count;
  uint64_t request;
};

struct ringcast_publish_id {
  uint64_t milliseconds;
  uint64_t number;
};

#endif /* RINGCAST_PUBLISH_H_ */
