/* SPDX-License-Identifier: MIT */
/* DNS messages, as much of them as multicast DNS and TXT lookups need: read with compressed names,
 * written without. A name is kept in its uncompressed wire form: labels may hold any bytes, dots
 * too.
 *
 * Spec: RFC 1035 sections 3.1, 4.1; RFC 6762 section 18 */
#ifndef GHM_WIRE_DNS_H
#define GHM_WIRE_DNS_H

#include "base/buf.h"

#include <stdbool.h>

#define GHM_DNS_NAME_LEN_MAX 255
#define GHM_DNS_LABEL_LEN_MAX 63
#define GHM_DNS_TEXT_LEN_MAX 255 /* bytes of one string of a TXT record */
#define GHM_DNS_HEADER_LEN 12
#define GHM_DNS_RESPONSE 0x8000      /* of flags */
#define GHM_DNS_AUTHORITATIVE 0x0400 /* of flags */
#define GHM_DNS_CLASS_IN 1

enum ghm_dns_type {
    GHM_DNS_PTR = 12,
    GHM_DNS_TXT = 16,
    GHM_DNS_ANY = 255, /* of questions only */
};

struct ghm_dns_name {
    uint8_t len; /* the end included; 0: no name */
    uint8_t bytes[GHM_DNS_NAME_LEN_MAX];
};

/** Read "example.org": labels between dots. GHM_EINVAL when one is empty or too long, or all is. */
int ghm_dns_name_parse(struct ghm_dns_name *ret_name, const char *text) GHM_MUST_USE;

/** Put a label before a name. GHM_EINVAL as above. */
int ghm_dns_name_under(struct ghm_dns_name *ret_name, struct ghm_bytes label,
                       const struct ghm_dns_name *parent) GHM_MUST_USE;

/** Upper and lower case of ASCII are the same. */
bool ghm_dns_name_equal(const struct ghm_dns_name *a, const struct ghm_dns_name *b);

struct ghm_dns_header {
    uint16_t id;
    uint16_t flags;
    uint16_t questions;
    uint16_t answers;
    uint16_t authorities;
    uint16_t additionals;
};

struct ghm_dns_question {
    struct ghm_dns_name name;
    uint16_t type;
    uint16_t class_id;
};

struct ghm_dns_record {
    struct ghm_dns_name name;
    uint16_t type;
    uint16_t class_id; /* of multicast: the top bit says that it replaces older ones */
    uint32_t ttl_s;
    struct ghm_bytes data;    /* as it stands there */
    struct ghm_dns_name host; /* of PTR */
};

struct ghm_dns_reader {
    struct ghm_bytes message; /* borrowed */
    size_t at;
    uint32_t questions_left;
    uint32_t records_left; /* of all three sections */
};

/** Start. GHM_EPROTO when it is shorter than a header. */
int ghm_dns_reader_init(struct ghm_dns_reader *reader, struct ghm_dns_header *ret_header,
                        struct ghm_bytes message) GHM_MUST_USE;

/** The next question, all of them before the first record: 1; 0 at their end; GHM_EPROTO. */
int ghm_dns_reader_question(struct ghm_dns_reader *reader,
                            struct ghm_dns_question *ret_question) GHM_MUST_USE;

/** The next record: 1; 0 at their end; GHM_EPROTO. */
int ghm_dns_reader_record(struct ghm_dns_reader *reader,
                          struct ghm_dns_record *ret_record) GHM_MUST_USE;

/** Take the next string of a TXT record from the front of its data; false at the end, or where the
 * rest is malformed. */
bool ghm_dns_text(struct ghm_bytes *left, struct ghm_bytes *ret_text);

/* Errors of all: GHM_ELIMIT, GHM_ENOMEM; nothing is appended then. `record->host` is not written:
 * the data of a PTR is the host's bytes. */
int ghm_dns_append_header(struct ghm_buf *buf, const struct ghm_dns_header *header) GHM_MUST_USE;
int ghm_dns_append_question(struct ghm_buf *buf,
                            const struct ghm_dns_question *question) GHM_MUST_USE;
int ghm_dns_append_record(struct ghm_buf *buf, const struct ghm_dns_record *record) GHM_MUST_USE;

#endif
