#pragma once

/**
 * @file
 * A control is given back to a camera that does not answer in time, by a child process: the program
 * ends, the child waits for the camera.
 *
 * Threads: any.
 */

#include <stdint.h>

/** As the first argument, it makes the program such a child. */
#define GIVE_BACK_WORD "give-back-a-control"

/** Arguments of the child, the program's name included. */
enum { GIVE_BACK_WORDS = 5 };

/**
 * Starts the child, which sets a switch of the camera and ends; nobody waits for it. It holds on to
 * nothing of this process: no terminal, no pipe, no device.
 */
void give_back_start(const char *node, uint32_t id, int64_t value);

/** The child's whole work. Returns its exit status. */
int give_back_run(char **arguments);
