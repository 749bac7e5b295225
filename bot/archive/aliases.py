"""Other names of topics: what people call countries, organisations and subjects. Pure."""

from collections.abc import Iterator

# A topic's name in archives: what people type for it, all folded. The same may be typed for several. Short forms that
# stand for nothing else are spellings of one topic (see topic_forms); initials and acronyms that headlines give in
# brackets need no row.
_ROWS = """
    united states: america, the states
    united kingdom: britain, great britain
    soviet union: soviet russia
    china: prc, people's republic of china, red china
    taiwan: republic of china, roc
    south korea: rok, republic of korea
    north korea: dprk, democratic people's republic of korea
    united arab emirates: emirates
    east germany: gdr, ddr, german democratic republic
    west germany: frg, federal republic of germany
    nazi germany: third reich, nazis
    republic of ireland: eire
    ivory coast: cote d'ivoire
    cote d'ivoire: ivory coast
    eswatini: swaziland
    north macedonia: macedonia, fyrom
    timor-leste: east timor
    east timor: timor-leste
    cape verde: cabo verde
    myanmar: burma
    netherlands: holland
    iran: persia
    sri lanka: ceylon
    thailand: siam
    democratic republic of the congo: congo, congo-kinshasa, zaire
    republic of the congo: congo, congo-brazzaville
    vatican city: vatican, holy see
    holy see: vatican
    world war i: ww1, wwi, first world war, great war, world war 1, world war one
    world war ii: ww2, wwii, second world war, world war 2, world war two
    september 11 attacks: 9/11, 911, september 11, 9-11
    islamic state: isis, isil, daesh
    islamic state of iraq and the levant: isis, isil, daesh
    isil: isis, daesh, islamic state
    irish republican army: ira
    provisional irish republican army: ira
    holocaust: shoah
    centers for disease control and prevention: cdc
    food and drug administration: fda
    international space station: iss
    world trade organization: wto
    federal bureau of investigation: fbi
    world wide web: www, web
    artificial intelligence: ai, a.i.
    covid-19 pandemic: covid, covid-19, covid 19, covid19, corona, coronavirus, sars-cov-2, pandemic
    covid-19: covid, covid 19, covid19, corona, coronavirus, sars-cov-2
    hiv/aids: hiv, aids
    olympic games: olympic, olympics
    paralympic games: paralympic, paralympics
    fifa world cup: world cup, football world cup, soccer world cup
    academy awards: oscar, oscars
    football: soccer
    association football: soccer, football
    cinema: film, films, movie, movies
    film: movie, movies, cinema
    automobile: car, cars
    railway: train, trains, railroad, railroads
    aviation accident: plane crash, plane crashes, air crash, air disaster
    computing: computer, computers
    tropical cyclone: hurricane, hurricanes, typhoon, typhoons, cyclone, cyclones
    human spaceflight: manned spaceflight, crewed spaceflight
    women's suffrage: suffrage, suffragettes, votes for women
    climate change: climate, global warming
    palaeontology: paleontology
    labour movement: labor movement
    mobile phone: cellphone, cell phone, smartphone, smartphones
    underground railway: subway, metro, underground
    nuclear weapons: atomic bomb, atom bomb, nuclear bomb, atomic weapons, nukes, nuke
    lgbt rights: lgbt, gay rights
"""
_NAMES: dict[str, list[str]] = {}
for _row in _ROWS.strip().splitlines():
    _name, _, _others = _row.strip().partition(": ")
    for _other in _others.split(", "):
        _NAMES.setdefault(_other, []).append(_name)


def other_names(folded: str) -> Iterator[str]:
    """Yield other names that a topic may have in the archive; all folded."""
    yield from _NAMES.get(folded, ())
    if folded.startswith("the "):
        yield folded.removeprefix("the ")
