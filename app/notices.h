#pragma once

/**
 * @file
 * Sentences across the picture: one at a time, for a few seconds. Any thread may say one.
 */

#include "app/keys.h"

struct notices;

/** One of them. */
struct notice {
    char text[512]; ///< "" if there is none
    bool warning;
    char button[32]; ///< what can be done about it; "" for nothing
    enum action action;
};

/** Returns 0 or -ENOMEM. */
int notices_create(struct notices **out);
void notices_destroy(struct notices **notices);

/** What was said is of no interest any more. */
void notices_clear(struct notices *notices);

/** Replaces the sentence. `warning` ones are drawn in another colour. Any thread. */
void notices_say(struct notices *notices, bool warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** As notices_say(), a warning, with a button; it stays longer. Any thread. */
void notices_offer(struct notices *notices, const char *button, enum action action,
                   const char *text);

/** The sentence that is to be shown now. Returns whether there is one. */
bool notices_now(struct notices *notices, struct notice *notice);

/** Draws it at the foot of `area`. Returns the action of its button when that was pressed. */
enum action notices_draw(struct notices *notices, struct ui *ui, struct ui_rect area);
