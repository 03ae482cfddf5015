#include "app/mailbox.h"

#include "app/locks.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>

struct mailbox {
    // Set by mailbox_create().
    struct doorbell *reader;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct loan newest;
    bool full, shut;
    unsigned skipped;
};

int mailbox_create(struct mailbox **out, struct doorbell *reader)
{
    struct mailbox *box = memory_alloc(MEMORY_OTHER, sizeof *box);
    *out = box;
    if (!box)
        return -ENOMEM;
    box->reader = reader;
    lock_make(&box->lock);
    return 0;
}

/** What has to be given back is given back outside the lock: it wakes another thread. */
static bool post(void *self, const struct loan *loan)
{
    struct mailbox *box = self;
    pthread_mutex_lock(&box->lock);
    bool open = !box->shut, replaced = open && box->full;
    struct loan old = box->newest;
    if (open) {
        box->newest = *loan;
        box->full = true;
        box->skipped += replaced;
    }
    pthread_mutex_unlock(&box->lock);
    if (replaced)
        source_release(&old);
    if (!open)
        source_release(loan);
    else
        doorbell_ring(box->reader);
    return open;
}

static bool peek(void *self, int *width, int *height)
{
    struct mailbox *box = self;
    pthread_mutex_lock(&box->lock);
    bool full = box->full;
    *width = box->newest.frame.width;
    *height = box->newest.frame.height;
    pthread_mutex_unlock(&box->lock);
    return full;
}

static bool take(void *self, struct loan *loan)
{
    struct mailbox *box = self;
    pthread_mutex_lock(&box->lock);
    bool full = box->full;
    if (full)
        *loan = box->newest;
    box->full = false;
    pthread_mutex_unlock(&box->lock);
    return full;
}

static void let_go(void *self)
{
    struct mailbox *box = self;
    pthread_mutex_lock(&box->lock);
    bool full = box->full;
    struct loan loan = box->newest;
    box->full = false;
    box->skipped += full;
    pthread_mutex_unlock(&box->lock);
    if (full)
        source_release(&loan);
}

static void shut(void *self)
{
    struct mailbox *box = self;
    pthread_mutex_lock(&box->lock);
    box->shut = true;
    pthread_mutex_unlock(&box->lock);
    let_go(box);
}

static unsigned skipped(void *self)
{
    struct mailbox *box = self;
    pthread_mutex_lock(&box->lock);
    unsigned count = box->skipped;
    pthread_mutex_unlock(&box->lock);
    return count;
}

struct channel mailbox_channel(struct mailbox *mailbox)
{
    return (struct channel){post, peek, take, let_go, shut, skipped, mailbox};
}

void mailbox_destroy(struct mailbox **mailbox)
{
    if (!*mailbox)
        return;
    shut(*mailbox);
    pthread_mutex_destroy(&(*mailbox)->lock);
    memory_free(*mailbox);
    *mailbox = NULL;
}
