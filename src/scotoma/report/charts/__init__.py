"""Figures -> inline SVG. Pure: no script, no style of its own; colours come from classes of the page."""
