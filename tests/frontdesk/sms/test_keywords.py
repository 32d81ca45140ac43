"""What a text message asks of the texting itself: stop, start, help, or nothing of the kind.

The tables hold what patients text, one message a line, slips and all.
"""

import time

import pytest

from frontdesk.sms.keywords import Keyword, read

STOP_WORDS = {
    "stop": [
        "STOP", "Stop.", "STOP!!", "stop", "  stop  ", "\nStop\n", "s t o p", "S.T.O.P.", "St op",
        "“STOP”", "'stop'", "(stop)", "stop 🛑", "🛑🛑 STOP 🛑🛑", "🙏 stop please 🙏",
        "STOP PLEASE", "please stop", "Pls stop!", "plz stop", "stop now", "Stop now please",
        "stop, thanks", "Stop thank you", "stop por favor", "stop ya", "stop stop stop",
        "STOP STOP!", "stopstop", "STOOOP", "stoppp", "STOP?", "Stop…", "ＳＴＯＰ", "Ⓢⓣⓞⓟ",
        "st\u200bop", "\u200fstop\u200e", "\ufeffSTOP", "s\u00adtop", "stóp", "*stop*", "sotp",
        "stpo", "STOP ¡ya!", "Stop, unsubscribe.",
    ],
    "stopall": ["STOPALL", "stop all", "Stop-All", "STOP ALL!!", "stop all please"],
    "unsubscribe": [
        "UNSUBSCRIBE", "Unsubscribe.", "un-subscribe", "please unsubscribe", "unsuscribe",
        "unsubcribe", "Unsubscribe, thx", "unsub",
    ],
    "cancel": ["CANCEL", "cancel", "Cancel.", "CANCEL!", " cancel 🙏"],
    "end": ["END", "end.", "End now"],
    "quit": ["QUIT", "quit!", "Quit please"],
    "revoke": ["REVOKE", "revoke."],
    "optout": ["OPTOUT", "opt out", "Opt-out", "OPT OUT please", "opt‑out", "Opt–Out."],
    "alto": ["ALTO", "¡Alto!", "alto por favor"],
    "parar": ["PARAR", "parar ya", "pare", "Paren", "¡paren ya!"],
    "para": ["para", "¡PARA!", "para ya", "para por favor"],
    "cancelar": ["CANCELAR", "Cancelar."],
    "baja": ["BAJA", "baja", "baja porfa"],
    "detener": ["DETENER", "detener."],
}  # fmt: skip
START_WORDS = {
    "start": ["START", "start", "Start.", "start please", "s t a r t", "ＳＴＡＲＴ", "start start"],
    "yes": ["YES", "yes", " Yes ", "yes\n", "ｙｅｓ"],
    "unstop": ["UNSTOP", "unstop!", "un-stop"],
    "iniciar": ["INICIAR"],
    "comenzar": ["comenzar."],
    "empezar": ["Empezar", "empezar por favor"],
}
HELP_WORDS = {
    "help": ["HELP", "help", "Help!", "help?", "HEEELP", "help please", "pls help", "help help"],
    "info": ["INFO", "info?", "Info pls", "info, thanks"],
    "ayuda": ["AYUDA", "¡Ayuda!", "ayuda por favor"],
    "informacion": ["INFORMACION", "Información", "informaci\u0301on", "informacion porfavor"],
}

