# SPDX-License-Identifier: MIT
"""`ghmesh api -t` in the place of `gh api -t`: the same templates on the same answers, output and exit code."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from relay import Relay  # noqa: E402
from stub import Asked, Stub, response  # noqa: E402
from suite import WAIT_S, Suite, main  # noqa: E402

DATA = {
    "name": "hello", "full": "octo-org/hello", "id": 1296269, "small": 12, "zero": 0, "pi": 3.14159, "tiny": 0.00001, "huge": 1e21,
    "neg": -7.5, "yes": True, "no": False, "null": None, "empty": "", "list": ["a", "b", "c"], "none": [], "nothing": {},
    "mixed": ["x", 1, 2.5, True, None, {"k": "v"}, [1, 2]], "html": "<a href='x'>\"q\" & r=1</a>", "wide": "日本語テキスト🎉 ok", "lines": "one\ntwo",
    "owner": {"login": "octocat", "id": 583231, "site": None}, "at": "2011-01-26T19:14:43Z", "zone": "2019-12-31T23:59:59.123456+05:30",
    "labels": [{"name": "bug", "n": 3}, {"name": "help wanted", "n": 20}, {"n": 1}], "tab": "a\tb\u2028\u00e9", "dash-key": "d",
    "rows": [{"id": 1, "t": "short", "s": "open"}, {"id": 22, "t": "a title that is much longer than the others are, so that it has to be cut "
             "when the terminal is narrow", "s": "closed"}, {"id": 333, "t": "two\nlines", "s": ""}],
    "tree": {"v": 1, "kids": [{"v": 2, "kids": [{"v": 3, "kids": []}]}, {"v": 4, "kids": []}]},
}

TEMPLATES = r'''
plain text
{{.name}}
{{.id}} {{.small}} {{.zero}} {{.pi}} {{.tiny}} {{.huge}} {{.neg}}
{{.yes}} {{.no}} {{.null}} {{.missing}} {{.missing.deeper.still}} [{{.empty}}]
{{.null.x}}
before {{.name.x}} after
{{.owner.login}} {{.owner}} {{.list}} {{.mixed}} {{.none}} {{.nothing}}
{{.}}
{{$}} {{$.name}}
{{with .owner}}{{.login}} {{$.name}}{{end}}
{{with .missing}}x{{else}}none{{end}} {{with $x := .small}}{{$x}}{{end}}
{{if .yes}}y{{end}}{{if .no}}n{{else}}m{{end}}{{if .zero}}z{{else if .small}}s{{else}}o{{end}}
{{if .empty}}1{{else if .none}}2{{else if .nothing}}3{{else if .null}}4{{else if .missing}}5{{else}}6{{end}}
{{range .list}}<{{.}}>{{end}}
{{range $i, $e := .list}}{{$i}}={{$e}} {{end}}{{range $e := .list}}{{$e}}{{end}}
{{range .none}}x{{else}}empty{{end}}{{range .missing}}x{{else}}gone{{end}}
{{range $k, $v := .owner}}{{$k}}:{{$v}},{{end}}
{{range .owner}}{{.}};{{end}}
{{range .mixed}}{{.}}|{{end}}
{{range .labels}}{{.name}}{{end}}
{{range .mixed}}{{.k}}{{end}}
{{range .list}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}
{{range .list}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}
{{range .name}}x{{end}}
{{range 3}}x{{end}}
{{break}}
{{$x := "a"}}{{$x}}{{$x = "b"}}{{$x}}{{if true}}{{$x = "c"}}{{$x := "d"}}{{$x}}{{end}}{{$x}}
{{$y}}
{{$x := .owner}}{{$x.login}}{{range $x = .list}}{{$x}}{{end}}
a {{- .name -}} b
a  {{- /* comment */ -}}  b
a {{/* one */}} b {{- " c " -}} d
{{/* open
{{ /* spaced */ }}
{{ .name }}{{	.name
}}
{{"a\tb\n\"\\\x41\101é\U0001F600"}} {{`raw\n"`}} {{'a'}} {{'\n'}} {{'é'}}
{{"bad \q"}}
{{"open}}
{{1}} {{-2}} {{0x1f}} {{017}} {{0b11}} {{0o17}} {{1_000}} {{1.5}} {{1e3}} {{2.0}} {{.5}} {{1e100}} {{0x1p4}}
{{9223372036854775807}} {{-9223372036854775808}}
{{99999999999999999999}}
{{1x}}
{{true}} {{false}}
{{nil}}
{{nope .}}
{{.name | printf "%s-%s" "x"}} {{printf "%v" .id}} {{.id | printf "%.0f"}}
{{printf "%d %d %s %s %q %v %t" .id 12 .name .id .name .null .yes}}
{{printf "%5d|%-5d|%05d|%+d|%x|%X|%#x|%o|%b|%c|%U|%q" 12 12 12 12 255 255 255 8 5 65 0x1F600 65}}
{{printf "%8.3f|%-8.2f|%08.2f|%+.1f|%e|%g|%G|%6.1f" .pi .pi .neg .pi .id .id .tiny .small}}
{{printf "%10s|%-10s|%.3s|%x|%X|%q|% x|%5t" .name .name .wide .name .name .html .name .yes}}
{{printf "%v %s %d %v" .list .list .list .owner}}
{{printf "%s" .null}} {{printf "%d" .missing}} {{printf "%v %s" .mixed .mixed}}
{{printf "%T %T %T %T %T %T %T" .name .id 1 .yes .list .owner .null}}
{{printf "%z %!" .name}} {{printf "%d"}} {{printf "x" 1 "a" .null}} {{printf "100%%"}}
{{printf "%[2]s %[1]s" "a" "b"}} {{printf "%*d|%-*d" 5 42 5 42}} {{printf "%[3]d" 1}}
{{printf "%#v %#v %#v %#v %#v" .name .pi 5 .list .owner}}
{{printf .id}}
{{print .name .id .small "x" 1 2 nil true}} {{println .name 1}}{{print}}
{{html .html}} {{js .html}} {{urlquery .html .wide}} {{js .tab}} {{html .null .missing}} {{print .null .missing}}
{{.html | html | urlquery}}
{{len .name}} {{len .list}} {{len .owner}} {{len .wide}} {{len "é"}}
{{len .id}}
{{len .null}}
{{index .list 1}} {{index .owner "login"}} {{index . "dash-key"}} {{index .labels 0 "name"}} {{index .name 1}} {{index .owner "x"}}
{{index .list 7}}
{{index .list .small}}
{{index .null 1}}
{{index .owner "x" "y"}}
{{(index .labels 1).name}} {{(index .owner "x").y}}
{{slice .name 1 3}} {{slice .list 1}} {{slice .list 0 2}} {{slice .name 2}} {{slice .list}}
{{slice .name 3 1}}
{{and .yes .name}} {{and .no .name}} {{or .empty .name}} {{or .no .zero}} {{not .yes}} {{not .missing}} {{and 1 0 (index .list 9)}}
{{and .null}} {{.name | and .yes}} {{.name | or .no}}
{{eq .name "hello"}} {{eq .small 12.0}} {{ne .name "x"}} {{eq .name "a" "hello"}} {{eq .yes true}} {{eq .null nil}} {{eq .missing .null}}
{{eq .small 12}}
{{eq .list .list}}
{{eq .name}}
{{eq .name nil}} {{ne .null .name}} {{eq .null .list}}
{{lt .small 13.0}} {{le 1 1}} {{gt "b" "a"}} {{ge 2 3}} {{lt (len .list) 4}} {{gt .pi 3.0}} {{eq (index .name 0) 104}}
{{lt .yes .no}}
{{lt .name 3}}
{{if and (eq .name "hello") (not .no)}}both{{end}}
{{define "T"}}[{{.}}{{$}}]{{end}}{{template "T" .name}}{{template "T"}}{{template "T" .owner.login}}
{{define "N"}}{{.v}}({{range .kids}}{{template "N" .}}{{end}}){{end}}{{template "N" .tree}}
{{block "B" .owner}}{{.login}}{{end}} {{template "B" .owner}}
{{template "none" .}}
{{define "A"}}1{{end}}{{define "A"}}2{{end}}
{{define "A"}}{{end}}{{define "A"}}2{{end}}{{template "A"}}
{{define "x"}}{{else}}{{end}}
{{if .yes}}{{define "x"}}{{end}}{{end}}
{{template "T" .}}{{define "T"}}{{range .list}}{{.}}{{end}}{{end}}
{{color "red" .name}}|{{color "green+bu:white+h" "x"}}|{{color "208" "x"}}|{{color "" "x"}}|{{color "off" "x"}}|{{color "blue+h" 1.5}}
{{color "nocolor" .id}}|{{color "default+i:default" .yes}}|{{color "red:" .null}}|{{color "cyan+d" "x"}}|{{color "reset" "x"}}
{{autocolor "red" .name}}{{autocolor "red" .id}}{{autocolor "red" .pi}}{{autocolor "red" .null}}
{{color "red+sihuBdb:blue+b" "x"}}|{{color "-3:+7" "x"}}|{{color "red+b+i:300" "x"}}|{{color "White" "x"}}|{{color ":green" "x"}}
{{color "red" 5}}
{{color "red" .list}}
{{join ", " .list}} {{.labels | pluck "name" | join "+"}} {{pluck "n" .labels}} {{join "," .none}} {{.list | join "/"}}
{{join "," .mixed}}
{{join "," .name}}
{{join .null .list}}
{{join "," .missing}}|{{join "," .null}}|{{pluck "a" .null}}
{{pluck "k" .mixed}}
{{range .rows}}{{tablerow .id .t .s}}{{end}}
{{tablerow "ID" "TITLE"}}{{range .rows}}{{tablerow .id (.t | truncate 10)}}{{end}}{{tablerender}}after {{tablerow "x" .wide}}{{tablerow "yy" "z"}}
{{tablerow (color "red" "abc") "d"}}{{tablerow "e" (hyperlink "https://x" "y")}}
{{tablerow "a" "b" "c"}}{{tablerow "d"}}{{tablerow}}{{tablerow .null .yes .pi}}
{{tablerow .owner}}
{{range .rows}}{{tablerow .t .t .t .t}}{{end}}
{{range .rows}}{{tablerow (color "red" .t) .id .t}}{{end}}
{{tablerow .wide .wide .wide .wide .wide .wide .wide}}
before{{tablerow "a" "b"}}between{{tablerender}}{{tablerender}}after
{{timeago .at}}
{{timeago "2999-01-01T00:00:00Z"}}
{{timeago .name}}
{{timeago .null}}
{{timefmt "2006-01-02 15:04:05 MST" .at}} {{timefmt "Mon Monday Jan January 2 _2 02 1 01 06 3 03 4 04 5 05 PM pm 002 __2" .at}}
{{timefmt "2006-01-02T15:04:05Z07:00 -0700 -07 Z0700 -07:00:00 .000 .999999999 MST 05.000 05,99" .zone}}
{{timefmt "Janet Month 2006x _2006 Z07 Z0700" .at}} {{timefmt "15h 3:04PM" "2020-02-29T00:05:09Z"}}
{{timefmt "2006" "2019-02-29T00:00:00Z"}}
{{.at | timefmt "Jan 2, 2006"}}
{{truncate 4 .name}}|{{truncate 10 "a long text here"}}|{{truncate 5 .wide}}|{{truncate 8 .wide}}|{{truncate 0 .name}}|{{truncate 3 .null}}|{{truncate -1 .name}}
{{truncate 10 (color "red" "a long text here")}}|{{truncate 4 (color "red" "a long text here")}}
{{truncate 2.0 .name}} {{truncate (len .list) .name}} {{truncate 'a' .name}}
{{truncate 2.5 .name}}
{{truncate .small .name}}
{{truncate 5 .id}}
{{hyperlink "https://x/y" "text"}} {{hyperlink "https://x" ""}} {{hyperlink .name .full}}
{{.name .id}}
{{.name | .id}}
{{"a" "b"}}
{{.name | "a"}}
{{1 | print}} {{.null | print}} {{.missing | printf "%v"}}
{{(.owner).login}} {{(.owner.login)}} {{((.owner)).login}} {{print (print "a" | len) "x"}}
{{.owner .login}}
{{. .name}}
{{.name.}}
{{..name}}
{{.name}
{{}}
{{(.name}}
{{.name)}}
{{|}}
{{.name |}}
{{if}}x{{end}}
{{if .yes}}x
{{end}}
{{else}}
{{if .yes}}a{{else}}b{{else}}c{{end}}
{{with .owner}}x{{else with .name}}y{{end}}
{{range .list}}{{else if .name}}{{end}}
{{.dash-key}}
{{$x=1}}
{{$x, $y := .list}}
{{range $a, $b, $c := .list}}{{end}}
{{print "a""b"}}
{{.name,.id}}
{{print .name.x}}
x{{fail}}y
{{index .list 0}}{{len .none}}{{index .list 99}}tail
{{call .name}}
{{not}}
{{not 1 2}}
{{len}}
{{true.x}}
{{"a".x}}
{{nil | print}}
{{print nil}}
{{$.owner.login | printf "%-12s|"}}{{$.missing | len}}
}} {{"}}"}} { {
{{.wide}} {{.lines}} {{.tab}}
{{range $i, $r := .rows}}{{if $i}}, {{end}}{{$r.id}}{{end}}
{{range .rows}}{{$id := .id}}{{range $.list}}{{$id}}{{.}} {{end}}{{end}}
{{printf "%v" 1e20}} {{printf "%v" 1e21}} {{printf "%v" 123456789.0}} {{printf "%v" 0.0001}} {{printf "%v" 100000.0}} {{printf "%v" 1e-7}} {{1e6}}
{{printf "%-010d|%+v|% x|%#v|%#v|%#v" 5 5 255 .mixed true nil}} {{printf "%#x %#o %#q %O" .name 8 65 8}} {{printf "%.3d|%6.3d|%-6.3d|%+.3d" 5 5 5 5}}
{{printf "%!"}}|{{printf "%"}}|{{printf "%-"}}|{{printf "%[x]d" 1}}|{{printf "%[1]"}}|{{printf "%.*f" 2 .pi}}|{{printf "%.f" .pi}}|{{printf "%é" 1}}
{{printf "%v" (index .mixed 4)}} {{printf "%v" (index .list 0)}} {{print (index .name 0) (slice .list 1)}} {{printf "%d %c %v" (index .name 0) (index .name 0) (index .name 0)}}
{{range $i, $c := .owner}}{{if eq $i "id"}}{{break}}{{end}}{{$i}}{{else}}no{{end}} {{with $o := .owner}}{{$o.login}}{{.id}}{{end}}
{{range .none}}{{else}}{{range .list}}{{.}}{{break}}{{end}}{{end}} {{range .list}}{{range $.list}}{{continue}}{{end}}{{.}}{{end}}
{{range .list}}x{{else}}{{break}}{{end}}
{{define "D"}}{{$x := 1}}{{$x}}{{$.name}}{{end}}{{$x := 2}}{{template "D" .}}{{$x}}
{{define "D"}}{{$x}}{{end}}{{$x := 2}}{{template "D" .}}
{{template "D"}}{{block "D" .name}}{{.}}{{block "E" .}}{{end}}{{end}}
{{template .name}}
{{if $x := .name}}{{$x}}{{end}}{{$x}}
{{if (and .yes (or .no (eq .small 12.0)))}}deep{{end}} {{print ((print (print 1)) | printf "%s" | len)}}
{{(print "a").x}}
{{(.missing).x}} {{$.missing.x.y}} {{(index .list 0).x}}
{{/* a */ -}}   x   {{- /* b */}}  y {{- 3 -}} z{{-3}}
{{- .name -}}{{"  "}}{{- .name}}
{{printf "%6.2f%%" .pi}} {{printf "%3c|%-3c|" 65 66}} {{printf "%t" 1}} {{printf "%s" true}} {{printf "%5v|%-5v|%05v" 1 2 3}}
{{printf "%+q %#q" .wide .name}} {{printf "%q" .tab}} {{printf "%x" .list}} {{printf "%q" .list}} {{printf "%6v" .list}}
{{printf "%.2v %.10g %g %.3e" .pi .id .huge .pi}} {{printf "% d %+d" 5 -5}} {{printf "%08d|%+05d|%x" -5 5 -255}}
{{range .rows}}{{.id}}{{"\t"}}{{.t | truncate 20 | printf "%-20s"}}|{{end}}
{{range .labels}}{{if .name}}{{.name | autocolor "green"}}{{else}}-{{end}} {{end}}
{{with .owner}}{{with .login}}{{.}}{{end}}{{end}}{{with $x := .owner}}{{with $y := $x.id}}{{$y}}{{$x.login}}{{end}}{{end}}
{{range $k, $v := .}}{{$k}} {{end}}
{{if not .missing}}a{{end}}{{if (not (eq .id 5.0))}}b{{end}}{{if or (gt (len .list) 2) .no}}c{{end}}
{{printf "%s" .owner}} {{printf "%v" .rows}}
{{printf "%20v|%-20v|" .name .pi}} {{printf "%.2f" .small}} {{printf "%4.1f" .neg}} {{printf "%03.0f" .small}}
{{.id | printf "%.0f" | printf "%10s"}} {{printf "%d" (len .name)}}
{{range $i, $_ := .list}}{{$i}}{{end}}
{{$n := 0}}{{range .rows}}{{$n = .id}}{{end}}{{$n}}
{{define "row"}}{{tablerow .id .s}}{{end}}{{range .rows}}{{template "row" .}}{{end}}
{{printf "%s" (timeago .at)}} {{timefmt "02/01/06 03:04:05PM '06 -0700" .at}}
{{html "a" 1 2 "b"}} {{js "=" "\u2028" 3}} {{urlquery "a b" "c/d?e=é~"}}
{{1.0}} {{100.0}} {{1e5}} {{1e-5}} {{123456.789}} {{0.1}} {{1e15}} {{0.000123}}
{{eq 1 1.0}}
{{eq "a" 'a'}}
{{index .rows 1 "t"}}{{(index .rows 0).s}}{{len (index .rows 2).t}}
{{range (slice .rows 1)}}{{.id}}{{end}}{{range $i, $r := slice .rows 0 1}}{{$i}}{{$r.id}}{{end}}
{{join " " (pluck "login" (slice .rows 0 0))}}x
{{pluck "id" .rows | printf "%v"}}{{len (pluck "id" .rows)}}{{index (pluck "t" .rows) 0}}
{{.list | len | printf "%03d"}}
{{print (and) }}
{{and}}
{{or .missing .null "z"}} {{and .missing .null}}
{{or .missing .null}}
{{printf "%v %v" .missing}}
{{print 1.0 2.5 true nil "s" 'x' .null .list}}
{{println}}{{println .list .owner}}
{{"\u65e5\u672c" | printf "%4s|"}} {{printf "%.1s" .wide}} {{printf "%q" 'x'}} {{printf "%c" 0x65e5}}
{{range .mixed}}{{printf "%v," .}}{{end}}{{range .mixed}}{{printf "%T," .}}{{end}}
{{range .mixed}}{{color "red" .}}{{end}}
{{tablerow 1 2}}
{{tablerow (len .list)}}
{{truncate 6 "日本語テ"}}|{{truncate 7 "日本語テ"}}|{{truncate 5 "abc\ndef"}}|{{truncate 1 "日"}}
{{template "x" .}}{{define "x"}}{{break}}{{end}}
{{range .list}}{{define "x"}}{{end}}{{end}}
{{ template `T` . -}}   {{define `T`}}{{ . | len }}{{ end }}
{{with}}{{end}}
{{range $i := .list}}{{$i}}{{end}}{{$i}}
{{$a := .name}}{{$b := $a}}{{$b | printf "%s!"}}
{{ $ }}{{$.}}
{{.name | len | eq 5}} {{.name | eq "hello"}} {{5 | lt 3}} {{.list | index 0}}
{{.list | join ","}} {{"," | join .list}}
{{hyperlink .null .name}}
{{color .null .name}}
{{timefmt .at "2006"}}
{{- "x" -}}

  y
{{if eq .name `hello` -}} yes {{- else -}} no {{- end}}.
{{/**/}}{{/* a }} b */}}c
{{"}}"}}{{`}}`}}{{'}'}}
{{.name}}}}{{{.name}}}
{{{.name}}
{{print "x" "y"}}{{print "x" 1 "y"}}{{print 1 2}}{{print 1 "a" 2 3}}
{{$x := 1}}{{with 2}}{{$x = .}}{{end}}{{$x}}{{if $x := 3}}{{$x}}{{end}}{{$x}}
{{range $i, $x := .list}}{{$x = "q"}}{{$x}}{{end}}
{{range $.none}}{{else}}{{.name}}{{end}}
{{not nil}}
{{and nil 1}}
{{index .list nil}}
{{len nil}}
{{nil}}
{{if nil}}{{end}}
{{$x := nil}}
{{1 2}}
{{(1)}}{{("a")}}{{(nil)}}
{{(.name) 1}}
{{.list.0}}
{{.5.x}}
{{$x}}
{{3 | printf "%d %d" 4}}
'''.strip("\n").split("\n") + ["{{range .list}}\n  {{- .}}\n{{end}}", "{{.name\n}}\n", "{{`a\nb\r\nc`}}",
                                 '{{"a\nb"}}', "a\n\n{{- .name -}}\n\nb", "{{/* a\nb */ -}}\n x"]


class TemplateTest(Suite):
    def setUp(self) -> None:
        super().setUp()
        if shutil.which("gh") is None:
            self.skipTest("gh is not installed")
        self.stub = Stub(self.answer)
        self.addCleanup(self.stub.stop)
        relay = Relay(self.folder / "relay.sock", self.stub.url)
        self.addCleanup(relay.stop)
        self.plain = self.folder / "plain"
        self.plain.mkdir()
        (self.plain / "config.yml").write_text(f"http_unix_socket: {relay.path}\n")

    def answer(self, asked: Asked) -> bytes:
        path = asked.path.split("?")[0]
        if path == "/pages":
            last = "page=2" in asked.path
            link = {} if last else {"Link": f'<{self.stub.url}/pages?per_page=100&page=2>; rel="next"'}
            return response(body=json.dumps([{"n": 3, "t": "three and more"}] if last else [{"n": 1, "t": "one"}, {"n": 2, "t": "two"}]).encode(), **link)
        if path == "/text":
            return response(body=b"no JSON")
        if path == "/gone":
            return response(404, b'{"message":"Not Found"}')
        return response(body=json.dumps({"/null": None, "/text": "a", "/number": 5, "/list": [1, "x", None]}.get(path, DATA)).encode())

    def both(self, *words: str, **more: str):
        env = self.environment(GHMESH_HOST=self.stub.url, TZ="UTC", GH_NO_UPDATE_NOTIFIER="1", **more)
        theirs = subprocess.run(["gh", "api", *words], env={**env, "GH_CONFIG_DIR": str(self.plain)}, capture_output=True,
                                timeout=WAIT_S, check=False)
        ours = self.run_program("api", *words, env=env)
        return (ours.code, ours.shown), (theirs.returncode, theirs.stdout), (ours.said, theirs.stderr.decode())

    def same(self, *words: str, **more: str) -> None:
        with self.subTest(words, **more):
            ours, theirs, said = self.both(*words, **more)
            self.assertEqual(ours, theirs, said)
            self.assertEqual(bool(said[0]), bool(said[1]))

    def test_the_language(self):
        self.assertGreaterEqual(len(TEMPLATES), 80)
        for template in TEMPLATES:
            self.same("data", "-t", template)

    def test_colors_are_asked_for(self):
        for template in TEMPLATES:
            if "color" in template or "table" in template:
                self.same("data", "-t", template, CLICOLOR_FORCE="1")
        self.same("data", "-t", '{{autocolor "red" .name}}{{tablerow (autocolor "green" .name) "x"}}{{tablerow "a" "b"}}', CLICOLOR_FORCE="1")
        self.same("data", "-t", '{{autocolor "red" .name}}', CLICOLOR_FORCE="1", NO_COLOR="1")

    def test_other_answers(self):
        for path in ("null", "number", "list", "text", "gone"):
            for template in ("{{.}}", "{{range .}}<{{.}}>{{end}}", "{{.x}}", "{{len .}}"):
                self.same(path, "-t", template)
        self.same("data", "-t", "")
        self.same("data", "--template={{.name}}", "--method=GET")

    def test_a_row_longer_than_the_first_is_refused(self):
        """gh crashes on it."""
        ours, theirs, _ = self.both("data", "-t", 'x{{tablerow "a"}}{{tablerow "a" "b"}}')
        self.assertEqual((ours, theirs), ((1, b"x"), (2, b"x")))

    def test_pages_share_a_table(self):
        self.same("--paginate", "pages", "-t", "{{range .}}{{tablerow .n .t}}{{end}}")
        self.same("--paginate", "pages", "-t", "{{range .}}{{.n}}{{end}};")
        self.same("--paginate", "pages", "-t", "{{range .}}{{tablerow .n .t}}{{end}}{{tablerender}}--")


if __name__ == "__main__":
    main()
