#!/bin/sh
# Make the pictures of docs/planning.md by the command line that it describes.
set -eu
cd "$(dirname "$0")/../docs/planning"
nigehban=${NIGEHBAN:-../../.venv/bin/nigehban}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plan() {
    name=$1
    shift
    echo "$name"
    "$nigehban" plan "$@" --png "$name.png" --out "$work/$name.json" >"$work/$name.txt" ||
        { cat "$work/$name.txt"; exit 1; }
    grep -q 'it may fly' "$work/$name.txt" || { cat "$work/$name.txt"; exit 1; }
}

m3e="DJI Mavic 3 Enterprise"
m30="DJI Matrice 30T"
m350="DJI Matrice 350 RTK"
# A hill, as a height grid, for the contour search.
"$(dirname "$nigehban")/python" - "$work/hill.tif" <<'PYTHON'
import sys
import numpy as np
import rasterio
from affine import Affine
x, y = np.meshgrid(np.linspace(-3, 3, 400), np.linspace(-3, 3, 400))
heights = 340 + 60 * np.exp(-(x**2 + (1.4 * y) ** 2 + 0.6 * x * y))
with rasterio.open(sys.argv[1], "w", driver="GTiff", width=400, height=400, count=1,
                   dtype="float32", crs="EPSG:4326",
                   transform=Affine(0.03 / 400, 0, 71.54, 0, -0.03 / 400, 34.02)) as grid:
    grid.write(heights.astype("float32"), 1)
PYTHON

plan coverage coverage --area park.geojson --drone "$m3e" --count 3 --home 34.0005,71.5495,340 \
    --height 90 --wind 270,5 --gantt coverage-gantt.png
plan corridor corridor --line canal.geojson --width 120 --drone "$m350" --home 34.0195,71.537,340
plan orbit orbit --area tower.geojson --distance 25 --lowest 20 --rings 4 --height 80 \
    --drone "$m30" --home 34.0142,71.5685,340
plan expanding-square search --pattern expanding-square --datum 34.012,71.553 --detection 0.6 \
    --drone "$m30" --home 34.0105,71.5505,340 --wind 270,5
plan sector search --pattern sector --datum 34.012,71.553 --radius 400 --detection 0.6 \
    --drone "$m30" --count 2 --home 34.0105,71.5505,340
plan parallel-sweep search --pattern parallel-sweep --area park.geojson --detection 0.6 \
    --drone "$m30" --count 3 --home 34.0005,71.5495,340 --wind 270,5
plan creeping-line search --pattern creeping-line --area park.geojson --detection 0.6 \
    --drone "$m30" --home 34.0005,71.5495,340
plan track-line search --pattern track-line --track canal.geojson --detection 0.6 \
    --drone "$m30" --home 34.0195,71.537,340
plan contour search --pattern contour --area park.geojson --detection 0.6 --interval 15 \
    --terrain "$work/hill.tif" --height 50 --drone "$m30" --home 34.0005,71.5495
plan crowd crowd --area procession.geojson --heights 40,60 --gsd 0.1 --from 10min --for 1h \
    --count 6 --drone "$m30" --home 34.004,71.575,340 --home 34.012,71.585,340 \
    --gantt crowd-gantt.png
plan ring crowd --area procession.geojson --ring 2 --drone "$m30" --home 34.004,71.575,340
plan border border --line border.geojson --side right --revisit 15min --for 1h --count 4 \
    --drone "$m350" --home 34.09,71.12,340 --start 2026-11-23T12:00+05:00 \
    --authority "DIG Khan" --order PB-17/2026 \
    --valid-from 2026-11-23T10:00+05:00 --valid-to 2026-11-23T22:00+05:00
"$nigehban" plan search-map new "$work/child.search" --last-known 34.012,71.553 \
    --category child-4-6 --radius 1500 --cell 30 >/dev/null
"$nigehban" plan search-map next "$work/child.search" --count 2 --effort 6 --detection 0.6 \
    --drone "$m30" --home 34.01,71.55,340 --out "$work/wave.json" >/dev/null
"$nigehban" plan search-map show "$work/child.search" --png search-map.png >/dev/null
