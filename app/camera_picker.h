#pragma once

/**
 * @file
 * Choosing in the window: which cameras there are, in which of its modes one runs, and what is to
 * be asked for when the user changes one of these. No camera is touched in here: what there is
 * comes from the roster (app/camera_roster.h), what is to be opened goes to the session.
 *
 * A change of one thing keeps the others where the camera offers that, else the nearest.
 *
 * Threads: the main thread only.
 */

#include "capture/camera_list.h"
#include "render/panel.h"

enum {
    PICKER_ITEMS = 64, ///< of one kind; what is beyond is not offered
    PICKER_NAME = 80,  ///< bytes of a camera's name
    PICKER_FIELDS = 5, ///< camera, format, size, rate, fastest
};

// What a camera offers: pure functions. Each returns how many there are, at most PICKER_ITEMS.

/** Formats that need libv4l2 to read them come last. */
int picker_formats(const struct camera_modes *modes, struct camera_format *formats);

/**
 * Sizes of a format, smallest first.
 *
 * @param fastest Only those that reach the highest rate of the format; 60 and more count as 60.
 */
int picker_sizes(const struct camera_modes *modes, uint32_t fourcc, bool fastest,
                 struct camera_size *sizes);

/** Rates of a size, lowest first; with `fastest` the highest alone. None if they are unknown. */
int picker_rates(const struct camera_modes *modes, uint32_t fourcc, int width, int height,
                 bool fastest, double *rates);

/** Turns a wish into what the camera offers: its format, the nearest size, the nearest rate. */
struct camera_wish picker_wish(const struct camera_modes *modes, const struct camera_wish *wish,
                               bool fastest);

/**
 * A camera's name. Of several that are called the same each has something added that tells it from
 * the others: its serial number, its socket, its node.
 */
void picker_name(const struct camera_list *list, const struct camera_entry *camera,
                 char name[PICKER_NAME]);

/**
 * The camera after this one, round at the end.
 *
 * @param device Node of one, or a link to it; "" or one that is not there: the first follows.
 * @param hidden A node that is not offered; or "".
 * @return NULL if there is none, or no other.
 */
const struct camera_entry *picker_next(const struct camera_list *list, const char *device,
                                       const char *hidden);

// The fields on the page.

enum picker_kind {
    PICKER_OTHER, ///< what one cannot come back to: a file
    PICKER_SCENE,
    PICKER_CAMERA,
};

/** What is open, or asked for and not open yet. Plain data. */
struct picker_now {
    enum picker_kind kind;
    char name[128];
    char device[256];        ///< of a camera: its node, or a link to it
    struct camera_wish mode; ///< of a camera, as granted
    uint32_t wished;         ///< the fourcc that was asked for, if it is converted
};

bool picker_now_equal(const struct picker_now *a, const struct picker_now *b);

/** What the user wants. */
struct camera_pick {
    enum picker_kind kind;             ///< PICKER_OTHER: nothing
    const struct camera_entry *camera; ///< of a camera
    bool mode;                         ///< `wish` is what to ask of it; else what it last had
    struct camera_wish wish;
};

/** Zeroed, it offers nothing. */
struct camera_picker {
    struct camera_list cameras; ///< the roster's
    unsigned generation;
    char hidden[256]; ///< a node that is not offered; or ""
    bool fastest;
    struct picker_now now;
    bool another; ///< there is a camera to go to; looking for one asks the nodes
    int field_count;
    struct panel_field fields[PICKER_FIELDS];

    // What the items of the fields are.
    struct {
        enum picker_kind kind;
        int camera; ///< index in the list
    } sources[PICKER_ITEMS];
    struct camera_format formats[PICKER_ITEMS];
    struct camera_size sizes[PICKER_ITEMS];
    double rates[PICKER_ITEMS];
    char texts[PICKER_FIELDS][PICKER_NAME];
};

/** The camera that is open, if it is in the list; else NULL. */
const struct camera_entry *camera_picker_open(const struct camera_picker *picker);

/** The camera after this one, as picker_next() finds it; asks the nodes. */
const struct camera_entry *camera_picker_next(const struct camera_picker *picker,
                                              const struct picker_now *now);

/** Makes the fields, and `another`. */
void camera_picker_make(struct camera_picker *picker, const struct picker_now *now);

/** What the user wants who changed the field with this index; its value is the new one. */
struct camera_pick camera_picker_changed(struct camera_picker *picker, int field);
