#include "app/process_memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

int64_t process_memory_resident(void)
{
    char text[128] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0)
        return 0;
    // The second number: resident pages.
    char *rest;
    strtoll(text, &rest, 10);
    return strtoll(rest, NULL, 10) * sysconf(_SC_PAGESIZE);
}

struct process_memory process_memory_now(void)
{
    struct mallinfo2 heap = mallinfo2();
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    struct process_memory memory = {
        .rss_bytes = process_memory_resident(),
        .peak_rss_bytes = usage.ru_maxrss * INT64_C(1024),
        .heap_bytes = (int64_t)(heap.uordblks + heap.hblkhd),
        .heap_free_bytes = (int64_t)heap.fordblks,
    };
    if (memory.peak_rss_bytes < memory.rss_bytes)
        memory.peak_rss_bytes = memory.rss_bytes; // the kernel's own figure lags a little
    return memory;
}

/** The number of a line like "Pss:  1234 kB", in bytes; -1 without the file or the line. */
static int64_t read_kilobytes(const char *path, const char *format)
{
    char line[128];
    long long kilobytes = -1;
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    while (fgets(line, sizeof line, file) && sscanf(line, format, &kilobytes) != 1) {
    }
    fclose(file);
    return kilobytes < 0 ? -1 : kilobytes * 1024;
}

int64_t process_memory_proportional(void)
{
    return read_kilobytes("/proc/self/smaps_rollup", "Pss: %lld");
}

int64_t process_memory_available(void)
{
    int64_t bytes = read_kilobytes("/proc/meminfo", "MemAvailable: %lld");
    return bytes < 0 ? 0 : bytes;
}

void process_memory_return_blocks(int bytes)
{
    mallopt(M_MMAP_THRESHOLD, bytes);
}

void process_memory_give_back(void)
{
    malloc_trim(0);
}
