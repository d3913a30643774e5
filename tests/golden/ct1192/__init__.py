"""What the document of CT1192 must answer."""
