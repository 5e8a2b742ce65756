"""A browser, and the application with a toy pipeline behind a port of this machine."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from linker_toys import ENTITIES, ruler_pipeline, toy_kb, with_linker

from angel_spacy.kb import Concept

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EVIL = """<script>window.hacked = 1</script><img src=x onerror="hacked=1">'"&amp;"""
CONCEPTS = (
    Concept("X:1", "Acute gout", ("gout attack", "an attack of gout"), types=("Disease",), parents=("D006073",)),
    Concept("X:2", EVIL, ("fever attack", EVIL[::-1]), definition=EVIL, types=(EVIL,)),
    Concept("X:3/a:b", "Gout of the thumb", ("thumb gout",)),
)


def toy_service_pipeline():
    kb = toy_kb()
    for concept in CONCEPTS:
        kb.add(concept)
    return with_linker(ruler_pipeline(ENTITIES), kb, combine="evidence")


@contextmanager
def serving(app) -> Iterator[str]:
    """The address of an application that runs on a free port."""
    uvicorn = pytest.importorskip("uvicorn")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@contextmanager
def chromium():
    """A browser, where there is one."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page of the service, and what went wrong in it."""

    def __init__(self, browser, address, **settings):
        self.context = browser.new_context(**settings)
        self.context.set_default_timeout(60_000)  # ms, on a busy machine
        self.page = self.context.new_page()
        self.address, self.errors, self.requests = address, [], []
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.load()

    def load(self):
        self.page.goto(self.address)
        self.page.wait_for_selector("body[data-ready=yes]")

    def paste(self, text):
        """Pastes a text and waits until it is linked."""
        if self.page.locator("#start").is_hidden():
            self.page.keyboard.press("a")
        self.page.fill("#words", text)
        self.page.click("#add-form .primary")
        self.page.wait_for_selector(".mention")

    def wait_until_linked(self, n_articles):
        self.page.wait_for_selector(f".article-item >> nth={n_articles - 1}")
        self.page.wait_for_selector("#progress:empty", state="attached")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def mentions(self):
        """The words of the mentions that are drawn, without their labels."""
        return self.page.eval_on_selector_all(".mention[role=button]", "all => all.map(one => one.firstChild.data)")

    def saved(self, folder, name):
        """A file of the export dialog."""
        with self.page.expect_download() as download:
            self.page.click(f"#save-{name}")
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def names_missing(self):
        """Roles of what can be pressed or filled in and has no name."""
        client = self.context.new_cdp_session(self.page)
        nodes = client.send("Accessibility.getFullAXTree")["nodes"]
        roles = ("button", "link", "textbox", "searchbox", "checkbox", "radio", "dialog", "progressbar")
        known = [node for node in nodes if not node["ignored"] and node["role"]["value"] in roles]
        assert known
        return [node["role"]["value"] for node in known if not node.get("name", {}).get("value")]
