"""The page's server: what it answers, how it starts and ends."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from pathlib import Path

import httpx
import pytest

from dashboard import vendor
from dashboard.addresses import PAGES
from dashboard.app import create_app
from dashboard.errors import DashboardError, MissingBrowserFilesError
from dashboard.serving import serve
from dashboard.settings import DashboardSettings
from telemetry.bus.memory import MemoryBus
from telemetry.listening import ListenError
from tests.brokers import free_port
from tests.dashboard.pages import NO_DATABASE, running_page
from tests.waiting import until

pytestmark = pytest.mark.integration


async def test_the_page_names_only_our_own_files() -> None:
    async with running_page() as page, httpx.AsyncClient(base_url=page.url) as client:
        index = await client.get("/")
        assert index.status_code == 200
        addresses = re.findall(r'(?:src|href)="([^"]+)"', index.text)
        assert addresses
        for address in addresses:
            assert address.startswith("/"), address
            assert (await client.get(address)).status_code == 200, address


async def test_inline_scripts_are_those_that_the_policy_names() -> None:
    async with running_page() as page, httpx.AsyncClient(base_url=page.url) as client:
        index = await client.get("/")
        policy = index.headers["content-security-policy"]
        inline = re.findall(r"<script(?![^>]*src=)([^>]*)>", index.text)
        executed = [attributes for attributes in inline if "application/json" not in attributes]
        assert len(executed) == len(re.findall(r"'sha256-", policy)) == 1


@pytest.mark.parametrize("name", [name for name in PAGES if name != "live"])
async def test_every_page_is_the_same_document(name: str) -> None:
    async with running_page() as page, httpx.AsyncClient(base_url=page.url) as client:
        answer = await client.get(f"/{name}", params={"asset": "12"})
        assert answer.status_code == 200
        assert 'src="/assets/main.js"' in answer.text
        assert (await client.get(f"/{name}/more")).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/docs", "/redoc", "/openapi.json", "/nothing", "/assets/../app.py", "/vendor/maplibre-gl/x"],
)
async def test_other_addresses_are_closed(path: str) -> None:
    async with running_page() as page, httpx.AsyncClient(base_url=page.url) as client:
        assert (await client.get(path)).status_code == 404


async def test_dash_opens_no_socket_of_its_own() -> None:
    async with running_page() as page, httpx.AsyncClient(base_url=page.url) as client:
        assert "_dash-ws-callback" not in (await client.get("/")).text


async def test_callbacks_work_before_any_page_was_fetched() -> None:
    """A page that is open while the server restarts asks for callbacks first of all."""
    async with running_page() as page, httpx.AsyncClient(base_url=page.url) as client:
        outputs = [
            {"id": "chart", "property": "children"},
            {"id": "history-note", "property": "children"},
            {"id": "texts", "property": "children"},
            {"id": "shown", "property": "data"},
        ]
        body = {
            "output": "..chart.children...history-note.children...texts.children...shown.data..",
            "outputs": outputs,
            "inputs": [
                {"id": "selection", "property": "data", "value": None},
                {"id": "window", "property": "data", "value": 15},
                {"id": "history-tick", "property": "n_intervals", "value": 0},
                {"id": "look", "property": "data", "value": None},
            ],
            "state": [{"id": "shown", "property": "data", "value": None}],
            "changedPropIds": ["selection.data"],
        }
        answer = await client.post("/_dash-update-component", json=body)
        assert answer.status_code == 200
        assert answer.json()["response"]["chart"]["children"] is None


async def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = DashboardSettings(port=port)
        app = create_app(settings, bus=MemoryBus(), dsn=NO_DATABASE)
        with pytest.raises(ListenError, match=rf":{port} \(dashboard\.port\)") as error:
            await serve(app, settings)
        assert "\n" not in str(error.value)


async def test_a_server_that_ends_frees_its_port_and_says_goodbye() -> None:
    port = free_port()
    for _ in range(2):
        async with running_page(port=port) as page:
            socket_ = await page.socket().__aenter__()
            await socket_.recv()
        await socket_.wait_closed()
        assert socket_.close_code == 1012  # service restarts


async def test_an_app_that_cannot_start_is_an_error() -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("no")

    with pytest.raises(DashboardError, match="could not start"):
        await serve(broken, DashboardSettings(port=free_port()))


def test_without_the_browser_files_it_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor, "_MODULES", tmp_path)
    with pytest.raises(MissingBrowserFilesError, match="make setup"):
        create_app(DashboardSettings(), bus=MemoryBus(), dsn=NO_DATABASE)
    assert vendor.missing_files()


async def test_the_bus_that_closes_does_not_end_the_page() -> None:
    async with running_page() as page, page.viewer() as viewer:
        await page.bus.close()
        await until(
            lambda: viewer.told("health") and viewer.told("health")[-1]["bus"]["ok"] is False
        )
        assert (await page.health())["bus"] is False


async def test_many_requests_at_once_are_all_answered() -> None:
    async with running_page() as page, httpx.AsyncClient(base_url=page.url) as client:
        answers = await asyncio.gather(*(client.get("/map/schematic.json") for _ in range(30)))
        assert {answer.status_code for answer in answers} == {200}


async def test_rubbish_on_the_port_is_refused_and_harmless() -> None:
    async with running_page() as page:
        for rubbish in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\xff" * 5000):
            reader, writer = await asyncio.open_connection("127.0.0.1", page.settings.port)
            writer.write(rubbish)
            writer.write_eof()
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(reader.read(), 5)
            writer.close()
        assert await page.health()
