/* SPDX-License-Identifier: MIT */
#include "shape.h"

#include "io/clock.h"
#include "template/template.h"
#include "write.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH 80 /* where there is no terminal */

struct shape; /* is a struct template */

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

/* As gh decides it. Spec: gh help environment */
static bool is_colored(void)
{
    const char *plain = getenv("CLICOLOR"), *forced = getenv("CLICOLOR_FORCE");
    if (forced != NULL && *forced != '\0' && strcmp(forced, "0") != 0) return true;
    if (is_set("NO_COLOR") || (plain != NULL && strcmp(plain, "0") == 0)) return false;
    return isatty(STDOUT_FILENO) == 1;
}

static size_t width_of(int file)
{
    struct winsize size;
    return ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Of the terminal, even where standard output goes elsewhere. */
static size_t terminal_width(void)
{
    size_t width = isatty(STDOUT_FILENO) == 1 ? width_of(STDOUT_FILENO) : 0;
    int terminal = width == 0 ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
    if (terminal >= 0) {
        width = width_of(terminal);
        (void)close(terminal);
    }
    return width > 0 ? width : WIDTH;
}

static bool say(const struct template *template)
{
    (void)fprintf(stderr, "ghmesh: template: %s\n", template_problem(template));
    return false;
}

struct shape *shape_new(const char *text)
{
    const struct template_screen screen = {
        .now_s = ghm_clock_wall_ms() / 1000, .width = terminal_width(), .is_colored = is_colored()};
    struct template *template = template_new(ghm_bytes_text(text), &screen);
    if (template == NULL || template_problem(template)[0] == '\0') return (struct shape *)template;
    (void)say(template);
    template_free(template);
    return NULL;
}

void shape_free(struct shape *shape)
{
    template_free((struct template *)shape);
}

static bool show(struct template *template)
{
    struct ghm_bytes out = template_out(template);
    bool is_written = out.len == 0 || write_all((const char *)out.ptr, out.len);
    template_shown(template);
    return is_written;
}

bool shape_show(struct shape *shape, struct ghm_bytes json)
{
    struct template *template = (struct template *)shape;
    bool is_done = template_run(template, json);
    return show(template) && (is_done || say(template));
}

bool shape_end(struct shape *shape)
{
    struct template *template = (struct template *)shape;
    bool is_done = template_flush(template);
    return show(template) && (is_done || say(template));
}
