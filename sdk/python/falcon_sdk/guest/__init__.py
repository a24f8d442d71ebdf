"""What runs inside the plugin. Nothing here is for authors."""
