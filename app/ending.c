#include "app/ending.h"

#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** What ending_begin() and ending_destroy() nudge the watching thread with. */
enum { NUDGE = SIGUSR1 };

enum {
    SAVING_MS = 10000, ///< after which what is not saved will not be
    LOOK_MS = 20,      ///< between looks whether it is
};

struct ending {
    // Set by ending_create().
    int patience_ms;
    sigset_t signals;
    pthread_t thread;
    bool started;

    // Any thread.
    atomic_int signal;
    atomic_int status; ///< to exit with; -1 before ending_begin()
    atomic_bool destroyed;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    void (*asked)(void *self); ///< NULL while nobody listens
    void *self;
    bool (*saved)(void *self); ///< NULL if there is nothing to be saved
    void *saver;

    // Watching thread only.
    int64_t deadline_ns; ///< 0 before ending_begin()
    int64_t saving_ns;   ///< when it began to wait for what is to be saved; 0 before
    bool graced;         ///< the patience was granted once more
};

int ending_signal(const struct ending *ending)
{
    return atomic_load(&ending->signal);
}

/** Whether what is to be saved is. Puts the deadline off while it is not. */
static bool is_saved(struct ending *ending)
{
    pthread_mutex_lock(&ending->lock);
    bool saved = !ending->saved || ending->saved(ending->saver);
    pthread_mutex_unlock(&ending->lock);
    int64_t now = clock_now_ns();
    bool waited = ending->saving_ns != 0;
    if (!saved && waited && now - ending->saving_ns > SAVING_MS * NS_PER_MS)
        return true;
    if (!saved) {
        ending->saving_ns = waited ? ending->saving_ns : now;
        ending->deadline_ns = now + LOOK_MS * NS_PER_MS;
    } else if (waited && !ending->graced) {
        // Only now can the main thread go on.
        ending->graced = true;
        ending->deadline_ns = now + ending->patience_ms * NS_PER_MS;
        return false;
    }
    return saved;
}

static void exit_now(const struct ending *ending)
{
    static const char message[] = "cannyscope: a device or the display does not answer; "
                                  "ending without it\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    int signal = ending_signal(ending);
    _exit(signal ? 128 + signal : atomic_load(&ending->status));
}

/** Waits for a signal; 0 when the deadline passes first. */
static int next_signal(struct ending *ending)
{
    if (!ending->deadline_ns)
        return sigwaitinfo(&ending->signals, NULL);
    int64_t left_ns = ending->deadline_ns - clock_now_ns();
    if (left_ns <= 0)
        return 0;
    struct timespec left = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
    int signal = sigtimedwait(&ending->signals, NULL, &left);
    return signal < 0 && errno == EAGAIN ? 0 : signal;
}

static void take_request(struct ending *ending, int signal)
{
    int first = 0;
    bool again = !atomic_compare_exchange_strong(&ending->signal, &first, signal);
    if (again && signal == SIGINT)
        _exit(128 + SIGINT);
    pthread_mutex_lock(&ending->lock);
    if (!again && ending->asked)
        ending->asked(ending->self);
    pthread_mutex_unlock(&ending->lock);
}

static void *watch(void *self)
{
    struct ending *ending = self;
    while (!atomic_load(&ending->destroyed)) {
        int signal = next_signal(ending);
        if (signal == 0 && !atomic_load(&ending->destroyed) && is_saved(ending))
            exit_now(ending);
        if (signal > 0 && signal != NUDGE)
            take_request(ending, signal);
        // A main thread that is stuck never calls ending_begin(), so a signal begins the end too.
        bool begun = atomic_load(&ending->status) >= 0 || ending_signal(ending);
        if (begun && !ending->deadline_ns)
            ending->deadline_ns = clock_now_ns() + ending->patience_ms * NS_PER_MS;
    }
    return NULL;
}

/** Whether the signal is to be taken: nohup starts programs with SIGHUP ignored. */
static bool is_wanted(int signal)
{
    struct sigaction now;
    return signal != SIGHUP || sigaction(signal, NULL, &now) < 0 || now.sa_handler != SIG_IGN;
}

int ending_create(struct ending **out, int patience_ms)
{
    *out = NULL;
    struct ending *ending = memory_alloc(MEMORY_OTHER, sizeof *ending);
    if (!ending)
        return -ENOMEM;
    ending->patience_ms = patience_ms;
    lock_make(&ending->lock);
    atomic_store(&ending->status, -1);
    sigemptyset(&ending->signals);
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, NUDGE};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (is_wanted(signals[i]))
            sigaddset(&ending->signals, signals[i]);
    pthread_sigmask(SIG_BLOCK, &ending->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    int ret = -pthread_create(&ending->thread, NULL, watch, ending);
    ending->started = ret == 0;
    if (ret < 0)
        ending_destroy(&ending);
    else
        pthread_setname_np(ending->thread, "ending");
    *out = ending;
    return ret;
}

void ending_listen(struct ending *ending, void (*asked)(void *self), void *self)
{
    pthread_mutex_lock(&ending->lock);
    ending->asked = asked;
    ending->self = self;
    pthread_mutex_unlock(&ending->lock);
}

void ending_guard(struct ending *ending, bool (*saved)(void *self), void *self)
{
    pthread_mutex_lock(&ending->lock);
    ending->saved = saved;
    ending->saver = self;
    pthread_mutex_unlock(&ending->lock);
}

void ending_begin(struct ending *ending, int status)
{
    atomic_store(&ending->status, status);
    pthread_kill(ending->thread, NUDGE);
}

void ending_destroy(struct ending **ending)
{
    if (!*ending)
        return;
    atomic_store(&(*ending)->destroyed, true);
    if ((*ending)->started) {
        pthread_kill((*ending)->thread, NUDGE);
        pthread_join((*ending)->thread, NULL);
    }
    pthread_mutex_destroy(&(*ending)->lock);
    memory_free(*ending);
    *ending = NULL;
}
