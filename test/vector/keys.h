/* SPDX-License-Identifier: MIT */
/* Public keys of every type in the protobuf form of libp2p/specs peer-ids/peer-ids.md, and their
 * peer ids. The keys are OpenSSL's, the ids were computed from them by Python's hashlib and
 * integers. */
#ifndef GHM_VECTOR_KEYS_H
#define GHM_VECTOR_KEYS_H

#include "crypto/key.h"

static const struct {
    enum ghm_key_type type;
    const char *hex;
    const char *peerid;
} keys[] = {
    /* RSA, 2048 bits, by OpenSSL */
    {GHM_KEY_RSA,
     "080012a60230820122300d06092a864886f70d01010105000382010f003082010a0282010100b2040803"
     "f890f1de6e97620cf409bb3bca6c3b9ea35e8b0546522b25724e9880166b7c8eb086a5c4a26c210d8ce5"
     "bb96a75d6ec3db052bdf31590780c23d47018fcde07aa1f2d16a86870216fbe6cd51e2cbc0314535cb7a"
     "7ae22e19fe84fe107575f865dd86f58cc5f5ad5f6f3f1ca239a25f0d3d4aa3459a3a03c96ed335b990d0"
     "f6db81e4f9f5c8c66975d4c843090704f444dd9823a325855efe4e9091d841987eb4b94864073a404da8"
     "4c1db9007bf88441c81702a5723f1b492d58b9f313a07eb257c674178b6c6ff0a37f8bd5bff5c88e3838"
     "51a21519058db80bead4e0a76909a55b238cbfe51fb41446acb543d983109a7e993fbb3c9968422dc5ff"
     "0203010001",
     "QmXW4B3bmj6guuxFKAfA3mKRHxG67CiGK6JNzdd1eTKppG"},
    /* RFC 8032 section 7.1, test 1 */
    {GHM_KEY_ED25519, "08011220d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "12D3KooWQK1wnefoLrcVHbbnf5tLzbopUd3K3bFAoJpA7YJgL5pV"},
    /* secret 1234567890abcdef */
    {GHM_KEY_SECP256K1,
     "0802122103f973a0b87062c389d125d8199e803b832b6ac6bf7867a4f6cd87506060fc4c58",
     "16Uiu2HAmVSk8SsJBzi5Jqy3ZEcEb9mZXMx3VNeDJDZw5WG22q1JF"},
    /* P-256, secret 1234567890abcdef */
    {GHM_KEY_ECDSA,
     "0803125b3059301306072a8648ce3d020106082a8648ce3d030107034200049fad84aeae08bbef7f0100"
     "14d82cef6a09de2b0cf871b5ce0c4f1d13a59a593407cb45769f1070e2c2470fe5b1bfe63133c0b0cdc6"
     "4ea4bf3791a8ec2a07fd4f",
     "QmR98Ypwo6viMs9gZStzasdSxKwDQKssmeGVmn8cDWQ8zz"},
    /* P-384, the same secret */
    {GHM_KEY_ECDSA,
     "080312783076301006072a8648ce3d020106052b8104002203620004fbf96095915eb587390f850ec95b"
     "35f618ae121c72a70808ad8f9f4c261b602b63541743e395f7c778e52bb28c18dc83016a6ff3f72c9368"
     "326ad50a3bd148a53cd2213bb480e4730ad019db87ae100995ec65df011e19811a15dc9ddfc9ab3c",
     "QmXdwChdrGUoh25UN9dbcobijVjJUMQzinv2BNiXasWRfh"},
    /* P-521, the same secret */
    {GHM_KEY_ECDSA,
     "0803129e0130819b301006072a8648ce3d020106052b810400230381860004019a86c2bb5827715e09f9"
     "ad1d42afb5f6829bf04e2581382de77a559c7738b2aa1f6d1f834369301908b9befbb67a87203657b41d"
     "9011c6e3e0d813c8d0c926fa670165e3cc7147513cbaf0203b6ffc02892876c0fd2d54ea399c0aba923c"
     "226d915e6e68123e4ffc432ffd7db1ca2ad64f0cf7680bb7e5c2e548803f98019e0ed5d1e0",
     "QmZ56UbRpXE5NSvzvWb2Qjk7UFuRTeAAaWMAzouGvdGvrB"},
};

#define KEYS_COUNT (sizeof keys / sizeof keys[0])

#endif
