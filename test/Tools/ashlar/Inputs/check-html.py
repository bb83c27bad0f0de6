# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-html.py FILE: a page whose tags close in order and which loads nothing; prints its text."""

import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.row, self.rects = [], [], 0

    def handle_starttag(self, tag, attributes):
        assert not {"src", "href"} & {name for name, _ in attributes}, "loads something"
        self.rects += tag == "rect"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes {self.open}"
        if tag == "svg":
            print(f"svg with {self.rects} buffers")
            self.rects = 0
        if tag in ("tr", "p", "h1", "h2", "h3"):
            print(" ".join(self.row))
            self.row = []

    def handle_data(self, data):
        if data.strip() and "style" not in self.open and "title" not in self.open:
            self.row.append(data.strip())


page = Page()
with open(sys.argv[1], encoding="utf-8") as file:
    page.feed(file.read())
assert not page.open, page.open
