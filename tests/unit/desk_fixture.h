#pragma once

/**
 * @file
 * A desk of a camera's controls with files to remember them in. Two nodes of a folder of our own,
 * video0 and video1, are a scripted device each time, which says that it is another.
 */

#include "app/camera_desk.h"
#include "app/camera_settings.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MODE = 10, TIME, GAIN, SLOW };

static const struct v4l2_query_ext_ctrl offered[] = {
    {.id = MODE, .type = V4L2_CTRL_TYPE_MENU, .name = "Mode", .maximum = 4, .default_value = 2},
    {.id = TIME,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Time",
     .maximum = 1000,
     .step = 10,
     .default_value = 100},
    {.id = GAIN,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Gain",
     .minimum = -64,
     .maximum = 64,
     .step = 1},
    {.id = SLOW, .type = V4L2_CTRL_TYPE_BOOLEAN, .name = "Slow", .maximum = 1, .step = 1},
};

struct bench {
    struct fake_v4l2 fake;
    char folder[64], cameras[96], node[2][96];
    struct camera_desk_config config;
    struct camera_desk *desk;
    struct camera_controls seen;
    unsigned generation, opening;
    FILE *out;
    char *text;
    size_t text_bytes;
    atomic_int complaints;
};

static atomic_int given_back;

static inline void on_said(void *self, const char *text)
{
    (void)text;
    atomic_fetch_add(&((struct bench *)self)->complaints, 1);
}

static inline void on_give_back(const char *node, uint32_t id, int64_t value)
{
    bool right = strstr(node, "/video0") && id == SLOW && value == 1;
    atomic_fetch_add(&given_back, right ? 1 : 100);
}

static inline int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    const struct fake_node nodes[] = {{.ending = "video0", .card = "Front"},
                                      {.ending = "video1", .card = "Back"}};
    fake_v4l2_init(&b->fake);
    memcpy(b->fake.controls, offered, sizeof offered);
    memcpy(b->fake.nodes, nodes, sizeof nodes);
    strcpy(b->folder, "/tmp/cannyscope-test-XXXXXX");
    if (!mkdtemp(b->folder))
        return -1;
    snprintf(b->cameras, sizeof b->cameras, "%s/cameras", b->folder);
    for (int i = 0; i < 2; i++) {
        snprintf(b->node[i], sizeof b->node[i], "%s/video%d", b->folder, i);
        close(open(b->node[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    b->out = open_memstream(&b->text, &b->text_bytes);
    b->config = (struct camera_desk_config){.io = &b->fake.io,
                                            .wishes = "",
                                            .folder = b->cameras,
                                            .nodes = b->folder,
                                            .said = on_said,
                                            .give_back = on_give_back,
                                            .self = b};
    atomic_store(&given_back, 0);
    struct log_config log = {.stream = b->out, .level = LOG_LEVEL_DEBUG};
    *state = b;
    return log_open(&b->config.log, &log);
}

static inline void stop(struct bench *b)
{
    camera_desk_destroy(&b->desk);
    fflush(b->out);
}

static inline int tear_down(void **state)
{
    struct bench *b = *state;
    char command[96];
    stop(b);
    log_close(&b->config.log);
    camera_controls_free(&b->seen);
    bool clean = fake_v4l2_is_clean(&b->fake) && memory_sum_of(MEMORY_OWNERS).live_bytes == 0;
    fclose(b->out);
    free(b->text);
    snprintf(command, sizeof command, "rm -r %s", b->folder);
    free(b);
    return system(command) == 0 && clean ? 0 : -1;
}

static inline const struct camera_control *look(struct bench *b, uint32_t id)
{
    camera_desk_look(b->desk, &b->seen, &b->generation);
    for (int i = 0; i < b->seen.control_count; i++)
        if (b->seen.controls[i].id == id)
            return &b->seen.controls[i];
    return NULL;
}

static inline bool is_at(struct bench *b, uint32_t id, int64_t value)
{
    return fake_v4l2_control_value(&b->fake, id) == value;
}

static inline void follow(struct bench *b, int node)
{
    camera_desk_follow(b->desk, NULL, b->opening);
    WAIT_UNTIL(!look(b, GAIN));
    camera_desk_follow(b->desk, b->node[node], ++b->opening);
    WAIT_UNTIL(look(b, GAIN));
}

static inline void start(struct bench *b)
{
    assert_int_equal(camera_desk_create(&b->desk, &b->config), 0);
    camera_controls_free(&b->seen);
    b->generation = 0;
    follow(b, 0);
}

static inline const char *file_of(const struct bench *b, const char *card)
{
    static char path[512];
    char name[256];
    struct camera_identity identity = {.bus_info = "platform:fake"};
    snprintf(identity.card, sizeof identity.card, "%s", card);
    camera_settings_name(&identity, name);
    snprintf(path, sizeof path, "%s/%s.json", b->cameras, name);
    return path;
}

/** The file's text with all blanks left out; "" if there is none. */
static inline const char *text_of(const struct bench *b, const char *card)
{
    static char text[4096];
    size_t used = 0;
    FILE *stream = fopen(file_of(b, card), "r");
    for (int c; stream && (c = fgetc(stream)) != EOF;)
        if (c > ' ')
            text[used++] = (char)c;
    if (stream)
        fclose(stream);
    text[used] = '\0';
    return text;
}

static inline void write_file(const struct bench *b, const char *card, const char *text)
{
    mkdir(b->cameras, 0700);
    FILE *stream = fopen(file_of(b, card), "w");
    assert_non_null(stream);
    fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
}

static inline int count_of(const struct bench *b, const char *text)
{
    int count = 0;
    for (const char *at = b->text; (at = strstr(at, text)); at++)
        count++;
    return count;
}
