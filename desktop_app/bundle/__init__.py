"""Bundles: the signed, sealed thing that travels. Imports domain and crypto."""
