#pragma once

/**
 * @file
 * The memory experiments: ways in which programs that work on pictures keep, copy and release
 * them, each to be switched on beside the live picture so that its curve can be seen. They allocate
 * what they claim and write to every page of it. One limit holds for all together; what it stops
 * keeps what it has until it is switched off.
 *
 * Switched off, an experiment's memory is freed and given back to the system.
 *
 * Threads: lab_switch() and what reads: any. lab_settle() and lab_take(): the thread that processes
 * frames, the worker. LAB_FOLDER's shelf belongs to the thread that reads the folder
 * (app/lab_folder.h).
 */

#include "app/lab_shelf.h"
#include "processing/canny.h"

enum lab_experiment {
    LAB_KEEP,
    LAB_FOLDER,
    LAB_BOUNDED,
    LAB_RELEASE,
    LAB_SCOPE,
    LAB_ALLOCATE,
    LAB_REUSE,
    LAB_EVERY,
    LAB_TRIM,
    LAB_DELETE,
    LAB_COPIES,
    LAB_UINT8,
    LAB_FLOAT32,
    LAB_EXPERIMENTS
};

/** What is known of an experiment beforehand. */
struct lab_info {
    const char *name;           ///< on the command line and in JSON
    const char *title;          ///< some words
    const char *section;        ///< of the article that it answers
    const char *caption;        ///< one sentence: what it does, and what is to be seen
    bool grows;                 ///< until the limit stops it
    enum lab_experiment beside; ///< to be compared with; itself if there is none
};

/** By enum lab_experiment. */
extern const struct lab_info lab_infos[LAB_EXPERIMENTS];

struct lab_config {
    int64_t limit_bytes; ///< 0: 512 MB, or a quarter of what is free when the first is switched on
    int frames;          ///< N: what "bounded" keeps, and after how many "every" and "trim" release
    /** An experiment could not go on: `held` bytes by all of `limit`. On the thread it runs on. */
    void (*stopped)(void *self, enum lab_experiment which, int64_t held, int64_t limit);
    void *self;
};

/** A new frame. */
struct lab_frame {
    const struct frame *frame;
    const struct plane *edges; ///< NULL if nobody looked for them
    const struct canny_params *params;
};

/** An experiment at this moment. */
struct lab_state {
    bool on;
    bool stopped; ///< by the limit, or because there is no memory
    struct lab_numbers numbers;
};

struct lab_status {
    struct lab_state experiments[LAB_EXPERIMENTS];
    int64_t held_bytes;       ///< by all; what the ledger has for MEMORY_LAB
    int64_t scratch_bytes;    ///< beside that, under the same limit: to work with, and rounding
    int64_t limit_bytes;      ///< 0 before the first is switched on
    int64_t given_back_bytes; ///< resident bytes that "trim" gave back the last time
    int64_t differing_pixels; ///< of the edges that "float32" found in the last frame
};

struct lab;

/** Returns 0 or -ENOMEM. `config` is copied. */
int lab_create(struct lab **out, const struct lab_config *config);

/** Any thread; the worker does it with its next frame, or with lab_settle(). */
void lab_switch(struct lab *lab, enum lab_experiment which, bool on);

/** All together may hold no more than this from now on; what is held already stays. Any thread. */
void lab_confine(struct lab *lab, int64_t bytes);

bool lab_is_on(const struct lab *lab, enum lab_experiment which);

/** Whether any is on, or still has to be released. Any thread. */
bool lab_is_active(const struct lab *lab);

/** The worker: releases what was switched off. Costs nothing where nothing was. */
void lab_settle(struct lab *lab);

/** The worker: a new frame; its samples are borrowed for the call. */
void lab_take(struct lab *lab, const struct lab_frame *seen);

/** Any thread. */
void lab_read(const struct lab *lab, struct lab_status *status);

/** The experiment called `name`, of so many bytes; LAB_EXPERIMENTS if there is none. */
enum lab_experiment lab_find(const char *name, size_t bytes);

/** Frees everything. The worker has ended. NULL in *lab is fine. */
void lab_destroy(struct lab **lab);

// For whoever runs LAB_FOLDER.

/** Where it holds its pictures. */
struct lab_shelf *lab_shelf_of(struct lab *lab, enum lab_experiment which);

/** Counts how often it was switched off; what was read before another number is to be freed. */
unsigned lab_offs(const struct lab *lab, enum lab_experiment which);

/** It cannot go on. */
void lab_stop(struct lab *lab, enum lab_experiment which);

/** All it held is freed: it may begin anew. */
void lab_release(struct lab *lab, enum lab_experiment which);
