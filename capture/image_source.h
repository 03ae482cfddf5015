#pragma once

/**
 * @file
 * JPEG, PNG and BMP files as a source of frames; see capture/still.h for how they are played.
 */

#include "capture/source.h"

/** source_config.location is the file. */
extern const struct source_kind image_source_kind;
