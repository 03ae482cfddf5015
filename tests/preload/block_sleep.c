/**
 * @file
 * Preloaded into the program: a call on the capture thread that never returns, as a driver that
 * blocks an ioctl would make it. The scene waits for its beat in ppoll().
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    (void)fds, (void)count, (void)timeout, (void)mask;
    char name[16] = "";
    prctl(PR_GET_NAME, name);
    if (strcmp(name, "capture") == 0)
        if (write(STDOUT_FILENO, "blocked\n", 8) != 8)
            return -1;
    for (;;)
        pause();
}
