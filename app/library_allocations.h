#pragma once

/**
 * @file
 * How often the libraries ask malloc for memory: SDL, Xlib, libjpeg, FFmpeg, and the C library for
 * itself. What our own code asks for is in the ledger (processing/memory.h).
 *
 * Threads: any; nothing takes a lock.
 */

#include <stdint.h>

/**
 * Requests of the libraries since the process began: malloc, calloc, realloc and their relatives.
 *
 * @return Less than 0 if they are not counted: in a build with a sanitizer, and under valgrind,
 *         which both put a malloc of their own in the place of ours.
 */
int64_t library_allocations(void);
