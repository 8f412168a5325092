"""What a word is and what was typed. Imports domain."""
