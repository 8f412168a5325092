"""What a user can do: the only door inwards. Imports domain and all services."""
