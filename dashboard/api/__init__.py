"""The REST API of the page's server, under `/api/v1`: all that the page shows, and what it may do.

`application` puts it together and describes it as OpenAPI; each other module is one subject with its
own `router(services)`. `services` is what routers are given, `problems` how they say no, `paging` and
`etags` how they answer with much and with what has not changed.
"""
