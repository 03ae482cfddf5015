#pragma once

/**
 * @file
 * The page of the memory experiments, in words and numbers.
 *
 * Threads: the main thread only.
 */

#include "app/lab_history.h"
#include "render/panel_lab.h"

enum { LAB_MEANING_BYTES = 512 };

/** What is said of one: its section, its caption, and how far it is. */
void lab_page_meaning(const struct lab_status *status, enum lab_experiment which, char *text);

/** What it draws. */
struct lab_page {
    const struct lab_status *status;
    const struct lab_history *history;
    struct memory_graph graph; ///< of the process
};

/**
 * Draws the page.
 *
 * @param chosen  The experiment whose curve and words are shown; changed by the user.
 * @param changed Set to the experiment that the user switched, LAB_EXPERIMENTS if there is none.
 * @return An action of app/keys.h, or 0.
 */
int lab_page_draw(const struct lab_page *page, struct ui *ui, struct ui_rect area,
                  enum lab_experiment *chosen, enum lab_experiment *changed);
