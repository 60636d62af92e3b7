/* SPDX-License-Identifier: MIT */
#include "template/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* `count` digits at `at`; -1: they are none. */
static int digits(struct ghm_bytes text, size_t at, size_t count)
{
    int value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9') return -1;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

/* Days since 1970-01-01 of a date after Gregory's calendar. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool has_mark(struct ghm_bytes text, size_t at, const char *marks)
{
    return at < text.len && text.ptr[at] != 0 && strchr(marks, text.ptr[at]) != NULL;
}

static bool parse_date(int64_t *ret_days, struct ghm_bytes text)
{
    int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (!has_mark(text, 4, "-") || !has_mark(text, 7, "-") || !has_mark(text, 10, "T"))
        return false;
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return false;
    *ret_days = days_of(year, month, day);
    return true;
}

static bool parse_clock(int64_t *ret_s, struct ghm_bytes text)
{
    int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (!has_mark(text, 13, ":") || !has_mark(text, 16, ":")) return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    *ret_s = hour * 3600 + minute * 60 + second;
    return true;
}

/* ".123", which goes away. */
static bool parse_fraction(int *ret_nanoseconds, struct ghm_bytes *rest)
{
    int unit = 100000000;
    *ret_nanoseconds = 0;
    if (!has_mark(*rest, 0, ".,")) return true;
    size_t i = 1;
    for (; digits(*rest, i, 1) >= 0; i++) {
        *ret_nanoseconds += digits(*rest, i, 1) * unit;
        unit /= 10;
    }
    *rest = ghm_bytes_from(*rest, i);
    return i > 1;
}

static bool parse_zone(int *ret_offset_s, struct ghm_bytes rest)
{
    *ret_offset_s = 0;
    if (rest.len == 1 && rest.ptr[0] == 'Z') return true;
    int hour = digits(rest, 1, 2), minute = digits(rest, 4, 2);
    if (rest.len != 6 || !has_mark(rest, 0, "+-") || !has_mark(rest, 3, ":")) return false;
    if (hour < 0 || hour > 24 || minute < 0 || minute > 60) return false;
    *ret_offset_s = (hour * 3600 + minute * 60) * (rest.ptr[0] == '-' ? -1 : 1);
    return true;
}

bool moment_parse(struct moment *ret_moment, struct ghm_bytes text)
{
    int64_t days, clock_s;
    if (text.len < 20 || !parse_date(&days, text) || !parse_clock(&clock_s, text)) return false;
    struct ghm_bytes rest = ghm_bytes_from(text, 19);
    if (!parse_fraction(&ret_moment->nanoseconds, &rest)) return false;
    if (!parse_zone(&ret_moment->offset_s, rest)) return false;
    ret_moment->unix_s = days * 86400 + clock_s - ret_moment->offset_s;
    return true;
}

/* ---- showing ---- */

struct parts {
    int year, month, day, hour, minute, second;
    int weekday; /* 0: Sunday */
    int yearday; /* 1: the first */
};

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static struct parts parts_of(const struct moment *moment)
{
    int64_t local_s = moment->unix_s + moment->offset_s;
    int64_t days = floor_div(local_s, 86400);
    int second = (int)(local_s - days * 86400);
    int year = (int)(1970 + floor_div(days, 366));
    while (days_of(year + 1, 1, 1) <= days)
        year++;
    struct parts parts = {.year = year, .month = 1};
    while (parts.month < 12 && days_of(year, parts.month + 1, 1) <= days)
        parts.month++;
    parts.day = (int)(days - days_of(year, parts.month, 1)) + 1;
    parts.yearday = (int)(days - days_of(year, 1, 1)) + 1;
    parts.weekday = (int)(((days + 4) % 7 + 7) % 7);
    parts.hour = second / 3600;
    parts.minute = second / 60 % 60;
    parts.second = second % 60;
    return parts;
}

enum element {
    E_LONG_MONTH,
    E_MONTH,
    E_LONG_WEEKDAY,
    E_WEEKDAY,
    E_YEAR_DAY_SPACE,
    E_YEAR_DAY,
    E_LONG_YEAR,
    E_YEAR,
    E_ZERO_MONTH,
    E_ZERO_DAY,
    E_ZERO_HOUR_12,
    E_ZERO_MINUTE,
    E_ZERO_SECOND,
    E_HOUR,
    E_NUMBER_MONTH,
    E_SPACE_DAY,
    E_DAY,
    E_HOUR_12,
    E_MINUTE,
    E_SECOND,
    E_UPPER_PM,
    E_LOWER_PM,
    E_ZONE_NAME,
    E_Z_COLON_SECONDS,
    E_Z_COLON,
    E_Z_SECONDS,
    E_Z,
    E_Z_SHORT,
    E_COLON_SECONDS,
    E_COLON,
    E_SECONDS,
    E_PLAIN,
    E_SHORT,
    E_COUNT
};

/* In the order in which they are looked for: what another begins with comes after it. */
static const char *const elements[E_COUNT] = {
    [E_LONG_MONTH] = "January",
    [E_MONTH] = "Jan",
    [E_LONG_WEEKDAY] = "Monday",
    [E_WEEKDAY] = "Mon",
    [E_YEAR_DAY_SPACE] = "__2",
    [E_YEAR_DAY] = "002",
    [E_LONG_YEAR] = "2006",
    [E_YEAR] = "06",
    [E_ZERO_MONTH] = "01",
    [E_ZERO_DAY] = "02",
    [E_ZERO_HOUR_12] = "03",
    [E_ZERO_MINUTE] = "04",
    [E_ZERO_SECOND] = "05",
    [E_HOUR] = "15",
    [E_NUMBER_MONTH] = "1",
    [E_SPACE_DAY] = "_2",
    [E_DAY] = "2",
    [E_HOUR_12] = "3",
    [E_MINUTE] = "4",
    [E_SECOND] = "5",
    [E_UPPER_PM] = "PM",
    [E_LOWER_PM] = "pm",
    [E_ZONE_NAME] = "MST",
    [E_Z_COLON_SECONDS] = "Z07:00:00",
    [E_Z_COLON] = "Z07:00",
    [E_Z_SECONDS] = "Z070000",
    [E_Z] = "Z0700",
    [E_Z_SHORT] = "Z07",
    [E_COLON_SECONDS] = "-07:00:00",
    [E_COLON] = "-07:00",
    [E_SECONDS] = "-070000",
    [E_PLAIN] = "-0700",
    [E_SHORT] = "-07",
};

static bool is_letter_after(struct ghm_bytes layout, size_t at)
{
    return at < layout.len && layout.ptr[at] >= 'a' && layout.ptr[at] <= 'z';
}

/* Which element the layout starts with; E_COUNT: none. */
static int element_at(struct ghm_bytes layout)
{
    for (int i = 0; i < E_COUNT; i++) {
        if (!ghm_bytes_starts(layout, ghm_bytes_text(elements[i]))) continue;
        if ((i == E_MONTH || i == E_WEEKDAY) && is_letter_after(layout, 3)) continue;
        /* "_2006" is "_" and a year */
        if (i == E_SPACE_DAY && ghm_bytes_starts(layout, ghm_bytes_text("_2006"))) return E_COUNT;
        return i;
    }
    return E_COUNT;
}

static void format_zone(char *room, size_t size, const struct moment *moment, int which)
{
    bool is_z = which >= E_Z_COLON_SECONDS && which <= E_Z_SHORT;
    int seconds = abs(moment->offset_s);
    char sign = moment->offset_s < 0 ? '-' : '+';
    int shape = which - (is_z ? E_Z_COLON_SECONDS : E_COLON_SECONDS); /* of five */
    if (is_z && seconds == 0)
        (void)snprintf(room, size, "Z");
    else if (shape == 0)
        (void)snprintf(room, size, "%c%02d:%02d:%02d", sign, seconds / 3600, seconds / 60 % 60,
                       seconds % 60);
    else if (shape == 1)
        (void)snprintf(room, size, "%c%02d:%02d", sign, seconds / 3600, seconds / 60 % 60);
    else if (shape == 2)
        (void)snprintf(room, size, "%c%02d%02d%02d", sign, seconds / 3600, seconds / 60 % 60,
                       seconds % 60);
    else if (shape == 3)
        (void)snprintf(room, size, "%c%02d%02d", sign, seconds / 3600, seconds / 60 % 60);
    else
        (void)snprintf(room, size, "%c%02d", sign, seconds / 3600);
}

static void format_zone_name(char *room, size_t size, const struct moment *moment)
{
    int minutes = abs(moment->offset_s) / 60;
    char sign = moment->offset_s < 0 ? '-' : '+';
    if (moment->offset_s == 0)
        (void)snprintf(room, size, "UTC");
    else if (minutes % 60 != 0)
        (void)snprintf(room, size, "%c%02d%02d", sign, minutes / 60, minutes % 60);
    else
        (void)snprintf(room, size, "%c%02d", sign, minutes / 60);
}

/* Those that are a number: its width, 0 in front or space. */
static bool format_number(char *room, size_t size, const struct parts *p, int which)
{
    int hour = p->hour % 12 == 0 ? 12 : p->hour % 12;
    const struct {
        const char *format;
        int value;
    } numbers[E_COUNT] = {
        [E_YEAR_DAY_SPACE] = {"%3d", p->yearday},
        [E_YEAR_DAY] = {"%03d", p->yearday},
        [E_LONG_YEAR] = {"%04d", p->year},
        [E_YEAR] = {"%02d", abs(p->year) % 100},
        [E_ZERO_MONTH] = {"%02d", p->month},
        [E_ZERO_DAY] = {"%02d", p->day},
        [E_ZERO_HOUR_12] = {"%02d", hour},
        [E_ZERO_MINUTE] = {"%02d", p->minute},
        [E_ZERO_SECOND] = {"%02d", p->second},
        [E_HOUR] = {"%02d", p->hour},
        [E_NUMBER_MONTH] = {"%d", p->month},
        [E_SPACE_DAY] = {"%2d", p->day},
        [E_DAY] = {"%d", p->day},
        [E_HOUR_12] = {"%d", hour},
        [E_MINUTE] = {"%d", p->minute},
        [E_SECOND] = {"%d", p->second},
    };
    if (numbers[which].format == NULL) return false;
    int width = numbers[which].format[1] == 'd'
                    ? 1
                    : numbers[which].format[strlen(numbers[which].format) - 2] - '0';
    if (numbers[which].format[1] == '0')
        (void)snprintf(room, size, "%0*d", width, numbers[which].value);
    else
        (void)snprintf(room, size, "%*d", width, numbers[which].value);
    return true;
}

static int append_element(struct ghm_buf *buf, const struct moment *moment, const struct parts *p,
                          int which)
{
    char room[64];
    if (format_number(room, sizeof room, p, which)) return ghm_buf_append_text(buf, room);
    if (which == E_LONG_MONTH) return ghm_buf_append_text(buf, months[p->month - 1]);
    if (which == E_MONTH) return ghm_buf_append(buf, ghm_bytes(months[p->month - 1], 3));
    if (which == E_LONG_WEEKDAY) return ghm_buf_append_text(buf, weekdays[p->weekday]);
    if (which == E_WEEKDAY) return ghm_buf_append(buf, ghm_bytes(weekdays[p->weekday], 3));
    if (which == E_UPPER_PM) return ghm_buf_append_text(buf, p->hour >= 12 ? "PM" : "AM");
    if (which == E_LOWER_PM) return ghm_buf_append_text(buf, p->hour >= 12 ? "pm" : "am");
    if (which == E_ZONE_NAME)
        format_zone_name(room, sizeof room, moment);
    else
        format_zone(room, sizeof room, moment, which);
    return ghm_buf_append_text(buf, room);
}

/* ".000" or ",999": its length; 0: it is none. */
static size_t fraction_len(struct ghm_bytes layout)
{
    size_t len = 1;
    if (layout.len < 2 || !has_mark(layout, 0, ".,") || !has_mark(layout, 1, "09")) return 0;
    while (len < layout.len && layout.ptr[len] == layout.ptr[1])
        len++;
    return digits(layout, len, 1) >= 0 ? 0 : len;
}

static int append_fraction(struct ghm_buf *buf, const struct moment *moment,
                           struct ghm_bytes layout)
{
    char room[16];
    (void)snprintf(room, sizeof room, "%c%09d", layout.ptr[0], moment->nanoseconds);
    size_t len = layout.len < 10 ? layout.len : 10;
    while (layout.ptr[1] == '9' && len > 0 && (room[len - 1] == '0' || len == 1))
        len--;
    return ghm_buf_append(buf, ghm_bytes(room, len));
}

int moment_append(struct ghm_buf *buf, const struct moment *moment, struct ghm_bytes layout)
{
    struct parts parts = parts_of(moment);
    int error = GHM_OK;
    while (error == GHM_OK && layout.len > 0) {
        int which = element_at(layout);
        size_t len = fraction_len(layout);
        if (which != E_COUNT) {
            len = strlen(elements[which]);
            error = append_element(buf, moment, &parts, which);
        } else if (len > 0) {
            error = append_fraction(buf, moment, ghm_bytes_upto(layout, len));
        } else {
            len = 1;
            error = ghm_buf_append(buf, ghm_bytes_upto(layout, len));
        }
        layout = ghm_bytes_from(layout, len);
    }
    return error;
}

int moment_append_ago(struct ghm_buf *buf, const struct moment *moment, int64_t now_s)
{
    static const struct {
        int64_t below_s, unit_s;
        const char *name;
    } units[] = {{3600, 60, "minute"},
                 {86400, 3600, "hour"},
                 {2592000, 86400, "day"},
                 {31536000, 2592000, "month"},
                 {INT64_MAX, 31536000, "year"}};
    char room[64];
    int64_t ago_s = now_s - moment->unix_s;
    size_t i = 0;
    if (ago_s < 60) return ghm_buf_append_text(buf, "just now");
    if (ago_s > 9223372036) ago_s = 9223372036; /* as far as Go's durations go */
    while (ago_s >= units[i].below_s)
        i++;
    int64_t count = ago_s / units[i].unit_s;
    (void)snprintf(room, sizeof room, "%lld %s%s ago", (long long)count, units[i].name,
                   count == 1 ? "" : "s");
    return ghm_buf_append_text(buf, room);
}
