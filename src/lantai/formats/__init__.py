"""Identification, characterisation, format policy, rendering (格式)."""
