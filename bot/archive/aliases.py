"""Other names of topics: short forms that people type, singular and plural. Pure."""

from collections.abc import Iterator

# What people type -> the topic's name in archives, both folded. Acronyms that headlines give in brackets need no row.
_ALIASES = {
    alias: name
    for name, aliases in {
        "united states": "us|usa|u.s.|u.s.a.|america|united states of america",
        "united kingdom": "uk|u.k.|britain|great britain",
        "european union": "eu|e.u.",
        "united nations": "un|u.n.|uno",
        "soviet union": "ussr|u.s.s.r.|soviet russia",
        "china": "prc|people's republic of china",
        "south korea": "rok|republic of korea",
        "north korea": "dprk",
        "united arab emirates": "uae|emirates",
        "european space agency": "esa",
        "international space station": "iss",
        "world health organization": "who|world health organisation",
        "world war i": "ww1|wwi|first world war|great war|world war 1|world war one",
        "world war ii": "ww2|wwii|second world war|world war 2|world war two",
        "world wide web": "www|web",
        "artificial intelligence": "ai|a.i.",
        "covid-19": "covid|covid19|corona|coronavirus|sars-cov-2",
        "hiv/aids": "hiv|aids",
        "olympic games": "olympic|olympics",
        "paralympic games": "paralympic|paralympics",
        "fifa world cup": "world cup|football world cup|soccer world cup",
        "football": "soccer",
        "cinema": "film|films|movie|movies",
        "automobile": "car|cars",
        "tropical cyclone": "hurricane|hurricanes|typhoon|typhoons|cyclone|cyclones",
        "human spaceflight": "manned spaceflight|crewed spaceflight",
        "women's suffrage": "suffrage|suffragettes|votes for women",
        "climate change": "climate|global warming",
        "palaeontology": "paleontology",
        "labour movement": "labor movement",
        "mobile phone": "cellphone|cell phone|smartphone|smartphones",
        "underground railway": "subway|metro|underground",
        "nuclear weapons": "atomic bomb|atom bomb|nuclear bomb|atomic weapons",
        "lgbt rights": "lgbt|gay rights",
        "czech republic": "czechia",
        "myanmar": "burma",
        "netherlands": "holland",
        "turkey": "turkiye",
    }.items()
    for alias in aliases.split("|")
}
_SHORTEST = 4


def other_names(folded: str) -> Iterator[str]:
    """Yield other names that a topic may have in the archive, the likeliest first; all folded."""
    if name := _ALIASES.get(folded):
        yield name
    yield from singular_or_plural(folded)
    if folded.startswith("the "):
        yield folded.removeprefix("the ")


def singular_or_plural(word: str) -> Iterator[str]:
    """Yield the singulars of an English plural, or the plurals of a singular, that its spelling allows."""
    if len(word) < _SHORTEST or not word.isascii() or not word[-1].isalpha():
        return
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith(("ses", "xes", "ches", "shes", "oes")):
        yield word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        yield word[:-1]
        return
    if word.endswith("y") and word[-2] not in "aeiou":
        yield f"{word[:-1]}ies"
    yield f"{word}es" if word.endswith(("s", "x", "ch", "sh", "o")) else f"{word}s"
