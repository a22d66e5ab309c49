"""The sections of the Settings page, one module each; lib.web.settings_page draws the one that is chosen."""