ENGLISH_OPT_OUTS = """
dont txt me
don't text me
Do not text me.
DO NOT TEXT ME AGAIN
dont text me nomore
don’t text me anymore please
Don`t txt me any more
Don´t text me
never text me again
Don't ever contact me again!
dont msg me
please do not message this number
please dont call or text me
pls stop txting me
PLEASE STOP TEXTING ME
stop texting
Stop texting!!!
stop txtn me
stop textin me
Please stop texing me
stop texitng me
stop messaging me
stop msging me
plz stop w the texts
stop with all the messages already
stop all texts
stop these messages
Stop text messages
stop sending me texts
stop sending me these
quit sending this crap to my phone
stop sending me mesages
quit texting me
cease texting this number immediately
stop contacting me
stop spamming me
STOP SPAMMING MY PHONE
stop bothering me
please stop harassing me
stop calling and texting me
stop blowing up my phone
stop fucking texting me
take me off ur list
Take me off your list
take me off this list please
please take me off the texting list
take me off of ur list thx
get me off this list
remove me from your list
Remove me from your contacts
please remove me
delete me from your system
remove my number
Please remove my number from your database
remove my name from this list
delete my number
erase my phone number pls
lose my number
Lose this number!
forget my number
no more texts
No more txts pls
no more messages please
no more text reminders
unsubscribe me from this
unsubscribe me
unsubscribe me from these texts please
I want to unsubscribe
i'd like to unsubscribe from these msgs
I would like to opt out
opt me out
please opt me out of texts
I want to opt out of these text messages
I am opting out
i dont want these messages anymore
I don't want any more texts
i dont want ur texts
I do not wish to receive text messages
i no longer want to receive these
dont want to get these msgs
I don't want you texting me
i dont want u to text me
I don't want to be contacted anymore
i dont want to hear from you again
I do not consent to text messages
I revoke my consent to be texted
leave me alone
LEAVE ME ALONE!!
please just leave me alone
dont text me, call me
Please do not text, call me instead
please don't text me again, I'll call the office
I found another doctor so please stop texting me
wrong number, stop texting
Wrong number stop txting me
you have the wrong number
You got the wrong number. Please take me off your list
i think u have the wrong number
Wrong number
who is this stop texting me
Who is this? Stop texting me.
im not john stop texting me
I already told you to stop texting me
I asked you to stop
I said stop
I said STOP texting me
STOP. Wrong number.
Not interested. Stop.
Can you please stop texting me?
can u take me off ur list
Could you remove me from your text list please?
would you please stop messaging me
you can stop texting me now
you need to stop texting me
I need you to stop texting me
I want you to stop messaging me
I want these texts to stop
please make the texts stop
I want to stop getting these texts
i'd rather you didn't text me
I prefer that you not text me
please refrain from texting me
If you don't stop texting me I will report you
If you text me one more time im calling my lawyer
cancel these texts
please cancel my text alerts
cancel my subscription
end these messages
turn off the text reminders please
put me on your do not contact list
no need to text me anymore
dont send me anything else
dont send me any more texts
Hi, this is Maria. I moved to Texas and have a doctor there now, so please dont text me anymore.
yo stop textin my phone
This is not Linda. Please stop sending messages to this number
You've got the wrong number, please delete it
you have been texting the wrong number, stop
This isn't Carlos, wrong number
wrong # dont text again
Please remove my phone number from your contact list.
I want off this list
can I be removed from your texting list?
please have my number removed from your list
Delete my contact info
block me
Remove
Stop it
Please discontinue all messages to this number.
Stop all communication
cease all contact
Please cease and desist texting me
for the last time stop texting me
how many times do i have to tell you to stop texting me
I've asked you multiple times to stop texting me
I texted STOP twice
Would you mind not texting me anymore
would you mind taking me off your list
can yall stop texting me plz
could u not text me
will you please stop texting me
it would be great if you could stop texting me
I'd appreciate it if you stopped texting me
how about you stop texting me
make sure you dont text me again
please make sure I don't get any more texts
Please call instead of texting me
i hate these texts, stop
Dont you ever text me again
Please do not reply to me or text me again
please don't send any more reminders
Please do not send me promotional messages
I dont want to receive anything from you
I would rather not get texts
I asked not to be texted
I said don't text me
cancel all future texts
unsubscribe all
i would like to be opted out
I'm opting out of texts
I am revoking my consent for text messages
leave me the hell alone
I will report you to the FCC if you text me again
keep texting me and I will sue
it's 6 am stop texting me
stop txing me
why do you keep texting me? stop
My husband passed away. Please stop texting this number.
I'm all better thanks, you can take me off the list
do not use this number
take me off your list if possible
Get my number off your list
You keep texting the wrong person, stop it
Remove me from all communications
Please remove my name and number from your list
yo wrong number bro
Please do not text me going forward
im gonna say this once dont text me
""".strip().splitlines()

