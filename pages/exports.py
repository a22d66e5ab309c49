"""Everything as CSV or Parquet."""

from lib.web import exports_page

exports_page.show()
