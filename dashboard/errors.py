"""What keeps the page from being served. Names alone: who only tells of them loads no web server."""


class DashboardError(RuntimeError):
    """The page cannot be served."""


class MissingBrowserFilesError(RuntimeError):
    """What the page needs from npm is not installed."""
