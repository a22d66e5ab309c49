"""The one door to figures for pages, API and command line: an account and a query in, a Result out."""
