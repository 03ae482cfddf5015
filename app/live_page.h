#pragma once

/**
 * @file
 * What is in the panel's place: the controls that tune the edges, or one of the pages.
 *
 * Threads: the main thread only.
 */

#include "app/actions.h"
#include "app/live_cameras.h"
#include "app/live_memory.h"

/** The pages that keep something. */
struct live_pages {
    struct live_cameras cameras;
    struct live_memory *memory;
};

/** What the user did there besides pressing a button; it has been done already. */
struct live_page_news {
    bool tuned;  ///< values changed
    bool picked; ///< another source or mode was asked for
};

/** Draws the page that the state names. Returns the action of a pressed button. */
enum action live_page_draw(struct session *session, struct live_state *state,
                           struct live_pages *pages, struct ui *ui, struct ui_rect area,
                           struct live_page_news *news);
