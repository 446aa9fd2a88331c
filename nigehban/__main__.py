"""`python -m nigehban` is the command `nigehban`."""

from nigehban.cli import main

main()
