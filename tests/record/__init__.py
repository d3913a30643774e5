"""The record behind the service: what is stored, versioned, judged, audited, and refused."""
