/* SPDX-License-Identifier: MIT */
#ifndef GHM_CMD_CORE_H
#define GHM_CMD_CORE_H

/**
 * Put something on standard input, output and error where they are closed, so that no file of ours
 * gets their numbers: the store would take what is printed. What is closed stays unusable: reading
 * the one and writing the others fails as before.
 */
void core_fill_standard(void);

/** A closed pipe and a file past the user's limit (ulimit -f) are told by the write, and are no end
 * of the process. */
void core_write_on(void);

/** Let no crash of this program, or of what it becomes, write its memory to a file: tokens are in
 * it. */
void core_forbid(void);

#endif
