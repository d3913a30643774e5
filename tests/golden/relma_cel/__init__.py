"""What the document of Relma-cel must answer."""
