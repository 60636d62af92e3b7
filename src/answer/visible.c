/* SPDX-License-Identifier: MIT */
#include "answer/visible.h"

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define EACH_TOP UINT64_C(0x8080808080808080)

/* Is a byte of eight below `least` (at most 128) or DEL? The known exercise of subtracting in each
 * byte at once: a borrow leaves the top bit where there was none. */
static bool has_hidden(uint64_t eight, uint64_t least)
{
    uint64_t del = eight ^ (EACH_BYTE * 0x7f);
    uint64_t below = (eight - EACH_BYTE * least) & ~eight;
    uint64_t equal = (del - EACH_BYTE) & ~del;
    return ((below | equal) & EACH_TOP) != 0;
}

/* The last bytes, filled up with a visible one. */
static uint64_t load_some(const uint8_t *at, size_t len)
{
    uint64_t eight = EACH_BYTE * '!';
    memcpy(&eight, at, len < 8 ? len : 8);
    return eight;
}

static bool is_slow_line(struct ghm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_control = text.ptr[i] < ' ' && text.ptr[i] != '\t';
        if (is_control || text.ptr[i] == 0x7f) return false;
    }
    return true;
}

bool ghm_visible_is_word(struct ghm_bytes text)
{
    for (size_t i = 0; i < text.len; i += 8) {
        if (has_hidden(load_some(text.ptr + i, text.len - i), '!')) return false;
    }
    return true;
}

bool ghm_visible_is_line(struct ghm_bytes text)
{
    for (size_t i = 0; i < text.len; i += 8) {
        if (has_hidden(load_some(text.ptr + i, text.len - i), ' ')) return is_slow_line(text);
    }
    return true;
}
