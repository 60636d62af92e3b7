# SPDX-License-Identifier: MIT
"""GraphQL as far as gh speaks it: a query's text to a tree, and the tree over objects that are dictionaries.

A value of an object is a constant, a list, another object, or a function of (arguments) that gives one. What an
object does not have is an error, as on GitHub. Validation of types is not done.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'\s+|,|#[^\n]*|(?P<token>\.\.\.|"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\w+|[{}()\[\]:$!=@|&])')
DEPTH_MAX = 40


class GraphQLError(Exception):
    pass


@dataclass
class Field:
    name: str
    key: str
    arguments: dict
    selection: list
    on: str | None = None        # an inline fragment's type
    spread: str | None = None


@dataclass
class Document:
    kind: str = "query"
    selection: list = field(default_factory=list)
    defaults: dict = field(default_factory=dict)
    fragments: dict = field(default_factory=dict)


class _Variable(str):
    pass


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise GraphQLError(f'Parse error on "{text[at]}"')
            if found["token"]:
                self._tokens.append(found["token"])
            at = found.end()
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise GraphQLError(f'Parse error on "{token}" expecting "{wanted}"')
        self._at += 1
        return token

    def took(self, wanted: str) -> bool:
        if self.peek() != wanted:
            return False
        self._at += 1
        return True

    def document(self) -> Document:
        document = Document()
        while self.peek():
            if self.took("fragment"):
                name = self.take()
                self.take("on")
                self.take()
                document.fragments[name] = self.selection()
            else:
                self._operation(document)
        return document

    def _operation(self, document: Document) -> None:
        if self.peek() != "{":
            document.kind = self.take()
            if self.peek() not in ("{", "("):
                self.take()
        if self.took("("):
            while not self.took(")"):
                self._variable(document)
        document.selection = self.selection()

    def _variable(self, document: Document) -> None:
        self.take("$")
        name = self.take()
        self.take(":")
        while self.peek() not in ("$", ")", "="):
            self.take()
        if self.took("="):
            document.defaults[name] = self.value()

    def selection(self) -> list:
        self.take("{")
        chosen = []
        while not self.took("}"):
            chosen.append(self._field())
        return chosen

    def _field(self) -> Field:
        if self.took("..."):
            if self.took("on"):
                kind = self.take()
                return Field("", "", {}, self.selection(), on=kind)
            return Field("", "", {}, [], spread=self.take())
        name = key = self.take()
        if self.took(":"):
            name = self.take()
        arguments = {}
        if self.took("("):
            while not self.took(")"):
                argument = self.take()
                self.take(":")
                arguments[argument] = self.value()
        return Field(name, key, arguments, self.selection() if self.peek() == "{" else [])

    def value(self):
        token = self.take()
        if token == "$":
            return _Variable(self.take())
        if token == "[":
            items = []
            while not self.took("]"):
                items.append(self.value())
            return items
        if token == "{":
            items = {}
            while not self.took("}"):
                name = self.take()
                self.take(":")
                items[name] = self.value()
            return items
        if token[0] == '"':
            return token.strip('"')
        if re.fullmatch(r"-?\d+", token):
            return int(token)
        return {"true": True, "false": False, "null": None}.get(token, token)


def parse(text: str) -> Document:
    return _Reader(text).document()


def execute(document: Document, variables: dict, root: dict) -> dict:
    """The `data` of the answer; raises GraphQLError for what does not exist."""
    return _select(document.selection, root, document.fragments, {**document.defaults, **variables}, 0)


def _select(selection: list, thing, fragments: dict, variables: dict, depth: int):
    if depth > DEPTH_MAX:
        raise GraphQLError("Query is too deep")
    if thing is None or not selection:
        return thing
    if isinstance(thing, list):
        return [_select(selection, one, fragments, variables, depth + 1) for one in thing]
    shown: dict = {}
    for one in selection:
        if one.spread or one.on:
            if one.on and one.on != thing.get("__typename"):
                continue
            if one.spread and one.spread not in fragments:
                raise GraphQLError(f"Fragment {one.spread} was used, but not defined")
            inner = fragments[one.spread] if one.spread else one.selection
            shown.update(_select(inner, thing, fragments, variables, depth + 1))
            continue
        if one.name not in thing:
            raise GraphQLError(f"Field '{one.name}' doesn't exist on type '{thing.get('__typename')}'")
        value = thing[one.name]
        if callable(value):
            value = value(_filled(one.arguments, variables))
        shown[one.key] = _select(one.selection, value, fragments, variables, depth + 1)
    return shown


def _filled(value, variables: dict):
    if isinstance(value, _Variable):
        return variables.get(value)
    if isinstance(value, dict):
        return {name: _filled(one, variables) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, variables) for one in value]
    return value
