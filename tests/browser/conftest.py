"""A real page in a real browser: server, broker, database and fleet are as in the control room."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.brokers import free_port, make_broker
from tests.browser.background import BackgroundLoop
from tests.browser.desk import CAMP, FORT, Desk
from tests.browser.fleet import LiveFleet
from tests.browser.screen import Screen
from tests.databases import Servers, migrated_database, temporary_folder
from tests.waiting import until_sync

ROOT = Path(__file__).parents[2]

expect.set_options(timeout=30_000)  # ms: a busy machine makes nothing wrong

ARGUMENTS = [
    "--disable-gpu",  # none on a build machine: WebGL by software
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

FORGIVEN: tuple[str, ...] = ("GPU stall due to ReadPixels",)
"""Console messages of the software graphics that a screenshot causes."""

NO_TOUR = "localStorage.setItem('nigehban.tour', 'seen');"
"""Nobody who tests is new here: the tour is not offered."""

SLOW_DISPLAY = """
window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 100);
window.cancelAnimationFrame = clearTimeout;
"""
"""Ten pictures a second: drawn by software, sixty are most of what a test costs."""

COARSE = 0.5
"""Pixels of such a display to one of CSS, along a side."""

UNREACHABLE = ("ERR_CONNECTION", "WebSocket is closed before the connection is established")
"""What a browser itself says of connections that do not come about."""


@dataclass
class Server:
    """The page's server as a process."""

    bus_url: str
    dsn: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.browser.serve_page"]
        command += [str(self.port), self.bus_url, self.dsn]
        self.process = subprocess.Popen(command, cwd=ROOT)
        until_sync(self._answers)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes and sends nothing, but its connections stay."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the page's server ended"
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def chromium() -> str:
    """NIGEHBAN_TEST_CHROMIUM, or the machine's own, or the one that we unpacked."""
    own = str(ROOT / "build/chromium/chromium")  # of an ordinary user, by scripts/setup.sh
    names = [os.environ.get("NIGEHBAN_TEST_CHROMIUM", ""), "chromium", "chromium-browser", own]
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium: run `make setup-dev`, or name one in NIGEHBAN_TEST_CHROMIUM")
    return found


