"""The commands of `nigehban` by subject; `nigehban.cli` puts them together.

Each has its options here, and imports what it does only when it is asked to: help comes at once.
"""
