/* SPDX-License-Identifier: MIT */
/* The forms that a store has had. Each has files of its own, so that programs of different versions
 * work side by side in one directory, each in its own store; what is in an older one is taken over
 * when nobody has that open any more (store/upgrade.h). */
#ifndef GHM_STORE_FORM_H
#define GHM_STORE_FORM_H

#define GHM_FORM_NOW 2

struct ghm_form {
    const char *lock; /* store/claim.h */
    const char *mark;
    const char *data;      /* LMDB's file, store/env.h */
    const char *data_lock; /* LMDB's own name for what is beside it */
    const char *data_new;  /* what is to become `data`, and is nothing yet: store/compact.h */
};

/** The files of a form, 1 to GHM_FORM_NOW. */
const struct ghm_form *ghm_form_of(unsigned number);

#endif
