"""Opt-outs in other words than a keyword: "take me off ur list", "ya no me manden mensajes".

A phrase is written in plain words, and tried only where its first word stands; the guards look at a
few words next to it. So the time grows with the length of the text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from frontdesk.sms.phrases import by_first_word, regex, right_after, right_before
from frontdesk.sms.spelling import WORD, plain_sentences

# ---- what stands right before

_DENIED: Final = (
    r"(never|didnt|dont|not|havent|wasnt|wouldnt) (want|wanted|ask|asked|asking|say|said|saying"
    r"|tell|told|telling|mean|meant|need|wish|like)( (you|to|that|for|i|be|want|wanted))*"
)
# It makes of an order a question, a report or the opposite.
_TURNED: Final = right_before(
    r"(do|does|did|should|would|could|can|will|shall|may|might|must|am|is|are|was|if|when|why|how"
    r"|until|once|unless|since|whether|what|that) <i>( \w+){0,3}",
    r"(do|does|did|should|will|wont|would|if|when|why|how|until|once|after|because|since|that|hope"
    r"|glad|thought|assumed)( do| did| does| will| would)? you( \w+)?",
    r"(do|does|did|if|when|why|how|whether|not that)|are you (going|about|supposed|able) to",
    r"(what|whats|what is|what does)|(who|nobody) (told|asked) (you )?to",
    _DENIED,
    r"(dont|didnt|doesnt|cant|wont|never|not|wouldnt|couldnt|shouldnt|havent|without)",
    r"(<i>|who|ill|id|im|ive|accidentally)",
    r"<they> (said|says|told me)( to)?",
    r"(told|tell|asked|ask) (my|the|our|her|his|him|them)( \w+)?( to)?",
    # "the bus stop", "reply stop"
    r"(the|a|an|bus|next|last|your|reply|respond|send|says|reads)",
    r"para|no( (quiero|queremos|deseo|dije|pedi|queria|necesito|quise))?( que)?( me)?",
    r"(si|por que|porque|cuando|como|puedo|debo|podemos|hasta que|para que|espero que|ojala|van a"
    r"|va a|vas a)( (que|me|ya|puedo|debo|van a|va a))*",
)
_DENIED_BEFORE: Final = right_before(_DENIED)
_INFINITIVE: Final = right_before("to")
_WANTED: Final = right_before(
    r"(want|need|like|love|wish|prefer|tell|told|telling|ask|asked|asking|beg|begging|have|got"
    r"|request|requesting|demand|expect|try|tried|trying|advised|warned|choose|decided|ready)"
    r"( (you|your \w+|this \w+|all of you)( \w+ times| again| \w+)?)? to",
)
_POLITE: Final = right_before(
    r"(?<!why )(?<!when )(?<!how )(?<!what )(can|could|would) you( mind)?",
    r"you (can|could|may|should|must|need to|have to|better)",
    r"if you (could|can|would)|(nice|great|appreciate it) if you",
)
# Nothing that could govern it: it begins what is said, or is asked for.
_BEGINNING: Final = re.compile(
    r"(?:^|, |\b(?:so|and|then|now|ok|no|hi|hello|hey|sir|but|number|ya|que) "
    r"|\b(?:want|told|asked|need|like) you to |\b(?:can|could|would|make sure) you "
    r"|\byou (?:can|should|need to|must) )$"
)
# Somebody is told of or asked about: "they dont text me", "if i dont want texts".
_TOLD: Final = right_before(
    r"(you|they|he|she|it|who|people|everyone)",
    r"(if|when|why|do|did|does|that|how|what|because)( (i|we))?|(should|would|will) (i|we)",
    r"(dont|didnt|doesnt|never|cant|wont|have|has|had|get|got|getting|received|see|there|are|is)",
    r"<they> (said|says|told me)",
    r"(told|tell) (my|the|our|her|his|him|them)( \w+)?",
    _DENIED,
    r"(si|por que|cuando|para que|espero que|ojala|hasta que|no dije que|dijo que)( ya)?",
)
_ASKED_FOR: Final = right_before(
    r"(make sure|ensure|prefer|ask|request)( that| if)? you|(can|could|would) you"
)
_LIMITED_BEFORE: Final = re.compile(
    r"(?:^|, |\bok )(?:(?:after|before) (?:\d+\w* (?!years|months|weeks|days|times)|work|noon|dark)"
    + regex(r"|(when|while) im |at (night|work) |on (weekends?|<day>) |during |(de|en la) noche )")
)
_OURS_SO_FAR: Final = re.compile(
    r"(?:(?:hi|hello|hey|yo|no|ok|,|stop|sorry you|this is|its|thats|i think|youve|youre|you|are"
    r"|been|have|keep|texting|messaging|got|must|the|a|hola|es|este|tienen?|el|un|creo que"
    r"|(?:this isnt|im not|not|no soy) \w+(?: \w+)?) )*$"
)


def _is_order(before: str) -> bool:
    if _POLITE.search(before):
        return True
    if _TURNED.search(before):
        return False
    return not _INFINITIVE.search(before) or _WANTED.search(before) is not None


def _is_wish(before: str) -> bool:
    if _ASKED_FOR.search(before):
        return True
    return not _TOLD.search(before) and not _LIMITED_BEFORE.search(before)


def _is_beginning(before: str) -> bool:
    return _BEGINNING.search(before) is not None and not _DENIED_BEFORE.search(before)


def _is_of_our_number(before: str) -> bool:
    return _OURS_SO_FAR.match(before) is not None


# ---- what follows: a limit to some time, place, matter or person is no end of all texts

_LIMITS: Final = (
    r"before|after|until|till|til|between|during|past|while|unless|except|once|whenever|more than",
    r"if (?!possible|you (can|could|would))|when (?!i (said|told|asked))|earlier|later",
    r"at (night|work|home|school|midnight|noon|lunch|this hour|\d+\w*)",
    r"(so|too|that|this) (early|late|much|often|many|soon)",
    r"on (the )?(weekends?|weekdays?|holidays?|<day>)",
    r"on (facebook|fb|messenger|instagram|whatsapp|my (work|wife|husband|mom))",
    r"in (?!(the )?future)|from (my|her|his|cvs|google)",
    r"for (an?|now|today|tonight|tomorrow|this|the (?!love)|my|next|\d+|<day>)",
    r"to (my (?!number|phone|cell)|her|his|him|them)",
    r"antes|despues|hasta|durante|entre|por la|en (la|el|ingles|espanol)|de (noche|espera)|tan",
    r"a (las|esta|estas|mi (?!numero|celular|telefono))|(los|el) <dia>|cuando|mientras|si",
    r"a menos|salvo|excepto|para (el|la|manana)",
)
_LIMIT: Final = right_after(*_LIMITS)
# "Not now" is a limit, "stop now" is haste; "don't text me the results" is about the results.
_LIMIT_OF_A_REFUSAL: Final = right_after(
    *_LIMITS,
    r"now|right now|today|tonight|tomorrow|yet|every|this (week|morning|afternoon|evening)",
    r"my|the|an?(?! (este|mi) )|his|her|that|pictures|results|directions|to (stop|end)",
    r"(, |because )*im (driving|asleep|sleeping|busy|at|in|on)",
    r"la|las|el|los|una?|hoy|manana|ahora|ahorita|todavia|esta (semana|noche|tarde)",
)
# A new number takes the place of the old one; a "baja" is a sick leave, too.
_LIMIT_OF_A_REMOVAL: Final = right_after(
    *_LIMITS,
    r"\d+|on file|(, )?(and|y) (use|add|put|replace|update|change|usen?|pongan?)",
    r"(off |from )?(the |your )?(wait|cancellation|standby|schedule)\w*",
    r"laboral|medica|por|de (turno|expediente|cita|paciente|orden|seguro)",
)


# ---- the rules

_NEAR: Final = 50
"""Characters that a guard looks at, on each side."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """`says` is an opt-out where what stands before `lets` it be one and no limit follows."""

    says: re.Pattern[str]
    lets: Callable[[str], bool]
    limit: re.Pattern[str]

    def at(self, words: str, start: int) -> str | None:
        """The phrase that begins there, if it is one."""
        match = self.says.match(words, start)
        if match is None or not self.lets(words[max(0, start - _NEAR) : start]):
            return None
        is_limited = self.limit.match(words[match.end() : match.end() + _NEAR])
        return None if is_limited else match[0]


_ORDERS: Final = r"""
<stop> (\w+ing <nor> )?<texting> (<nor> \w+ing )?<me>
<stop> (\w+ing <nor> )?sending (me |us |so |out )*<these*> (<texts>|<stuff>)
<stop> <these*> (texts|messages|reminders|notifications|alerts|updates|spam|communications?)
<stop> (all|any) <these*> contact<end>
<stop> (with )?(the|this|all|your) <these*> (texting|messaging|text|message)
<stop> (blowing up|using) <me>
<stop> (blowing|hitting) <me> up
<stop> (getting|receiving) <these*> <texts>
(cancel|end|turn off|shut off|disable|deactivate) <these*> (<texts>|subscription)
turn <these*> <texts> off
(these|the|your|all) <these*> <texts> (need to|must|have to|should|better) (stop|end)
<dejen> (ya )?de <escribirme>
(dejenme|dejeme|dejame) de (<escribir>|mandar|enviar|molestar)
<dejen> (ya )?de (<mandarme>|mandar|enviar) <estos*> (<mensajes>|esto|eso|nada|cosas)
<dejen> (ya )?de (estarme|estar) (mandando|enviando) <estos*> <mensajes>
(paren|parenle|parele|detengan|cancelen|cancele|cancelar|alto a) <estos*> (<mensajes>|suscripcion)
(cancelen|cancele|cancelar|anulen|anule) (mi|la|esta) suscripcion
(quiero|deseo|quisiera|necesito|gustaria|prefiero) dejar de recibir <estos*> <mensajes>
"""
_REMOVALS: Final = r"""
<remove> (me|us|my name|my name and number|<number>) (off|from|out) <off*> <list>
(get|keep|drop|pull) (me|us|<number>) off <off*> <list>
(lose|forget|remove|delete|erase|drop) <number>
take (<number> off|off <number>)
(delete|remove|erase|lose) (all )?my contact (info|information)
unsubscribe (me|us|from|all|<number>)
unsubscribe<end>
opt (me |us |<number> )?out (of|from) <these*> (<texts>|everything|all|list)
opt (me |us |<number> )?out( me)?<end>
(put|add|place) (me|us|<number>) (on|to) (your |the |a )?dont (call|text|contact|message)
<quitenme> de <su*> <lista>
(me|nos) (pueden |puede |podrian |podria )?(<quiten>|quitan|borran|sacan) de <su*> <lista>
<quiten> (mi|este|nuestro) numero
(quiten|borren|eliminen|quitar|borrar|eliminar) (mi|este|nuestro) (telefono|celular)
(olviden|pierdan|pierda|olvidense de|olvidese de) mi numero
(denme|deme|dame|dennos|darme|darnos) de baja
(me|nos) (den|quiero dar|pueden dar|puede dar) de baja
(dar|den) de baja (a )?(mi|este|el|la|mis|los|estos) (numero|celular|suscripcion|<mensajes>)
(desuscribirme|desuscribanme|desuscribame|desuscribir)
salirme de <su*> <lista>
"""
_REFUSALS: Final = r"""
(dont|never|not|not to) (you )?(call and |email and |(\w+ ){1,3}(or|nor) )?<text> (<nor> \w+ )?<me>
<dont> send (me |us |out )*(a )?<these*> (<texts>|text|message)
<dont> send (me |us )*<these*> (<stuff>|more|any)( else)?<end>
dont use <me>
(no more|no further|enough|enough with|enough of) <these*> <texts>
<dont_want> <these*> <texts>
<dont_want> (to )?(get|see|receive|be getting|keep getting|keep receiving) <these*> <texts>
(dont|no longer) (want|wish) to receive (<stuff>|any)( from you)?<end>
(dont|no longer) (want|need) (you|your office|the clinic) (to )?<text> <me>
(dont|no longer) (want|wish|like) to be (texted|messaged|contacted|spammed)
(dont|no longer) (want|wish|like) to hear from (you|your)
(dont|no longer) (want|wish|like) to be on (your|this|the|any) (\w+ )?list
(dont|didnt|never|no longer) (consent|agree|agreed) to (be texted|<these*> <texts>)
(revoke|revoking|withdraw|withdrawing) (my )?consent<end>
(revoke|revoking|withdraw|withdrawing) (my )?consent (to|for) (be |receive )?(<texts>|texted)
(be|have me|get me) (removed|deleted|taken|dropped) (off|from|out) <off*> <list>
be (opted out|unsubscribed)( from <these*> <texts>)?<end>
(want|need) off <off*> <list>
(want|like|wish|asked) to be removed<end>
(have|want|need|like|get) <number> (removed|deleted|taken)
(rather|prefer|like|wish|want|asked) not (to )?(get|receive) <these*> <texts>
(rather|prefer|like|wish|want|asked) not (to )?be (texted|messaged|contacted)
(make sure|ensure) (that )?i (dont|no longer) (get|receive) <these*> <texts>
(instead of|rather than) texting <me>
(rather|prefer|wish|like it|appreciate it) (that |if )?you (didnt|wouldnt|dont|not) <text> <me>
(rather|prefer|wish|like it|appreciate it) (that |if )?you (stopped|stop|quit) <text> <me>
(no need|dont need|dont have|no longer need) (for you )?to <text> <me> <again>
(i|im|am) (opt|opting) out( (of|from) <these*> <texts>)?<end>
(want|need|like|make) <these*> <texts> (to )?(stop|stopped|end|ended|cease)
(no|ni|nunca|jamas) (mas )?(me |nos )?<escriban>
(no|ni|nunca|jamas) (mas )?(me |nos )?<manden> <estos*> (<mensajes>|nada|mas<end>)
no (me |nos )?(<escribirme>|<mandarme>)
favor de no (<escribir>|(mandar|enviar) <estos*> <mensajes>)
no (vuelvan|vuelva|vuelvas) a (<escribirme>|<mandarme>)
no (me|nos) (vuelvan|vuelva|vuelvas) a (<escribir>|mandar|enviar|molestar)
no <quiero> (recibir |ver )?<estos*> <mensajes>
no <quiero> que (me|nos) (<escriban>|sigan escribiendo|siga escribiendo)
no <quiero> que (me|nos) ((sigan |siga )(mandando|enviando)|<manden>) <estos*> <mensajes>
(no mas|basta de|basta con|ni un) <estos*> <mensajes>
"""
# Said of many things but us, unless it begins what is said.
_OUTBURSTS: Final = r"""
<stop> (texting|messaging|contacting|text|message)<end>
<stop> (bothering|harassing|bugging|annoying|pestering|stalking|disturbing) (me|us)
<dont> <harass> (me|us)
<dont> (\w+ <nor> )?(text|message)( <nor> \w+)?<end>
no (texting|texts)<end>
dar de baja<end>
leave (me|us) alone
stop(?= $)
(remove|delete|block) (me|us)(?= ($|, |now |thanks ))
take me off(?= ($|, ))
<dejen> (ya )?de (molestarme|molestarnos|acosarme|fastidiarme|hostigarme)
no (me|nos) (molesten|moleste)(?! (el|la|mucho|tanto) )
(dejenme|dejeme|dejame|dejennos) en paz
"""
_REPORTS: Final = r"""
(i|we) (have )?(said|told you|told you to|asked you to) stop<end>
(said|texted|typed|replied|sent) stop (twice|\w+ times)
(if|next time) you (dont stop|keep <text> <me>|<text> <me> <again>) .{0,50}?\b<threat>
<threat> .{0,40}?\bif you (dont stop|keep <text> <me>|<text> <me> <again>)
(keep|continue) texting <me> .{0,40}?\b<threat>
(se equivoco|se equivocaron|te equivocaste|esta equivocado|estan equivocados) de numero
"""
_WRONG_NUMBER: Final = r"""
wrong (number|person)(?= (<address> )*($|(delete|remove|take|lose|dont|not) ))
numero equivocado(?= ((,|gracias) )*($|(no|ya|este no|borr\w+|quit\w+) ))
(stop it|stop this|stop that|remove)(?= $)
"""


def _rules_by_first_word() -> dict[str, list[_Rule]]:
    found: dict[str, list[_Rule]] = {}
    for phrases, lets, limit in (
        (_ORDERS, _is_order, _LIMIT),
        (_REMOVALS, _is_order, _LIMIT_OF_A_REMOVAL),
        (_REFUSALS, _is_wish, _LIMIT_OF_A_REFUSAL),
        (_OUTBURSTS, _is_beginning, _LIMIT_OF_A_REFUSAL),
        (_REPORTS, _is_wish, _LIMIT),
        (_WRONG_NUMBER, _is_of_our_number, _LIMIT),
    ):
        for word, says in by_first_word(phrases.split("\n")).items():
            rule = _Rule(re.compile(rf"(?:{'|'.join(map(regex, says))})\b"), lets, limit)
            found.setdefault(word, []).append(rule)
    return found


_RULES: Final = _rules_by_first_word()


def find(folded: str) -> str | None:
    """The first phrase of folded letters that ends all texts, in plain words."""
    phrase = next(_phrases(folded), None)
    return phrase.strip() if phrase else None


def _phrases(folded: str) -> Iterator[str]:
    for words in plain_sentences(folded):
        for word in WORD.finditer(words):
            for rule in _RULES.get(word[0], ()):
                if phrase := rule.at(words, word.start()):
                    yield phrase
