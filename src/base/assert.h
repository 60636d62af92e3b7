/* SPDX-License-Identifier: MIT */
/* Our own bugs, and nothing else: always on, in every build. What a peer, a caller or the machine
 * does wrong is never asserted; it is returned. */
#ifndef GHM_BASE_ASSERT_H
#define GHM_BASE_ASSERT_H

/** Stop the process when `x` is false: continuing would act on a broken invariant. */
#define GHM_ASSERT(x) ((x) ? (void)0 : ghm_assert_fail(__FILE__, __LINE__, #x))

/** A place that no state can reach. */
#define GHM_UNREACHABLE() ghm_assert_fail(__FILE__, __LINE__, "reached")

_Noreturn void ghm_assert_fail(const char *file, int line, const char *text);

#endif
