"""MapLibre GL, served from where npm put it at set-up. It is not part of the repository."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse

_DIST = Path(__file__).parent / "node_modules" / "maplibre-gl" / "dist"

FILES = {
    "maplibre-gl.mjs": "text/javascript",
    "maplibre-gl-worker.mjs": "text/javascript",
}
"""What a browser needs of it, and its media type."""


class MissingBrowserFilesError(RuntimeError):
    """What the page needs from npm is not installed."""


def missing_files() -> list[str]:
    """Which of FILES are not installed, as paths from the project's root."""
    return [
        f"dashboard/node_modules/maplibre-gl/dist/{name}"
        for name in FILES
        if not (_DIST / name).is_file()
    ]


def add_vendor_routes(app: FastAPI) -> None:
    """Serve FILES under /vendor/maplibre-gl/. Raises MissingBrowserFilesError."""
    missing = missing_files()
    if missing:
        raise MissingBrowserFilesError(f"{missing[0]} is missing: run `make setup`")

    def route(path: Path, media_type: str) -> None:
        @app.get(f"/vendor/maplibre-gl/{path.name}", include_in_schema=False)
        async def serve() -> FileResponse:
            return FileResponse(path, media_type=media_type)

    for name, media_type in FILES.items():
        route(_DIST / name, media_type)
