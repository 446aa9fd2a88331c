"""How the collector does, for machines that watch it: metrics, health, readiness.

`checks` says what is well and what is not, `metrics` gives the figures to Prometheus, `endpoint`
serves both over HTTP.
"""
