"""MapLibre GL and mgrs, served from where npm put them at set-up. They are not part of the repository."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse

from dashboard.errors import MissingBrowserFilesError

_MODULES = Path(__file__).parent / "node_modules"

FILES = (
    "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "mgrs/dist/mgrs.esm.js",
)
"""The modules that a browser needs of them; they are served without `dist`."""


def missing_files() -> list[str]:
    """Which of FILES are not installed, as paths from the project's root."""
    return [f"dashboard/node_modules/{name}" for name in FILES if not (_MODULES / name).is_file()]


def add_vendor_routes(app: FastAPI) -> None:
    """Serve FILES under /vendor/. Raises MissingBrowserFilesError."""
    missing = missing_files()
    if missing:
        raise MissingBrowserFilesError(f"{missing[0]} is missing: run `make setup`")

    def route(name: str) -> None:
        @app.get(f"/vendor/{name.replace('/dist/', '/')}", include_in_schema=False)
        async def serve() -> FileResponse:
            return FileResponse(_MODULES / name, media_type="text/javascript")

    for name in FILES:
        route(name)
