/* SPDX-License-Identifier: MIT */
/* What negentropy's own JavaScript (hoytech/negentropy, js/Negentropy.js at 6edb041) says for these
 * sets: item i of n has the id SHA-256("item i") and the timestamp 1700000000 + i * 7919 % spread;
 * the client lacks those whose number has the first remainder, the server those with the second. */
#ifndef GHM_VECTOR_NEGENTROPY_H
#define GHM_VECTOR_NEGENTROPY_H

#include <stddef.h>

struct negentropy_vector {
    const char *name;
    size_t n;
    size_t spread;
    size_t client_divisor; /* 0: it lacks none; 1: all */
    size_t client_remainder;
    size_t server_divisor;
    size_t server_remainder;
    size_t have;
    size_t need;
    size_t messages_count;
    struct {
        size_t len;
        const char *sha256;
    } messages[4]; /* the client's and the server's in turn */
};

static const struct negentropy_vector negentropy_vectors[] = {
    {"none",
     0,
     1,
     0,
     0,
     0,
     0,
     0,
     0,
     2,
     {{5, "567d6544edf71f4928076701afc38e1a94b8f0c5ff2e8c38e91edb359f0ce389"},
      {5, "567d6544edf71f4928076701afc38e1a94b8f0c5ff2e8c38e91edb359f0ce389"}}},
    {"few",
     5,
     3,
     5,
     1,
     5,
     3,
     1,
     1,
     2,
     {{133, "a88fd543edd204c96338656815cfba5757fa7c1c2627e6e4c0f3597a6dd815a2"},
      {133, "b102c779f31a470f50af00f3eace62745775d4888ffaf50f0db1acb473e10ca7"}}},
    {"equal",
     1000,
     100,
     0,
     0,
     0,
     0,
     0,
     0,
     2,
     {{323, "e54174d48362f753abdde77fb8f1f17b2e11bc9eb5c14f615d0d98cef9ce207e"},
      {1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}}},
    {"the client has none",
     40,
     7,
     1,
     0,
     0,
     0,
     0,
     40,
     2,
     {{5, "567d6544edf71f4928076701afc38e1a94b8f0c5ff2e8c38e91edb359f0ce389"},
      {1285, "b7ae5ce8c02bebd5d45522b5a3145d0145448bd09898a6007bb27b726af4a5ee"}}},
    {"the server has none",
     40,
     7,
     0,
     0,
     1,
     0,
     40,
     0,
     2,
     {{320, "71a7cf094b3636c3512203b8f8caecc1593ecb85e90cf89d0d6eb61c69cfe0aa"},
      {80, "a9e7d14470420ba6444060cb8ef717cd6d3504be4f409cbfa05067096c951575"}}},
    {"scattered",
     1500,
     500,
     7,
     0,
     5,
     0,
     257,
     172,
     4,
     {{318, "44e5794d341c573fa081dde9dd1f5a8cf283122c9ada49c6659dd1228ede8976"},
      {5040, "7268b0c7cf5635a1cdd4848cd3312c92732c713ff0405984c1769edac25d9a00"},
      {31527, "123358080e27552d4a131c79275caec0a438d4c341cf2445e3c544e7bbfd33db"},
      {28807, "8910b2aafd9db14702378f5378c2633b12dec31e63dc038e146f9e0a184742f7"}}},
    {"one second",
     700,
     1,
     50,
     0,
     60,
     0,
     9,
     11,
     4,
     {{333, "c616e15b5c37bdd405da606dbdd7aa2d1ccff0af5e01258f9e9aeaf87a433a48"},
      {3659, "f75416c9d5494f4fce14f7b05dad0f521610d800d34a4ae1e090fd4ec7d00ff1"},
      {1615, "061d749779803ee1a14b198da974b2abbfcdadc2175ba81c35df74a3afb4fabe"},
      {1679, "170e516de15a8ee5aa160124bbf8743d64f8f0cc7ea003ab5dc7dfdb1f12ef72"}}},
};

/* The fingerprints of the first so many ids. */
static const struct {
    size_t count;
    const char *value;
} fingerprint_vectors[] = {
    {0, "7f9c9e31ac8256ca2f258583df262dbc"},   {1, "15f0906ad684d2d69bc7e95023a31932"},
    {2, "a96c3d9d468ab6aa282c77c48f7e7b40"},   {127, "e4bd21f5d2e7f17af21a75dab01c21e0"},
    {128, "cddf2e3dd81a660c43b0ddf5acc101c3"}, {300, "70721a821616526226d5a1e4b61e9bb2"},
};

#endif