SPANISH_OPT_OUTS = """
no me escriban más
No me escriban
ya no me escriban por favor
no me escribas mas
no me vuelvan a escribir
no vuelvan a escribirme
nunca más me escriban
ya no me manden mensajes
ya no me manden msjs
no me manden más mensajes
No me envíen mensajes
no me envien mas textos x favor
no me manden nada mas
ya no me texteen
no me textees mas
no me contacten
no me molesten más
por favor no manden mas mensajes
ya no quiero mensajes
no quiero recibir mensajes
No deseo recibir más mensajes de texto
ya no quiero q me escriban
no quiero que me manden mensajes
no quiero sus mensajes
no más mensajes
No mas textos
basta de mensajes
quítenme de la lista
quiteme de su lista por favor
Sáquenme de la lista
sáqueme de esta lista
bórrenme de su lista
bórreme de sus contactos
quiero que me quiten de la lista
elimínenme de su lista
eliminen mi número
borren mi número
borre mi numero de su sistema
quiten mi telefono de la lista
dejen de escribirme
deje de mandarme mensajes
Deja de escribirme!!
dejen de enviarme textos
dejen de mandar mensajes
paren de mandarme mensajes
paren los mensajes
dejen de molestarme
déjenme en paz
Déjeme en paz por favor
denme de baja
quiero darme de baja
deme de baja de los mensajes
dar de baja este número
quiero cancelar los mensajes
cancelen mi suscripción
quiero dejar de recibir mensajes
¿pueden dejar de escribirme por favor?
¿Me pueden quitar de la lista?
número equivocado
Número equivocado, no me escriban
tiene el numero equivocado
se equivocaron de número, ya no manden mensajes
no, dejen de escribirme
Les pedí que no me escribieran, dejen de mandarme mensajes
no me escriban, llámenme
desuscribirme
no me mandes más mensajes de texto
no quiero que me sigan mandando mensajes
dejen de estarme mandando mensajes
ya párenle con los mensajes
favor de quitarme de su lista
favor de no mandar mensajes
les pido que no me escriban
ya les dije que no me escriban
quiero que dejen de mandarme mensajes
Me quitan de la lista por favor
Quisiera que me quitaran de la lista
esta equivocado de numero
este no es el número de Pedro, no escriban más
no me llamen ni me escriban
no me textee, llámeme
olvídense de mi número
borra mi número
cancelen los recordatorios
me quiero dar de baja
dar de baja
ya no kiero q me manden mensajes
ya déjenme de escribir
no me escriban a este número
no manden más textos a este celular
bájenme de la lista
paren ya de escribirme
no soy Ana, número equivocado
""".strip().splitlines()

