#pragma once

/**
 * @file
 * Why a device cannot be had: which program holds it, or whose it is and which group may use it.
 *
 * Threads: any. Only called after a failure: looking through /proc takes milliseconds.
 */

#include <stddef.h>

/**
 * Names the program that has a device open, e.g. "obs (process 4312)", "another user's program" if
 * there are processes that may not be looked into, else "another program".
 *
 * @param proc   Where the processes are; NULL for /proc. This process itself is left out.
 * @param device Path of a device node.
 * @param text   Filled.
 */
void camera_holder(const char *proc, const char *device, char *text, size_t bytes);

/**
 * Says why a device may not be opened and what to do, to be put after its path, e.g. "may not be
 * opened by you (it is root:video's, mode 0660): run `sudo usermod -aG video $USER` and log in
 * again".
 *
 * @param text Filled.
 */
void camera_denial(const char *device, char *text, size_t bytes);
