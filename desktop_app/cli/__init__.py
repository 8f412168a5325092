"""The command line. Imports domain and archive."""