ENGLISH_OTHERS = """
cancel my appt tomorrow plz
Please cancel
cancel please
Cancel?
I need to cancel
can I cancel my appointment
cancel my appointment on Friday
Cancel and reschedule for next week
cancelled my flight so I can come
what is your cancellation policy
do I have to pay if I cancel
help me book a visit
I need help
can you help me
help with my bill
help me stop the pain
stop the pain
how do i stop the pain
will it stop hurting
It won't stop bleeding
the bleeding has stopped
make it stop
should I stop ibuprofen
Should I stop taking my blood thinner before the injection
can I stop taking aspirin
when do i stop the turmeric
do i need to stop my meds
I stopped the meloxicam on monday
stop by the clinic
can I stop by today
ill stop by after work
where is the bus stop
the pain doesn't stop
my doctor told me to stop running
stop smoking before?
I want to stop limping
should i stop texting and driving lol
stop asking me to choose, i want tuesday
no more pain
no more swelling since yesterday
i have no more texts on my plan
I got no more messages from you, is everything ok
no more appointments this week?
no more texts?
remove my stitches
when do you remove the bandage
can i remove the tape tomorrow
remove me from the schedule for tuesday
take me off the waiting list
please take me off the cancellation list
take me off the list for tomorrow
my doctor wants to take me off prednisone
leave me a message
you can leave a message with my husband
the pain won't leave me alone
will you leave me alone in the room
don't leave me alone during the injection
I can't text, call me
I don't text much
i dont text sorry, call me
I can't get texts at work
text me tomorrow
text me
pls text me the address
Don't text me before 9am
dont text me after 8pm pls
Please don't text me at work
dont txt me today im in surgery
don't text me right now, I'm driving
please do not text me until Monday
don't text me so late
Stop texting me at night
stop texting me in Spanish
on weekends please don't text me
Hi, when I'm at work please dont text me
when I'm at work dont text me
don't text me unless it's urgent
please don't text my wife
stop texting my husband
don't text my work phone
don't message me on facebook
don't text me the results, I'll come in
don't call me, text me
don't stop texting me
please dont stop the reminders
I never said stop texting me
I didn't ask you to stop texting me
i dont want you to stop texting me
I do not want to unsubscribe
I didn't mean to opt out
don't unsubscribe me
don't remove me from your list
dont delete my number
why did you stop texting me
Why did u stop texting me
when will you stop texting me
will you stop texting if I book?
will you stop texting me after my appointment?
should I unsubscribe
how do I unsubscribe
How do I opt out?
how can i stop these texts
did I unsubscribe by accident?
do i need to opt out
can I opt out of the ultrasound
I want to opt out of sedation
I accidentally texted stop
can texting you cost money
is texting ok
do you charge for texts
why are you texting me
did you text me?
I got your message
I missed your messages
you dont text me back
you never text me
my number changed
my new number is 555 0100
I gave you the wrong number
Sorry wrong number
You have the wrong number on file for me
did you lose my number?
what number do I call
my ex wont stop texting me
my boss told me to stop texting at work
tell my wife to stop texting me
I'll stop texting you now
gotta stop texting, driving
yes please
Yes!
yes.
yes I want to book
Yes, stop by 3 works
yep
y
no
No thanks
ok
thanks
👍
when can I start PT
I want to start treatment
start of the week is best
can we start earlier
end of the week?
end of the day works
at the end of march
quit smoking 2 yrs ago
I quit my job so insurance changed
does it end the pain
info on prolotherapy
information about prices
more info please
all stop signs on the way lol
not interested
I dont want to miss my reminder texts
I don't want my messages to stop
I don't want the steroid shot
i dont want to come in friday
I don't need a ride anymore
no need to call me
I don't want any more injections
I no longer want the tuesday appointment
lose weight?
Does the number one knee brace help
Reply STOP to unsubscribe
what does "reply STOP to opt out" mean
Liked “Reminder: visit on Tuesday. Reply STOP to opt out.”
Loved "Please stop texting me"
Le gustó “Responda ALTO para no recibir mensajes”
Reacted 😂 to “stop texting me”
👍 to “ Reply STOP to stop messages ”
My ankle hurts. Is there a way to make it stop? I have an appointment at 3.
Do you want me to stop the exercises
they told me to stop everything 2 days before
how long until the pain stops
i cant stop thinking about the needle
non-stop pain
I'm at the bus stop text me when ready
stop billing me
stop calling my mother
please stop emailing me
stop sending the invoice to my old address
Cancel it
yes cancel it
cancel all my appointments
Cancel my reminder for tuesday
need to revoke a release form
I revoke my consent for the procedure
I want to end treatment
yess
yes stop the appointment at 3 and give me 4
start now
help now
what info do you need from me
No more than 3 shots please
No texts came through yet
no updates since yesterday
take me off the 3pm
take me off work for 2 weeks
get me off these crutches
get me the list of exercises
remove me from Thursday and put me on Friday
put me on the waiting list
take my number off the waiting list
please remove my appointment
take aspirin off my medication list
delete my old number, use this one
Remove my number 555-0100 and use this one
remove me from my moms account
delete that message please
forget my last text
I forgot my phone
don't lose my paperwork
Dont text my old number
don't text this to my wife
do not contact my employer
my wife doesnt want texts
my husband says don't text him
tell him don't text me
Don't forget to text me
Don't bother, I'll come by
I dont do texting
I'd rather call than text
can you text me instead of calling
don't call, text
you didnt text me back
why don't you text me anymore
i dont see any messages from you
I'm not getting text messages
dont text me im sleeping
no texts after 9 please
please only text me after 5
can you text me less
too many texts
quit texting me at 6 am
stop texting and driving is what my shirt says
stop texts from CVS
someone is spamming me
i never asked you to stop texting
who told you to stop texting me
I thought you would stop texting me
so you will stop texting me now?
are you gonna stop sending me reminders
Why would you stop sending me reminders
if you stop texting me how will I know my time
please dont ever stop texting me the reminders
if I opt out will I still get calls
what is opt out
you opted me out by mistake
I unsubscribed by mistake, please add me back
please do not unsubscribe this number
I don't want to be removed
will the pain leave me alone
my back is bothering me
knee quit bothering me
I don't want to be a bother
I don't want this
dont need the appointment anymore
I don't need a text, an email is fine
I want text reminders
I'll report how I feel if you text me the form
wrong knee
you gave me the wrong number
wrong number of shots on bill
did I text the wrong number?
this is an automated message, do not reply
Text STOP to unsubscribe
To opt out reply STOP
Msg & data rates may apply. Reply STOP to end messages
what does stop do
nobody told me to stop the aspirin
don't stop me now haha
please no calls, only texts
do not leave messages on my voicemail
get me on the list
I was told you would text me
you can get my number from your system
""".strip().splitlines()
SPANISH_OTHERS = """
sí
Si
sí por favor
no
no gracias
quiero cancelar mi cita
cancelar la cita del lunes
cancelar por favor
¿Puedo cancelar mañana?
necesito ayuda con mi cita
me puede ayudar
más información por favor
información sobre precios
para el lunes
para mí está bien
para qué sirve
¿para?
es para mi mamá
¿cuándo dejo de tomar el ibuprofeno?
debo dejar de tomar aspirina
dejé de fumar
puedo dejar de usar la rodillera
no dejen de escribirme
no deje de mandarme los recordatorios
no quiero que dejen de escribirme
¿por qué dejaron de escribirme?
¿van a dejar de escribirme si hago la cita?
no me escriben desde el lunes
ya no me mandan mensajes, ¿pasa algo?
no me escriban antes de las 9
no me manden mensajes en la noche
no me escriban hoy, estoy en cirugía
no le escriban a mi esposa
no me molesta la rodilla
ya no me molesta tanto
espero que no me moleste mucho después
no me mande la factura
escríbanme mañana
mándeme un mensaje
no recibí su mensaje
no me llegan sus mensajes
no quiero cirugía
no quiero más inyecciones
no más dolor
quíteme el dolor
quiero que me quiten los puntos
me pueden quitar la venda mañana
quítenme de la lista de espera
estoy de baja
necesito la baja médica
la presión baja
tengo el azúcar alto
cambié de número
me equivoqué de número
mi número es 555 0100
¿cómo me doy de baja?
¿Puedo dejar de recibir mensajes?
no quiero darme de baja
no borren mi número
el dolor no me deja en paz
empezar el tratamiento
¿cuándo puedo empezar?
cuando paro de tomar aspirina
tengo que parar de correr?
quiero parar el dolor
paro a las 5
no paro de toser
el dolor no para
cancela mi cita por favor
cancelar todo
sáquenme una cita
borren mi cita del viernes
saqué mi número de turno
me quitan el yeso el lunes
¿dónde quito mi número?
cómo puedo quitar mi número
¿Por qué me quitaron de la lista?
no me quiten de la lista
no me han escrito
no me mandaron los resultados
no me mande a otro doctor
no me escriba la receta
no me contacten hasta el lunes
no me escriban cuando estoy trabajando
no me llamen, escríbanme
no quiero llamadas, mejor mensajes
no quiero dejar de recibir mensajes
quiero recibir mensajes
no hay mensajes
no me molesta que me escriban
olvidé mi teléfono en la clínica
perdón, número equivocado
¿me pueden dar de baja laboral?
tengo que dar de baja mi seguro
si dejan de escribirme no voy a saber
el doctor dijo que dejara de correr
Responda ALTO para no recibir mensajes
Responda BAJA para cancelar los mensajes
""".strip().splitlines()


