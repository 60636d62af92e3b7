# SPDX-License-Identifier: MIT
"""Each rule of tool/tidy goes red on what it forbids, and stays silent on what looks like it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import subprocess
import tempfile
import unittest
from functools import cache
from pathlib import Path

PLACE = Path(__file__).resolve().parents[2] / "tool" / "tidy"


def load() -> object:
    loader = importlib.machinery.SourceFileLoader("tidy", str(PLACE))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", loader))
    loader.exec_module(module)
    return module


tidy = load()
SANS_IO = sorted(tidy.WORLD)
made = tempfile.TemporaryDirectory()


def remarks(check: str, code: str, room: str = "link", name: str = "thing.c") -> list[str]:
    return list(getattr(tidy, check)(tidy.ROOT / "src" / room / name, room, tidy.without_comments(code)))


def includes(check: str, text: str, room: str = "link") -> list[str]:
    return list(getattr(tidy, check)(tidy.ROOT / "src" / room / "thing.c", room, text))


@cache
def archive_of(code: str, *options: str) -> Path:
    place = Path(tempfile.mkdtemp(dir=made.name))
    source, archive = place / "thing.c", place / "thing.a"
    source.write_text(code)
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run([*compiler, "-D_GNU_SOURCE", "-O1", "-fPIC", *options, "-c", source, "-o", place / "thing.o"], check=True)
    subprocess.run(["ar", "rc", archive, place / "thing.o"], check=True)
    return archive


def symbols(code: str, room: str = "link", *options: str) -> list[str]:
    """What tidy says of an object file made from `code`."""
    return list(tidy.check_symbols(room, archive_of(code, *options)))


class Source(unittest.TestCase):
    def test_calls_that_reach_outside(self) -> None:
        for call in ("time(NULL)", "clock_gettime(0, &t)", "gettimeofday(&t, NULL)", "timespec_get(&t, 1)", "sleep(1)",
                     "nanosleep(&t, NULL)", "usleep(5)", "poll(p, 1, 0)", "select(1, &r, &w, &e, &t)",
                     "pthread_create(&t, NULL, f, NULL)", "pthread_mutex_lock(&m)", "thrd_sleep(&t, NULL)", "getenv(name)",
                     "open(path, 0)", "read(fd, b, 1)", "write(fd, b, 1)", "fopen(path, mode)", "stat(path, &s)", "mmap(0, 1, 1, 1, 1, 1)",
                     "socket(1, 1, 0)", "connect(fd, a, l)", "sendto(fd, b, 1, 0, a, l)", "recv(fd, b, 1, 0)", "uv_run(loop, 0)",
                     "rand()", "getrandom(b, 1, 0)", "RAND_bytes(b, 1)", "malloc(1)", "strtok(a, b)", "strcpy(a, b)",
                     "dlopen(path, 0)", "fork()", "printf(text)"):
            for room in SANS_IO:
                with self.subTest(call=call, room=room):
                    self.assertEqual(len(remarks("check_calls", f"    (void){call};", room)), 1)

    def test_what_only_looks_like_a_call(self) -> None:
        for code in ("swarm->time(now)", "x.open(path)", "ghm_link_open(link)", '"time(now)"', "/* sleep(1) */", "// read(fd)"):
            with self.subTest(code=code):
                self.assertEqual(remarks("check_calls", code), [])

    def test_base_allocates_and_complains_in_one_file_each(self) -> None:
        self.assertEqual(remarks("check_calls", "x = malloc(1);", "base", "mem.c"), [])
        self.assertEqual(len(remarks("check_calls", "x = malloc(1);", "base", "buf.c")), 1)
        self.assertEqual(remarks("check_calls", "fprintf(stderr, text);", "base", "assert.c"), [])
        self.assertEqual(len(remarks("check_calls", "fprintf(stderr, text);", "base", "log.c")), 1)

    def test_system_headers(self) -> None:
        for header in ("pthread.h", "threads.h", "time.h", "sys/time.h", "unistd.h", "fcntl.h", "poll.h", "sys/socket.h", "uv.h",
                       "stdatomic.h", "openssl/rand.h"):
            for room in SANS_IO:
                with self.subTest(header=header, room=room):
                    self.assertEqual(len(includes("check_headers", f"#include <{header}>\n", room)), 1)
        self.assertEqual(includes("check_headers", "#include <string.h>\n"), [])
        self.assertEqual(includes("check_headers", "#include <time.h>\n", "io"), [])

    def test_order_of_the_rooms(self) -> None:
        self.assertEqual(len(includes("check_includes", '#include "swarm/swarm.h"\n', "link")), 1)
        self.assertEqual(len(includes("check_includes", '#include "answer/entry.h"\n', "gossip")), 1)
        self.assertEqual(includes("check_includes", '#include "link/link.h"\n', "swarm"), [])

    def test_state(self) -> None:
        for code in ("static int count;", "static int count = 1;", "    static int count;", "int count;", "int count = 1;",
                     "static const char *name;", "const char *name = 0;", "static struct thing things[4];", "_Thread_local int count;",
                     "static _Thread_local int count;", "static _Atomic int count;", "struct thing *thing;", "uint8_t bytes[32];",
                     "static const char *names[] = {"):
            for room in SANS_IO:
                with self.subTest(code=code, room=room):
                    self.assertEqual(len(remarks("check_globals", code, room)), 1)

    def test_what_is_no_state(self) -> None:
        for code in ("static const int count = 1;", "static const char *const names[] = {", "static int count(void);", "struct thing;",
                     "typedef struct thing thing;", "static inline int count(void)", "const uint8_t bytes[] = {1};", "    int count;",
                     "static const char text[] = \"x\";", "static int count(int a,", "enum thing {", "};", "extern const int count;"):
            with self.subTest(code=code):
                self.assertEqual(remarks("check_globals", code), [])
        self.assertEqual(remarks("check_globals", "static int count;", "io"), [])

    def test_names(self) -> None:
        body = "\n{\n    return 0;\n}\n"
        self.assertEqual(len(remarks("check_names", f"int ghm_other_count(void){body}")), 1)
        self.assertEqual(remarks("check_names", f"int ghm_thing_count(void){body}"), [])
        self.assertEqual(remarks("check_names", f"static int count(void){body}"), [])

    def test_public_documentation(self) -> None:
        header = tidy.ROOT / "include" / "ghmesh.h"
        self.assertEqual(len(list(tidy.check_public(header, "/** A. */\nGHM_API int ghm_a(void);\nGHM_API int ghm_b(void);\n"))), 1)
        self.assertEqual(list(tidy.check_public(header, "/** A. */\nGHM_API int ghm_a(void);\n/** B. */\nGHM_API int ghm_b(void);\n")), [])

    def test_text(self) -> None:
        for text in ("int a;\n", "/* SPDX-License-Identifier: MIT */\nint a; \n", "/* SPDX-License-Identifier: MIT */\n/* FIX" "ME */\n",
                     "/* SPDX-License-Identifier: MIT */\n<<<<<" "<< HEAD\n"):
            with self.subTest(text=text):
                self.assertEqual(len(list(tidy.check_text(tidy.ROOT / "src" / "link" / "thing.c", text))), 1)

    def test_files_without_a_test(self) -> None:
        self.assertEqual(len(list(tidy.check_tests([tidy.ROOT / "src" / "link" / "thing.c"]))), 1)
        self.assertEqual(list(tidy.check_tests([tidy.ROOT / "src" / "link" / "substream.c", tidy.ROOT / "src" / "link" / "yamux.c"])), [])
        self.assertEqual(list(tidy.check_tests([tidy.ROOT / "src" / "io" / "thing.c"])), [])

    def test_file_names_are_unique(self) -> None:
        both = [tidy.ROOT / "src" / "link" / "thing.c", tidy.ROOT / "src" / "wire" / "thing.c"]
        self.assertEqual(len(list(tidy.check_unique(both))), 1)

    def test_pages_of_traps(self) -> None:
        page = tidy.ROOT / "doc" / "thing.md"
        for text in ("`src/link/thing.c`", "`link/test_thing.c`", "`e2e/test_thing.py`", "`http/t01_thing.vtc`",
                     "`link/test_yamux.c`: `no_such_test`", "`e2e/test_front.py`: `test_no_such`"):
            with self.subTest(text=text):
                self.assertEqual(len(list(tidy.check_page(page, text))), 1)
        self.assertEqual(list(tidy.check_page(page, "`src/link/link.c`, `http/t01_accept.vtc`; `io/test_txt.c`: `texts_are_bounded`")), [])

    def test_every_trap_of_http_has_its_row(self) -> None:
        page = tidy.ROOT / "doc" / "http-traps.md"
        text = page.read_text()
        self.assertEqual(list(tidy.check_numbers(page, text)), [])
        self.assertEqual(len(list(tidy.check_numbers(page, text.replace("| T21 |", "| T99 |")))), 1)
        self.assertEqual(len(list(tidy.check_numbers(page, text.replace("`http/t01_accept.vtc`", "")))), 1)


class Objects(unittest.TestCase):
    """The source says what it looks like; the object file says what it is."""

    def test_symbols_that_reach_outside(self) -> None:
        bodies = {
            "#include <time.h>\nlong f(void) { return time(0); }": "time",
            "#include <unistd.h>\nvoid f(void) { (sleep)(1); }": "sleep",
            "#include <stdlib.h>\nconst char *f(void) { return getenv(\"A\"); }": "getenv",
            "#include <unistd.h>\nlong f(int d, void *b) { return read(d, b, 1); }": "read",
            "#include <sys/socket.h>\nint f(void) { return socket(1, 1, 0); }": "socket",
            "#include <pthread.h>\nint f(pthread_mutex_t *m) { return pthread_mutex_lock(m); }": "pthread_mutex_lock",
            "#include <errno.h>\nint f(void) { return errno; }": "__errno_location",
            "#include <unistd.h>\ntypedef long reader(int, void *, unsigned long);\nextern reader *f(void);\n"
            "reader *f(void) { return (reader *)read; }": "read",
            "#include <unistd.h>\nlong f(long n) { return syscall(n); }": "syscall",
        }
        for code, name in bodies.items():
            for room in SANS_IO:
                with self.subTest(name=name, room=room):
                    said = symbols(code, room)
                    self.assertEqual(len(said), 1, said)
                    self.assertIn(f": {name} ", said[0])

    def test_fortified_calls_are_known_by_their_name(self) -> None:
        code = "#include <unistd.h>\nchar b[1] __attribute__((section(\".data.rel.ro\")));\nlong f(int d, long n) { return read(d, b, n); }"
        said = symbols(code, "link", "-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2")
        self.assertTrue(any("read" in line for line in said), said)

    def test_state(self) -> None:
        for code in ("int a;", "int a = 1;", "static int a; int *f(void); int *f(void) { return &a; }", "_Thread_local int a;",
                     "_Thread_local int a = 1;", "int *f(void); int *f(void) { static int a = 3; return &a; }", "const char *a = \"x\";"):
            for room in ("wire", "store"):
                with self.subTest(code=code, room=room):
                    self.assertEqual(len(symbols(code, room)), 1)
        self.assertEqual(len(symbols("int a;", "link", "-fcommon")), 1)

    def test_constants_are_no_state(self) -> None:
        self.assertEqual(symbols("const char *const names[] = {\"a\", \"b\"}; const int n = 3;"), [])

    def test_what_every_room_may_use(self) -> None:
        self.assertEqual(symbols("#include <string.h>\nint ghm_a(void);\nunsigned long f(const char *t) { return strlen(t) + ghm_a(); }"), [])

    def test_a_room_that_was_not_built(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            self.assertEqual(len(list(tidy.check_objects(Path(place)))), len(tidy.PURE))


if __name__ == "__main__":
    unittest.main()
