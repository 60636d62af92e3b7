/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_MAX 1024
#define TEXT_MAX ((size_t)1 << 20)

static bool complain(const char *what, const char *field)
{
    (void)fprintf(stderr, "ghmesh: %s: \"%.*s\"\n", what, (int)strcspn(field, "="), field);
    return false;
}

/* ---- files ---- */

bool fields_read_file(struct ghm_buf *buf, const char *name)
{
    bool is_input = strcmp(name, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;
    for (uint8_t *room; fd >= 0;) {
        if (ghm_buf_reserve(buf, &room, 65536) != GHM_OK) {
            errno = EFBIG;
            n = -1;
            break;
        }
        n = read(fd, room, 65536);
        if (n > 0) ghm_buf_commit(buf, (size_t)n);
        if (n == 0 || (n < 0 && errno != EINTR)) break;
    }
    if (n < 0) (void)fprintf(stderr, "ghmesh: %s: %s\n", name, strerror(errno));
    if (fd >= 0 && !is_input) (void)close(fd);
    return n == 0;
}

/* ---- placeholders ---- */

static bool is_repo(const char **ret_owner, size_t *ret_owner_len, const char **ret_name)
{
    const char *repo = getenv("GH_REPO");
    const char *slash = repo == NULL ? NULL : strrchr(repo, '/');
    if (slash == NULL || slash == repo || slash[1] == '\0') return false;
    const char *owner = slash;
    while (owner > repo && owner[-1] != '/')
        owner--; /* HOST/OWNER/REPO */
    *ret_owner = owner;
    *ret_owner_len = (size_t)(slash - owner);
    *ret_name = slash + 1;
    return *ret_owner_len > 0;
}

/* The placeholder at the start of a text; its length, or 0. */
static size_t find_placeholder(char *ret_kind, const char *text)
{
    static const struct {
        const char *text;
        char kind;
    } known[] = {{"{owner}", 'o'}, {"{repo}", 'r'}, {"{branch}", 'b'},
                 {":owner", 'o'},  {":repo", 'r'},  {":branch", 'b'}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t len = strlen(known[i].text);
        if (strncmp(text, known[i].text, len) != 0) continue;
        if (*text == ':' && (isalnum((unsigned char)text[len]) || text[len] == '_')) continue;
        *ret_kind = known[i].kind;
        return len;
    }
    return 0;
}

bool fields_fill(struct ghm_buf *ret_text, const char *text)
{
    const char *owner = NULL;
    const char *name = NULL;
    size_t owner_len = 0;
    char kind;
    int error = GHM_OK;
    while (*text != '\0' && error == GHM_OK) {
        size_t len = find_placeholder(&kind, text);
        if (len == 0) {
            error = ghm_buf_append(ret_text, ghm_bytes(text++, 1));
            continue;
        }
        if (kind == 'b' || !is_repo(&owner, &owner_len, &name)) {
            (void)fprintf(stderr, "ghmesh: %.*s is not known: %s\n", (int)len, text,
                          kind == 'b' ? "write the branch" : "set GH_REPO=OWNER/REPO");
            return false;
        }
        error = ghm_buf_append(ret_text,
                               kind == 'o' ? ghm_bytes(owner, owner_len) : ghm_bytes_text(name));
        text += len;
    }
    if (error == GHM_OK) error = ghm_buf_append(ret_text, ghm_bytes("", 1));
    if (error != GHM_OK) (void)fprintf(stderr, "ghmesh: %s\n", ghm_error_text(error));
    return error == GHM_OK;
}

/* ---- values ---- */

static json_t *text_of(struct ghm_bytes bytes)
{
    json_t *text = json_stringn((const char *)bytes.ptr, bytes.len);
    if (text == NULL) (void)fprintf(stderr, "ghmesh: a field's value is not UTF-8\n");
    return text;
}

static json_t *value_of_file(const char *name)
{
    struct ghm_buf buf;
    json_t *value = NULL;
    ghm_buf_init(&buf, NULL, FIELDS_FILE_MAX);
    if (fields_read_file(&buf, name)) value = text_of(ghm_buf_bytes(&buf));
    ghm_buf_fini(&buf);
    return value;
}

/* As Go's strconv.Atoi. */
static bool reads_as_integer(json_int_t *ret_number, const char *text)
{
    char *end;
    const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
    if (!isdigit((unsigned char)*digits)) return false;
    errno = 0;
    *ret_number = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static json_t *value_of(const char *text, bool is_typed)
{
    json_int_t number;
    struct ghm_buf buf;
    json_t *value = NULL;
    if (!is_typed) return text_of(ghm_bytes_text(text));
    if (*text == '@') return value_of_file(text + 1);
    if (reads_as_integer(&number, text)) return json_integer(number);
    if (strcmp(text, "true") == 0) return json_true();
    if (strcmp(text, "false") == 0) return json_false();
    if (strcmp(text, "null") == 0) return json_null();
    ghm_buf_init(&buf, NULL, TEXT_MAX);
    if (fields_fill(&buf, text))
        value = text_of(ghm_bytes_upto(ghm_buf_bytes(&buf), ghm_buf_len(&buf) - 1));
    ghm_buf_fini(&buf);
    return value;
}

/* ---- nesting ---- */

/* An object under a name, made where there is none; NULL: something else is there. */
static json_t *object_under(json_t *at, const char *name)
{
    json_t *there = json_object_get(at, name);
    if (there != NULL) return json_is_object(there) ? there : NULL;
    return json_object_set_new(at, name, json_object()) == 0 ? json_object_get(at, name) : NULL;
}

static json_t *array_under(json_t *at, const char *name)
{
    json_t *there = json_object_get(at, name);
    if (there != NULL) return json_is_array(there) ? there : NULL;
    return json_object_set_new(at, name, json_array()) == 0 ? json_object_get(at, name) : NULL;
}

/* "a[][x]=1 a[][y]=2" is one element; a key that it has already begins another. */
static json_t *element_under(json_t *at, const char *name, const char *key)
{
    json_t *array = array_under(at, name);
    if (array == NULL) return NULL;
    json_t *last = json_array_get(array, json_array_size(array) - 1);
    if (json_is_object(last) && json_object_get(last, key) == NULL) return last;
    json_t *fresh = json_object();
    return json_array_append_new(array, fresh) == 0 ? fresh : NULL;
}

/* Where a value goes: `name` in the object `at`, or the end of the array there. */
struct place {
    json_t *at;
    const char *name;
    bool is_array;
};

/* "a[b][]" cut into its parts, in the text itself. false: it is no key. */
static bool find_place(struct place *place, char *key)
{
    place->name = key;
    char *rest = key + strcspn(key, "[");
    while (place->at != NULL && *rest == '[') {
        *rest = '\0';
        char *part = rest + 1;
        char *end = strchr(part, ']');
        if (end == NULL) return false;
        *end = '\0';
        rest = end + 1;
        if (*rest != '\0' && *rest != '[') return false;
        if (*part == '\0') {
            place->is_array = true;
            continue;
        }
        place->at = place->is_array ? element_under(place->at, place->name, part)
                                    : object_under(place->at, place->name);
        place->is_array = false;
        place->name = part;
    }
    return place->at != NULL;
}

/* NULL: an array with nothing in it. */
static bool put(json_t *fields, char *key, json_t *take_value, const char *field)
{
    struct place place = {.at = fields};
    bool is_put = find_place(&place, key);
    if (is_put && place.is_array) {
        json_t *array = array_under(place.at, place.name);
        is_put = array != NULL;
        if (is_put && take_value != NULL) is_put = json_array_append(array, take_value) == 0;
    } else if (is_put) {
        json_t *there = json_object_get(place.at, place.name);
        is_put = !json_is_object(there) && !json_is_array(there) &&
                 json_object_set(place.at, place.name, take_value) == 0;
    }
    json_decref(take_value);
    return is_put || complain("this field does not fit those before it", field);
}

static bool add(json_t *fields, const char *field, bool is_typed)
{
    char key[KEY_MAX];
    size_t len = strcspn(field, "=");
    bool is_empty_array = field[len] == '\0' && len > 2 && strcmp(field + len - 2, "[]") == 0;
    if (len == 0 || len >= sizeof key || (field[len] == '\0' && !is_empty_array))
        return complain("a field must be KEY=VALUE", field);
    memcpy(key, field, len);
    key[len] = '\0';
    json_t *value = is_empty_array ? NULL : value_of(field + len + 1, is_typed);
    if (value == NULL && !is_empty_array) return false;
    return put(fields, key, value, field);
}

json_t *fields_read(const struct asking *asking)
{
    json_t *fields = json_object();
    for (size_t i = 0; fields != NULL && i < asking->fields_count; i++) {
        if (add(fields, asking->fields[i].text, asking->fields[i].is_typed)) continue;
        json_decref(fields);
        return NULL;
    }
    return fields;
}

static bool group(json_t **fields)
{
    const char *name;
    json_t *value;
    json_t *grouped = json_object();
    json_t *variables = json_object();
    json_object_foreach(*fields, name, value)
    {
        bool is_own = strcmp(name, "query") == 0 || strcmp(name, "operationName") == 0;
        if (json_object_set(is_own ? grouped : variables, name, value) != 0) return false;
    }
    if (json_object_size(variables) > 0)
        (void)json_object_set_new(grouped, "variables", variables);
    else
        json_decref(variables);
    json_decref(*fields);
    *fields = grouped;
    return grouped != NULL;
}

/* ---- as a query ---- */

/* As Go's url.QueryEscape. */
static int append_escaped(struct ghm_buf *buf, const char *text, size_t len)
{
    char escaped[4];
    int error = GHM_OK;
    for (size_t i = 0; i < len && error == GHM_OK; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (isalnum(byte) || strchr("-_.~", byte) != NULL)
            (void)snprintf(escaped, sizeof escaped, "%c", byte);
        else if (byte == ' ')
            (void)snprintf(escaped, sizeof escaped, "+");
        else
            (void)snprintf(escaped, sizeof escaped, "%%%02X", byte);
        error = ghm_buf_append_text(buf, escaped);
    }
    return error;
}

static int append_value(struct ghm_buf *buf, const json_t *value)
{
    char number[32];
    if (json_is_string(value))
        return append_escaped(buf, json_string_value(value), json_string_length(value));
    if (json_is_null(value)) return GHM_OK;
    if (json_is_boolean(value))
        return ghm_buf_append_text(buf, json_is_true(value) ? "true" : "false");
    if (!json_is_integer(value)) return GHM_EINVAL;
    (void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    return ghm_buf_append_text(buf, number);
}

static int append_pair(struct ghm_buf *buf, char *separator, const char *name, const char *tail,
                       const json_t *value)
{
    char mark[2] = {*separator, '\0'};
    *separator = '&';
    int error = ghm_buf_append_text(buf, mark);
    if (error == GHM_OK) error = append_escaped(buf, name, strlen(name));
    if (error == GHM_OK) error = append_escaped(buf, tail, strlen(tail));
    if (error == GHM_OK) error = ghm_buf_append_text(buf, "=");
    return error == GHM_OK ? append_value(buf, value) : error;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool fields_as_query(struct ghm_buf *path, const json_t *fields)
{
    const char *names[ASKING_FIELDS_MAX];
    size_t count = 0;
    int error = GHM_OK;
    struct ghm_bytes bytes = ghm_buf_bytes(path);
    bool has_query = bytes.len > 0 && memchr(bytes.ptr, '?', bytes.len) != NULL;
    char separator = has_query ? '&' : '?';
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)fields, name, value) names[count++] = name;
    qsort(names, count, sizeof names[0], compare);
    for (size_t i = 0; i < count && error == GHM_OK; i++) {
        value = json_object_get(fields, names[i]);
        if (!json_is_array(value)) error = append_pair(path, &separator, names[i], "", value);
        for (size_t j = 0; error == GHM_OK && j < json_array_size(value); j++)
            error = append_pair(path, &separator, names[i], "[]", json_array_get(value, j));
    }
    if (error != GHM_OK)
        (void)fprintf(stderr, "ghmesh: these fields cannot be a query: %s\n",
                      error == GHM_EINVAL ? "one is nested" : ghm_error_text(error));
    return error == GHM_OK;
}

bool fields_as_body(struct ghm_buf *body, json_t *fields, bool is_graphql)
{
    uint8_t *room;
    json_t *whole = json_incref(fields);
    if (is_graphql && !group(&whole)) return false;
    size_t len = json_dumpb(whole, NULL, 0, JSON_COMPACT | JSON_SORT_KEYS);
    ghm_buf_clear(body);
    bool is_there = len > 0 && ghm_buf_reserve(body, &room, len) == GHM_OK;
    if (is_there)
        ghm_buf_commit(body, json_dumpb(whole, (char *)room, len, JSON_COMPACT | JSON_SORT_KEYS));
    json_decref(whole);
    return is_there;
}
