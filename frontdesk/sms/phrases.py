"""How phrases of an opt-out are written: `<name>` one word of that list, `<name*> ` up to five."""

import re
from collections.abc import Iterable
from itertools import product
from typing import Final


def _verbs(stems: str, endings: str, objects: str = "") -> str:
    parts = (stems.split(), endings.split(), objects.split() or [""])
    return "|".join(map("".join, product(*parts)))


_LISTS: Final = {
    "me": r"me|us|(?:(?:on|at|to) )?(?:this|my|our) (?:cell |mobile )?(?:number|phone|cell)",
    "stop": "stop|quit|cease|cease and desist|discontinue|refrain from",
    "texting": "texting|text|messaging|message|contacting|spamming|writing",
    "text": "text|texting|message|messaging|contact|contacting|spam|write to|write",
    "texts": "texts|messages|texting|messaging|reminders|notifications|alerts|updates|spam"
    "|communications|communication",
    "these": "with|of|the|these|this|those|all|any|your|my|more|no|such|further|other|another|text"
    "|anymore|reminder|appointment|automated|automatic|random|unwanted|annoying|constant|daily"
    "|future|promotional|marketing",
    "stuff": "this|these|those|them|stuff|crap|things|anything|shit|junk",
    "list": "list|lists|texts|messages|texting|database|system|contacts|subscription|thread"
    "|reminders|communications",
    "remove": "remove|removing|take|taking|delete|deleting|erase|strike|unenroll",
    "off": "of|this|your|the|these|those|all|any|text|texting|message|messaging"
    "|phone|contact|mailing|marketing|call|calling|reminder",
    "again": "again|anymore|one more time",
    "dont": "dont|never",
    "dont_want": "dont want|didnt want|not want|never wanted|dont wish|dont need|not need"
    "|no longer want|no longer wish|no longer need",
    "nor": "or|and|nor",
    "harass": "bother|harass|disturb|bug|annoy|pester|stalk",
    "threat": "report you|reporting you|sue|suing|lawyer|attorney|police|fcc|complaint|legal",
    "number": "my number|this number|our number",
    "i": "i|we|he|she|they|it|someone|somebody|people",
    "they": "he|she|they|doctor|dr|boss|wife|husband|mom|dad",
    "day": "(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
    "mensajes": "mensajes|textos|texts|messages|recordatorios|notificaciones|avisos",
    "estos": "mas|sus|tus|los|estos|esos|con|de|otros|tantos|ningun|un|enviar|mandar",
    "dejen": "dejen|deje|dejes|deja|dejar|pare|paren|para|parar|cesen|eviten",
    "escribir": "escribir|textear|textiar|mensajear|contactar",
    "escribirme": _verbs("escribir textear textiar mensajear contactar", "me nos"),
    "mandarme": _verbs("mandar enviar", "me nos"),
    "escriban": _verbs("escriba textee texte mensajee contacte", "n s")
    + "|escriba|textee|texte|mensajee|contacte",
    "manden": "manden|mande|mandes|envien|envie|envies",
    "quiten": _verbs("quit saqu sac borr elimin remuev retir", "en e es ar a aran"),
    "quitenme": _verbs("quit saqu sac baj borr elimin remuev retir", "en e a an ar", "me nos"),
    "address": ",|stop|stop it|thanks|thank you|sir|maam|man|bro|dude|my dude|buddy",
    "su": "la|las|su|sus|esta|tu|esa",
    "lista": "lista|listas|contactos|sistema|base de datos|grupo|mensajes|textos",
    "quiero": "quiero|queremos|deseo|quisiera|necesito",
    "dia": "lunes|martes|miercoles|jueves|viernes|sabados?|domingos?",
    "end": r"(?= (?:$|,|(?:anymore|again|now|right now|completely|forever|thanks|thank you"
    r"|and(?! driv\w+)|or|but|because|im|i|ill|call|mas) ))",
}


def regex(phrase: str) -> str:
    some = re.sub(r"<(\w+)\*> ", lambda name: rf"(?:(?:{_LISTS[name[1]]}) ){{0,5}}", phrase)
    return re.sub(r"<(\w+)>", lambda name: rf"(?:{_LISTS[name[1]]})", some)


def _first_words(phrase: str) -> set[str]:
    head = re.match(r"<(\w+)>|\(([^()]*)\)|(\w+)", phrase)
    assert head, f"{phrase!r} must begin with a word, a list of words or (some|words)"
    choices = _LISTS[head[1]] if head[1] else head[2] or head[3]
    return {choice.split(" ")[0] for choice in choices.split("|")}


def by_first_word(phrases: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for phrase in filter(None, phrases):
        for word in _first_words(phrase):
            found.setdefault(word, []).append(phrase)
    return found


def right_before(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|\s)(?:{'|'.join(map(regex, phrases))}) $")


def right_after(*phrases: str) -> re.Pattern[str]:
    """Also behind a few words that change nothing."""
    between = r"(?:again|anymore|back|anything|at all|mas|nada|de texto|, again)"
    return re.compile(rf" (?:{between} )*(?:{'|'.join(map(regex, phrases))})\b")
