"""A backup with the keys apart, and a restore that brings no erased person back."""
