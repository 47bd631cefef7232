"""Regions, archives, agencies, people, roles, permissions (机构)."""
