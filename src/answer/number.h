/* SPDX-License-Identifier: MIT */
/* A floating point number as Python prints it, so that keys and hashes agree with Python members.
 */
#ifndef GHM_ANSWER_NUMBER_H
#define GHM_ANSWER_NUMBER_H

#include <stddef.h>

#define GHM_NUMBER_TEXT_MAX                                                                        \
    32 /* with the terminator; the longest is "-2.2250738585072014e-308"                           \
        */

/**
 * Write the shortest decimal that reads back as `value`: "0.1", "100.0", "1e+16", "nan", "-inf".
 *
 * @param ret_text terminated; the decimal point is '.' in every locale
 * @return characters written, without the terminator
 *
 * Spec: Python 3 library reference, float.__repr__
 */
size_t ghm_number_text(char ret_text[GHM_NUMBER_TEXT_MAX], double value);

#endif
