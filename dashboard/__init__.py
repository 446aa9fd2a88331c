"""The page that the control room watches: a live map, a list, a panel for each asset.

Begin with `app` (what is put together, and how it is served). `situation` keeps what the page
knows, `live` packs it for the browser, `viewers` sends it; `history` asks the store, `charts`
draws its answers; `page` is the skeleton that the modules in `assets/` bring to life; `guard`
stands before all of it.
"""
