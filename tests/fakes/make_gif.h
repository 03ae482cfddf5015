#pragma once

/**
 * @file
 * Animated GIFs for tests, byte by byte: 4 x 4 pixels, four colours, and each frame of one colour.
 */

#include <stdio.h>

/** Begins a file; `colors` are four of them, red, green and blue each. */
void make_gif_head(FILE *file, const char colors[12]);

/** A frame of the colour with that number, shown for so many hundredths of a second. */
void make_gif_frame(FILE *file, int delay_cs, int color);
