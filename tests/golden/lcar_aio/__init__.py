"""What the document of LCAR-AIO must answer."""
