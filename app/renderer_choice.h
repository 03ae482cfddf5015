#pragma once

/**
 * @file
 * Who should draw the window: a GPU if there is one, else SDL's own software renderer, which costs
 * a tenth of the memory of a GL made of software.
 *
 * The question is asked in a short-lived child process (this program with RENDERER_PROBE_WORD) and
 * the answer is remembered in the state folder, until the machine or the display is another.
 */

#include "app/settings.h"

/** First word of the child's command line; not for users. */
#define RENDERER_PROBE_WORD "--probe-renderer"

/** Whether to use the software renderer. Main thread; takes up to three seconds the first time. */
bool renderer_choose_software(enum renderer_choice choice);
