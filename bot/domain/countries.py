"""The time zones to suggest for countries and areas that have several. Pure data; names of countries are CLDR's."""

# The zone of a country in whose other zones few people live, by ISO 3166 code: naming the country is enough.
MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}

# The zones that are suggested for a country, the most likely first: naming the country does not choose one of them.
COUNTRY_ZONES = {
    "AU": "Australia/Sydney Australia/Melbourne Australia/Brisbane Australia/Adelaide Australia/Darwin Australia/Perth "
    "Australia/Hobart",
    "BR": "America/Sao_Paulo America/Bahia America/Fortaleza America/Manaus America/Rio_Branco",
    "CA": "America/Toronto America/Vancouver America/Edmonton America/Winnipeg America/Regina America/Halifax "
    "America/St_Johns",
    "CL": "America/Santiago America/Punta_Arenas Pacific/Easter",
    "EC": "America/Guayaquil Pacific/Galapagos",
    "ES": "Europe/Madrid Atlantic/Canary",
    "GL": "America/Nuuk America/Thule America/Danmarkshavn America/Scoresbysund",
    "ID": "Asia/Jakarta Asia/Makassar Asia/Jayapura",
    "MN": "Asia/Ulaanbaatar Asia/Hovd",
    "MX": "America/Mexico_City America/Monterrey America/Cancun America/Tijuana America/Hermosillo",
    "NZ": "Pacific/Auckland Pacific/Chatham",
    "PT": "Europe/Lisbon Atlantic/Azores",
    "RU": "Europe/Moscow Europe/Samara Asia/Yekaterinburg Asia/Novosibirsk Asia/Vladivostok Europe/Kaliningrad",
    "US": "America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage "
    "Pacific/Honolulu",
}

# Other names of countries with several zones, and names that several places share.
AREAS = {
    "USA, US, America": COUNTRY_ZONES["US"],
    "NZ": COUNTRY_ZONES["NZ"],
    "Россия": COUNTRY_ZONES["RU"],
    "Congo, Kongo": "Africa/Kinshasa Africa/Lubumbashi Africa/Brazzaville",
    "Georgia, Georgien, Géorgie": "Asia/Tbilisi America/New_York",
}
