"""Reads foreign files, in a process that holds nothing. Imports domain."""
