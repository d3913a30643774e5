"""What the document of LMY-920 must answer."""
