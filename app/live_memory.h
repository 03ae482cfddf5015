#pragma once

/**
 * @file
 * Memory in the window: the page is kept up to date whether it is shown or not, what happens to the
 * session is marked in its graph, and its keys and buttons do what they say.
 *
 * Threads: the main thread only.
 */

#include "app/memory_page.h"
#include "app/notices.h"
#include "app/session.h"

struct live_memory;

/** The session and the notices must outlive it. Returns 0 or -ENOMEM. */
int live_memory_create(struct live_memory **out, struct session *session, struct notices *notices);

/** Looks around; to be called often. Returns whether there is something new to be drawn. */
bool live_memory_update(struct live_memory *memory);

/** Marks in the graph that something happened; see memory_history_mark(). */
void live_memory_mark(struct live_memory *memory, char letter, const char *kind, const char *text);

/** Takes a snapshot of the ledger, and says so. */
void live_memory_snapshot(struct live_memory *memory);

/** Compares with it, for the card and the log. Says so and returns false if there is none. */
bool live_memory_compare(struct live_memory *memory);

/** Draws the page. Returns the action of a pressed button. */
enum action live_memory_draw(struct live_memory *memory, struct ui *ui, struct ui_rect area);

/** Draws the page of the experiments, and switches them. As live_memory_draw(). */
enum action live_memory_draw_lab(struct live_memory *memory, struct ui *ui, struct ui_rect area);

/** Draws the card of differences. Returns the action of a pressed button. */
enum action live_memory_draw_differences(struct live_memory *memory, struct ui *ui);

/** Finishes what is being written and frees it. NULL in *memory is fine. */
void live_memory_destroy(struct live_memory **memory);
