/* SPDX-License-Identifier: MIT */
#ifndef GHMESH_H
#define GHMESH_H
/* The one error enum of the house: 0 is success, negatives are failures. */
#define GHM_ERROR_MAP(X)                                                                           \
    X(GHM_OK, 0, "success")                                                                        \
    X(GHM_EAGAIN, -1, "not yet: more input or time is needed")                                     \
    X(GHM_ENOMEM, -2, "out of memory, or over a memory bound")                                     \
    X(GHM_EINVAL, -3, "malformed argument")                                                        \
    X(GHM_EPROTO, -4, "the peer broke the protocol")                                               \
    X(GHM_ELIMIT, -5, "a stated maximum was reached")                                              \
    X(GHM_ENOTFOUND, -6, "not in the cache")                                                       \
    X(GHM_EIO, -7, "input/output error")                                                           \
    X(GHM_ECORRUPT, -8, "stored data fails its checksum")                                          \
    X(GHM_EAUTH, -9, "authentication failed")                                                      \
    X(GHM_ETIMEOUT, -10, "timed out")                                                              \
    X(GHM_ECLOSED, -11, "closed")                                                                  \
    X(GHM_ENOTSUP, -12, "not supported")                                                           \
    X(GHM_EBUSY, -13, "in use by another process")                                                 \
    X(GHM_EORIGIN, -14, "GitHub could not be reached")                                             \
    X(GHM_ERATE, -15, "held back by a rate limit")                                                 \
    X(GHM_ECONFIG, -16, "bad configuration")                                                       \
    X(GHM_EACCES, -17, "permission denied")                                                        \
    X(GHM_EFULL, -18, "no room left on the disk or in the store")                                  \
    X(GHM_EOLD, -19, "a newer version is already there")

enum ghm_error {
#define GHM_ERROR_ENUM(name, value, text) name = value,
    GHM_ERROR_MAP(GHM_ERROR_ENUM)
#undef GHM_ERROR_ENUM
};
#endif
