"""The Python language pack of FALCON."""
