"""Keys, sealing, signing: thin words over libraries. Imports domain."""
