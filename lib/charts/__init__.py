"""Figures: pure functions, frame in, Plotly figure out. Nothing here knows a page, an account or a clock."""
