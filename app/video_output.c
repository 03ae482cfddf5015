#include "app/video_output.h"

#include "app/paths.h"
#include "render/image_writer.h"

#include <errno.h>
#include <stdio.h>

static void say(const struct video_output *output, const char *text)
{
    if (text[0] && output->config.say)
        output->config.say(output->config.self, text);
}

static void tell_what_differs(const struct video_output *output, const struct plane *edges)
{
    char text[160];
    struct video_report report;
    output->config.writing->report(output->writer, &report);
    say(output, report.note);
    if (!report.padded)
        return;
    snprintf(text, sizeof text,
             "The frames are %d x %d; the video is %d x %d, because its sides must be even: the "
             "last column or row is there twice",
             edges->width, edges->height, report.width, report.height);
    say(output, text);
}

static int begin(struct video_output *output, const struct plane *edges, struct error *err)
{
    const struct video_output_config *config = &output->config;
    struct video_config asked = {
        .path = config->path,
        .width = edges->width,
        .height = edges->height,
        .fps = config->fps,
        .codec = config->codec,
        .pixels = VIDEO_EDGES,
        .audio_path = config->input,
        .start_ns = config->start_ns,
        .duration_ns = config->duration_ns,
    };
    int ret = config->writing->open(&output->writer, &asked, NULL, err);
    if (ret == 0)
        tell_what_differs(output, edges);
    return ret;
}

static int write_video(struct video_output *output, const struct plane *edges, int64_t time_ns,
                       struct error *err)
{
    struct video_picture picture = {edges->data, edges->width, edges->height, edges->stride};
    int ret = output->writer ? 0 : begin(output, edges, err);
    if (ret == 0)
        ret = output->config.writing->put(output->writer, &picture, time_ns, err);
    output->lost = ret < 0;
    return ret;
}

static int write_picture(struct video_output *output, const struct plane *edges, struct error *err)
{
    struct path path;
    const char *folder = output->config.folder;
    if (path_set(&path, "%s/frame-%06lld.png", folder, (long long)output->pictures + 1) < 0)
        return error_set(err, -ENAMETOOLONG, "The name '%s' is too long", folder);
    return image_write_edges(path.text, edges, NULL, err);
}

int video_output_put(void *self, const struct plane *edges, int64_t time_ns, struct error *err)
{
    struct video_output *output = self;
    int ret = 0;
    if (output->config.path[0])
        ret = write_video(output, edges, time_ns, err);
    if (ret == 0 && output->config.folder[0])
        ret = write_picture(output, edges, err);
    output->pictures += ret == 0;
    return ret;
}

int video_output_finish(struct video_output *output, bool to_end, struct video_report *report,
                        struct error *err)
{
    *report = (struct video_report){.pictures = 0};
    if (output->writer)
        return output->config.writing->finish(&output->writer, to_end, report, err);
    return output->pictures > 0 ? 0
                                : error_set(err, -ENODATA, "There is no frame in '%s' to be done",
                                            output->config.input);
}

void video_output_close(struct video_output *output)
{
    output->config.writing->abort(&output->writer);
}
