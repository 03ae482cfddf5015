#pragma once

/**
 * @file
 * The part of fake_v4l2 that answers questions and agrees on a mode. Only fake_v4l2.c calls it.
 */

#include "tests/fakes/fake_v4l2.h"

/** Answers an ioctl; -ENOTTY if it is none of this part's. */
int fake_v4l2_offer(struct fake_v4l2 *fake, unsigned long request, void *argument);

/** Those that ask and set controls; -ENOTTY for others. */
int fake_v4l2_controls(struct fake_v4l2 *fake, unsigned long request, void *argument);

/** Whether there is an event of a control to be told. */
bool fake_v4l2_has_event(struct fake_v4l2 *fake);
