"""The languages that Daybook speaks: gettext catalogues, and how dates, numbers and lists are written."""
