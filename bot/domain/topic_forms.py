"""What the spellings of one topic's name have in common: short forms of countries, one or many of a thing. Pure."""

import re

from bot.domain.text import fold, join_initials

# Short and long forms that nobody uses for anything else: all -> the first, folded and without full stops.
_SHORT_FORMS = """
    united states: us, usa, united states of america
    united kingdom: uk, great britain and northern ireland, united kingdom of great britain and northern ireland
    european union: eu
    united nations: un, uno, united nations organization, united nations organisation
    united arab emirates: uae
    soviet union: ussr, union of soviet socialist republics
    democratic republic of the congo: drc, dr congo, democratic republic of congo
    world health organization: who, world health organisation
    european space agency: esa
    international monetary fund: imf
    international criminal court: icc
    north atlantic treaty organization: nato, north atlantic treaty organisation
    turkey: turkiye
    czech republic: czechia
    covid-19 pandemic: coronavirus pandemic, covid pandemic, 2019-20 coronavirus pandemic
"""
_FORMS = {
    short: name
    for row in _SHORT_FORMS.strip().splitlines()
    for name, _, others in (row.strip().partition(": "),)
    for short in others.split(", ")
}
# How often the rules and tables here have changed: archives then bring their topics up to date.
VERSION = 1
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_APOSTROPHES = re.compile("[’ʼ`´]")
_ENDS_IN_PLURAL = re.compile(r"(?<![a-z])[a-z]{3,}s$")
# Words that end in s and are no plural of what is left without it, or mean another thing.
_NOT_SINGULAR = """
    aids andes arms athens beatles cannes customs damages diabetes emirates ethics gates goods headquarters
    herpes hostilities indies jobs kansas loss maldives mars means measles mers minutes naples nations news
    olympics paralympics philippines pictures politics queens rabies remains rockets saints sars series species
    states stones texas times towers troops turkeys united wales waters wings works
    adams andrews banks brooks burns collins davis edwards evans graves harris hayes hicks higgins hopkins
    hughes jenkins jones lewis mathews matthews mills morris myers nicholas owens parks perkins peters phillips
    reynolds richards roberts rogers sanders simmons stevens thomas walters watkins wells williams yates
"""
_NO_PLURALS = frozenset(_NOT_SINGULAR.split())
_NO_PLURAL_ENDINGS = ("ss", "us", "is", "as", "os", "ics")


def topic_form(spelling: str) -> str:
    """Return what all spellings of a topic's name have in common, given one of them, folded or not.

    ``U.S.`` gives ``united states``, ``Earthquakes`` gives ``earthquake``, ``Oxford–AstraZeneca`` has a hyphen.
    """
    folded = fold(spelling)
    form = _APOSTROPHES.sub("'", _DASHES.sub("-", folded))
    form = join_initials(form)
    if form not in _FORMS and _ENDS_IN_PLURAL.search(form):
        form = _singular(form)
    return _FORMS.get(form, form)


def _singular(form: str) -> str:
    """Return an English name with its last word in the singular."""
    start = max(form.rfind(mark) for mark in " -") + 1
    word = form[start:]
    if word in _NO_PLURALS or word.endswith(_NO_PLURAL_ENDINGS):
        return form
    if word.endswith("ies") and len(word) > len("pies") + 1:
        return f"{form[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "oes")):
        return form[:-2]
    return form[:-1]