def arguments() -> list[str]:
    """Of Chromium's command line."""
    return [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium by Playwright, whose own node gives way to ours where a library is lacking."""
    own_node = ROOT / "build/libatomic/node"
    with pytest.MonkeyPatch.context() as patch:
        if own_node.exists():
            patch.setenv("PLAYWRIGHT_NODEJS_PATH", str(own_node))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=arguments())
            yield browser
            browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, no longer than a module: Playwright's event loop occupies the tests' thread while it
    lives, and asynchronous tests could not run in between.
    """
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def loop() -> Iterator[BackgroundLoop]:
    """Where broker and fleet run."""
    with BackgroundLoop() as loop:
        yield loop


@pytest.fixture(scope="session")
def broker_url(loop: BackgroundLoop) -> Iterator[str]:
    """The address of a broker for all browser tests."""
    with temporary_folder() as folder:
        broker = make_broker(folder)
        loop.run(broker.start())
        yield broker.url
        loop.run(broker.stop())


@pytest.fixture(scope="session")
def dsn() -> Iterator[str]:
    """A database for all browser tests."""
    with Servers() as servers, migrated_database(servers["postgresql"]) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def _fleet(loop: BackgroundLoop, broker_url: str, dsn: str) -> Iterator[LiveFleet]:
    fleet = LiveFleet(broker_url, dsn)
    driving = loop.start(fleet.drive())
    yield fleet
    fleet.end()
    driving.result(20)


@pytest.fixture(scope="module", autouse=True)
def _at_work() -> Iterator[None]:
    """The fleet rests while other tests run in this process: they measure and patch what it uses."""
    LiveFleet.rests = False
    yield
    LiveFleet.rests = True


@pytest.fixture
def fleet(_fleet: LiveFleet) -> Iterator[LiveFleet]:
    """The moving fleet; all of it sends again after the test."""
    yield _fleet
    _fleet.silent.clear()
    _fleet.looking.clear()


@pytest.fixture(scope="session")
def _desk(loop: BackgroundLoop, broker_url: str, dsn: str) -> Iterator[Desk]:
    desk = Desk(broker_url, dsn)
    loop.run(desk.open())
    loop.run(desk.draw([FORT, CAMP]))
    yield desk
    loop.run(desk.close())


@pytest.fixture
def desk(_desk: Desk, loop: BackgroundLoop) -> Iterator[Desk]:
    """A desk without alerts and contacts, before and after."""
    yield _desk
    _desk.see([])
    _desk.stands_by = False
    loop.run(_desk.clear_all())


@pytest.fixture(scope="session")
def server(broker_url: str, dsn: str, _fleet: LiveFleet) -> Iterator[Server]:
    """The page's server; who stops it starts it again."""
    server = Server(broker_url, dsn)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def new_screen(browser: Browser) -> Iterator[ScreenMaker]:
    """Opens pages. At the end each must have been quiet and have asked nobody but its server."""
    maker = ScreenMaker(browser)
    yield maker
    maker.close()


@pytest.fixture(scope="module")
def maker(browser: Browser) -> Iterator[ScreenMaker]:
    """Opens pages that the tests of a module share: opening one is what takes long."""
    maker = ScreenMaker(browser)
    yield maker
    maker.close()


@pytest.fixture(scope="module")
def _shared(maker: ScreenMaker, server: Server, _fleet: LiveFleet) -> Screen:
    screen = maker(server.url)
    until_sync(lambda: screen.drawn() == len(_fleet.assets))
    return screen


@pytest.fixture
def screen(_shared: Screen, fleet: LiveFleet) -> Iterator[Screen]:
    """The live page at 1920×1080, nothing selected; no choice of a test outlives it."""
    yield _shared
    page = _shared.page
    if page.evaluate("localStorage.length") > 1:  # more than that the tour is known
        page.evaluate("localStorage.clear()")
        page.goto("/".join(page.url.split("/")[:3]))
        expect(page.locator("#rows .row").first).to_be_visible()
    else:
        page.locator(".brand").click()
    page.locator("#search").fill("")
    page.locator(".zoom button", has_text="⌂").click()
    until_sync(lambda: _shared.drawn() == len(fleet.assets) and _shared.ask("still()"))


class ScreenMaker:
    """Opens pages and watches what they say and whom they ask."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._screens: list[Screen] = []
        self._forgiven = FORGIVEN
        self.complaints: list[str] = []
        self.foreign: list[str] = []

    def __call__(
        self,
        url: str,
        width: int = 1920,
        height: int = 1080,
        script: str = "",
        *,
        first_visit: bool = False,
        sharp: bool = False,
    ) -> Screen:
        """Open `url`; `script` runs before any of the page's own.

        Unless it is `sharp`, the page is drawn as on a slow and coarse display.
        """
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=1 if sharp else COARSE
        )
        page = context.new_page()
        if not sharp:
            page.add_init_script(SLOW_DISPLAY)
        page.add_init_script(script if first_visit else NO_TOUR + script)
        self._watch(page, urlsplit(url).netloc)
        page.goto(url)
        screen = Screen(page)
        self._screens.append(screen)
        return screen

    def small(self, url: str, fleet: LiveFleet, script: str = "") -> Screen:
        """The live page at 1366×768, with all of the fleet drawn."""
        screen = self(url, 1366, 768, script)
        until_sync(lambda: screen.drawn() == len(fleet.assets))
        return screen

    def _watch(self, page: Page, netloc: str) -> None:
        def ask(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme not in {"data", "blob"} and parts.netloc != netloc:
                self.foreign.append(url)

        page.on("request", lambda request: ask(request.url))
        page.on("websocket", lambda socket: ask(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )

    def forget(self, page: Page) -> None:
        """A page whose context is closed already."""
        self._screens = [screen for screen in self._screens if screen.page is not page]

    def forgive(self, *words: str) -> None:
        """Take no notice of console messages with one of these words."""
        self._forgiven += words

    def close(self) -> None:
        for screen in self._screens:
            screen.page.context.close()
        assert self.foreign == []
        assert [
            complaint
            for complaint in self.complaints
            if not any(words in complaint for words in self._forgiven)
        ] == []