def table(words: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Each spelling with the word it stands for."""
    return [(text, word) for word, spellings in words.items() for text in spellings]


LONG = 4_000
# What a message can repeat to have the patterns begin, or the guards look, as often as possible.
TIRING = [
    "stop ", "stop the ", "s t o p ", "dont stop texting me ", "dont want to get the ", "the " * 9,
    "take me off ", "if you text me ", "if you dont stop ", "i dont want any more ", "you ", "a",
    "no me manden mas ", "dejen de mandar mas ", "me quiten de la ", ". ", "? ", "#", "-", ", , ",
    "wrong ", "\n", "🛑", "\u200b", "\u0301", "please ", "do not ", "1", "“", "liked “",
]  # fmt: skip


class TestLoneWord:
    @pytest.mark.parametrize(("text", "word"), table(STOP_WORDS))
    def test_stops(self, text: str, word: str) -> None:
        assert read(text) == Keyword("stop", word)

    @pytest.mark.parametrize(("text", "word"), table(START_WORDS))
    def test_starts(self, text: str, word: str) -> None:
        assert read(text) == Keyword("start", word)

    @pytest.mark.parametrize(("text", "word"), table(HELP_WORDS))
    def test_asks_for_help(self, text: str, word: str) -> None:
        assert read(text) == Keyword("help", word)


class TestInOtherWords:
    @pytest.mark.parametrize("text", [*ENGLISH_OPT_OUTS, *SPANISH_OPT_OUTS])
    def test_an_opt_out_is_understood(self, text: str) -> None:
        keyword = read(text)
        assert keyword is not None
        assert keyword.meaning == "stop_in_words"

    @pytest.mark.parametrize(
        "around",
        ["Hi, {}", "My ankle hurts today. {}", "{}\nSent from my phone", "Please {}", "{} 🙏"],
    )
    def test_an_opt_out_holds_among_other_words(self, around: str) -> None:
        said = [around.format(text) for text in (*ENGLISH_OPT_OUTS, *SPANISH_OPT_OUTS)]
        assert [text for text in said if read(text) is None] == []

    def test_gives_the_phrase_in_plain_words(self) -> None:
        assert read("Hi! Pls dont TXT me, I’ll call.") == Keyword("stop_in_words", "dont text me")

    @pytest.mark.parametrize("text", ENGLISH_OTHERS)
    def test_an_everyday_message_is_none(self, text: str) -> None:
        assert read(text) is None

    @pytest.mark.parametrize("text", SPANISH_OTHERS)
    def test_an_everyday_message_in_spanish_is_none(self, text: str) -> None:
        assert read(text) is None

    @pytest.mark.parametrize("text", ["", " ", "\n", "?", "…", "🛑", "👍🏽", "\u200b", "1", "#"])
    def test_a_message_without_words_is_none(self, text: str) -> None:
        assert read(text) is None


class TestTime:
    @pytest.mark.parametrize("part", TIRING)
    def test_does_not_run_away_with_the_length(self, part: str) -> None:
        """Ten times 4,000 characters: a pattern that backtracks would take minutes, not this."""
        text = (part * LONG * 10)[: LONG * 10]
        began = time.process_time()
        read(text + "knee")
        assert time.process_time() - began < 1
