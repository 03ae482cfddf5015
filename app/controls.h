#pragma once

/**
 * @file
 * What the user wants right now, handed from the main thread to the two loops. A change is seen
 * with the next frame; while the picture is frozen it repaints that picture at once.
 */

#include "app/doorbell.h"
#include "capture/source.h"
#include "processing/views.h"

/** Plain values; copy freely. */
struct control_values {
    struct canny_params canny;
    enum view view;
    int noise;          ///< of the scene, 0 to 100
    bool frozen;        ///< keep the picture that is there
    unsigned steps;     ///< raised by one: take one more frame, then stay frozen
    unsigned snapshots; ///< raised by one: save the next picture
};

struct controls;

/**
 * @param capture    Rung when something changes; must outlive the controls.
 * @param processing As `capture`.
 * @return 0 or -ENOMEM.
 */
int controls_create(struct controls **out, struct doorbell *capture, struct doorbell *processing);
void controls_destroy(struct controls **controls);

/** Replaces the values. */
void controls_set(struct controls *controls, const struct control_values *values);

/**
 * The values now.
 *
 * @return A number that is another one after each change.
 */
unsigned controls_get(struct controls *controls, struct control_values *values);

/** What a source needs to know of them. */
struct source_wishes controls_source_wishes(struct controls *controls);
